"""Everything that people read has a name in both languages."""

from enum import StrEnum

import pytest

from backend.kernel.locale import LANGUAGES, knows
from backend.testing import Client
from modules.feedback.model.machines import AssignmentState, Call, ReportState


@pytest.mark.parametrize(
    ("table", "kind"),
    [("states", ReportState), ("assignments", AssignmentState), ("calls", Call)],
)
def test_it_has_a_name(client: Client, table: str, kind: type[StrEnum]) -> None:
    missing = [
        (member, language)
        for member in kind
        for language in LANGUAGES
        if not knows(f"feedback.{table}.{member}", language)
    ]

    assert not missing

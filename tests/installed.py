"""What tests outside of a module's own folder need of it, and say aloud where it is not here."""

from importlib.util import find_spec

import pytest

with_reports = pytest.mark.skipif(
    find_spec("modules.feedback") is None, reason="modules/feedback is not here"
)

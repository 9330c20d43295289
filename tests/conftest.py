"""Long files begin first, and what was left out is said aloud, whichever process left it out."""

from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes tells of the machine and of whoever else uses it.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

HERE: Final = Path(__file__).parent
LONG: Final = (
    "gateway/test_published_interface.py",
    "local/test_run.py",
    "architecture/test_canary.py",
    "journeys/test_kills.py",
    "journeys/test_two_processes.py",
    "journeys/test_searching_processes.py",
    "architecture/test_sql.py",
    "gateway/test_production.py",
    "docs/test_guide.py",
    "identity/test_rotation.py",
    "local/test_postgres.py",
    "files/test_tus_client.py",
)
"""Files of ten seconds and more, the longest first: one that came last would hold up the run."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; everything else stays in the order of chance."""
    turns = {HERE / name: turn for turn, name in enumerate(LONG)}
    items.sort(key=lambda item: turns.get(item.path, len(turns)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    left_out: dict[tuple[str, str], int] = defaultdict(int)
    for skipped in terminalreporter.stats.get("skipped", ()):
        file = skipped.nodeid.partition("::")[0]
        left_out[file, skipped.longrepr[2].removeprefix("Skipped: ")] += 1
    for (file, reason), times in sorted(left_out.items()):
        terminalreporter.write_line(f"NOT TRIED: {times} of {file}: {reason}", yellow=True)

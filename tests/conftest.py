"""What was left out is said aloud, whichever process of the run left it out."""

from collections import defaultdict
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    left_out: dict[tuple[str, str], int] = defaultdict(int)
    for skipped in terminalreporter.stats.get("skipped", ()):
        file = skipped.nodeid.partition("::")[0]
        left_out[file, skipped.longrepr[2].removeprefix("Skipped: ")] += 1
    for (file, reason), times in sorted(left_out.items()):
        terminalreporter.write_line(f"NOT TRIED: {times} of {file}: {reason}", yellow=True)

"""What is written down is what the code does, and what was released is still kept."""

import json
from pathlib import Path

import pytest

from backend.host.promises import broken, broken_event
from backend.host.publish import promises
from backend.host.registry import discover
from backend.kernel.database import Connection

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "contracts" / "released"


@pytest.fixture(scope="module")
def promised() -> dict[str, str]:
    return promises(discover(guests=()))


def test_the_committed_files_are_those_that_the_code_writes(promised: dict[str, str]) -> None:
    written = {name: (ROOT / name).read_text(encoding="utf-8") for name in promised}
    events = {str(path.relative_to(ROOT)) for path in (ROOT / "contracts" / "events").iterdir()}

    assert written == promised, "run `make publish` and read the difference"
    assert events <= set(promised)


def test_the_last_release_is_kept(promised: dict[str, str]) -> None:
    released = json.loads((RELEASED / "openapi.json").read_text(encoding="utf-8"))

    assert broken(released, json.loads(promised["contracts/openapi.json"])) == []
    for path in (RELEASED / "events").glob("*.json"):
        event = json.loads(path.read_text(encoding="utf-8"))
        assert broken_event(event, json.loads(promised[f"contracts/events/{path.name}"])) == []


async def test_statements_of_the_last_release_run_on_todays_schema(connection: Connection) -> None:
    released = json.loads((RELEASED / "statements.json").read_text(encoding="utf-8"))
    await connection.execute("set search_path = ext")

    for name, sql in released.items():
        assert await connection.prepare(sql), name

"""A school hands in a class as the page says, with the page's own commands."""

import re
import shlex
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from backend.host.call import DemoCaller, composed
from backend.host.registry import discover
from backend.identity import demo
from backend.kernel import Module
from backend.testing import Caller, Client
from tests.identity.test_dev_login import clock, settings
from tests.identity.test_node_clients import ROOT

__all__ = ["clock", "settings"]

PAGE: Final = ROOT / "docs" / "guide" / "a-school-year.md"
_BLOCK: Final = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEXT: Final = re.compile(r"\n(?=tinhs |curl )")
_FILE: Final = re.compile(r"\$\(cat ([\w.-]+)\)")


def commands(block: str) -> Iterator[list[str]]:
    """Yield the words of each command, with what it reads of a file."""
    for line in _NEXT.split(block.replace("\\\n", " ")):
        words = shlex.split(line)
        yield [_FILE.sub(lambda found: Path(found[1]).read_text(), word) for word in words]


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture
def run(
    client: Client, as_staff: Callable[..., Caller], tmp_path: Path
) -> Callable[[list[str]], Awaitable[Any]]:
    """Does what a command of the page would: `tinhs call`, or what curl asks, signed."""

    async def called(words: list[str]) -> Any:
        program, *rest = words
        if program == "tinhs":
            _, _, who, method, path, *more = rest
            body = more[more.index("--json") + 1] if more else None
            return await DemoCaller(client, who, tmp_path).send(composed(method, path, body=body))
        return await _curled(rest)

    async def _curled(words: list[str]) -> Any:
        options = dict(pairwise(words))
        (address,) = [word for word in words if word.startswith("https://")]
        headers = [words[at + 1] for at, word in enumerate(words) if word == "-H"]
        school = demo.agency_id(demo.OFFICERS["school-clerk"])
        return await as_staff("school_clerk", agency_id=school).post(
            address.removeprefix("https://example.vn"),
            content=Path(options["--data-binary"].removeprefix("@")).read_bytes(),
            headers=dict(each.split(": ") for each in headers),
        )

    return called


async def test_a_class_goes_the_way_of_the_page(
    run: Callable[[list[str]], Awaitable[Any]],
    drain: Callable[[], Awaitable[list[str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[Any] = []

    for language, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(text, PAGE.name, "exec"), {})  # noqa: S102 - the page's own words
            continue
        for words in commands(text):
            said.append(await run(words))
            await drain()

    assert [each.status_code for each in said] == [201, 201, 201, 201, 200]
    written, stood_by, brought, _, runs = (each.json() for each in said)
    assert [row["defects"][0]["code"] for row in written["rows"]] == ["not-confirmed"] * 3
    assert (stood_by["records"], brought["records"]) == (3, 3)
    (ours,) = [each for each in runs["items"] if each["name"] == "2025-2026 6B"]
    assert (ours["state"], ours["counts"]) == ("running", {"frozen": 3})

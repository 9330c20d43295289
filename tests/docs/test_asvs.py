"""The page about OWASP ASVS 5.0.0 answers every requirement, and what it names is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.installed import with_reports

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| (yes|partly|no|n/a) \| (.+?) \| (.*?) ?\|$")

STANDARD = """
1.1 22  1.2 1111122223  1.3 112222222223  1.4 222  1.5 123
2.1 122  2.2 112  2.3 12223  2.4 23
3.1 3  3.2 113  3.3 12223  3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233  4.2 23333  4.3 22  4.4 1222
5.1 2  5.2 112333  5.3 113  5.4 222
6.1 122  6.2 111111112222  6.3 11223333  6.4 112233  6.5 22222333  6.6 2223  6.7 33  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 223  7.6 22
8.1 1233  8.2 1123  8.3 133  8.4 23
9.1 111  9.2 1222
10.1 22  10.2 223  10.3 22223  10.4 1111122222233333  10.5 22222  10.6 22  10.7 222
11.1 2233  11.2 22233  11.3 11233  11.4 1222  11.5 23  11.6 23  11.7 33
12.1 12233  12.2 11  12.3 22223
13.1 2333  13.2 222223  13.3 2233  13.4 1222233
14.1 22  14.2 12223333  14.3 122
15.1 12233  15.2 12233  15.3 1222222  15.4 3333
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 2223
17.1 23  17.2 22223333  17.3 22
"""
"""Section and the level of each of its requirements, as in the standard's own table."""


def levels() -> dict[str, int]:
    words = STANDARD.split()
    return {
        f"{section}.{number}": int(level)
        for section, each in zip(words[::2], words[1::2], strict=True)
        for number, level in enumerate(each, start=1)
    }


def rows() -> list[tuple[str, int, str, str, list[str]]]:
    return [
        (match[1], int(match[2]), match[3], match[4], re.findall(r"`([^`]+)`", match[5]))
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if (match := ROW.match(line))
    ]


def test_the_table_of_the_standard_is_whole() -> None:
    assert Counter(levels().values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_of_the_first_two_levels_is_answered_once() -> None:
    wanted = {
        number: level
        for number, level in levels().items()
        if level < 3 or number.startswith(("9.", "10."))
    }
    answered = [(number, level) for number, level, *_ in rows()]

    assert Counter(number for number, _ in answered) == dict.fromkeys(wanted, 1)
    assert dict(answered) == wanted


def test_a_yes_is_shown_by_something() -> None:
    assert [
        number for number, _, verdict, _, shown in rows() if verdict == "yes" and not shown
    ] == []


@pytest.mark.parametrize("page", sorted(PAGE.parent.glob("*.md")), ids=lambda page: page.name)
@with_reports
def test_what_a_page_names_as_proof_is_there(page: Path) -> None:
    named = set(re.findall(r"`([\w./-]+(?:::\w+)?)`", page.read_text(encoding="utf-8")))

    assert sorted(name for name in named if "/" in name and not is_there(name)) == []


def is_there(name: str) -> bool:
    path, _, test = name.partition("::")
    if path.startswith("/"):  # an address of ours
        return True
    if not (ROOT / path).exists():
        return False
    text = (ROOT / path).read_text(encoding="utf-8") if test else ""
    return not test or re.search(rf"^(async )?def {test}\b", text, re.MULTILINE) is not None

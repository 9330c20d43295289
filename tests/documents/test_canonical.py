"""One spelling for one meaning, as RFC 8785 and its reference implementation have it."""

import json
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from modules.documents.model.canonical import NotCanonical, accepted_as, canonical

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
# As `[a-z][a-z0-9_]{0,20}`, which takes twice as long to make.
KEYS = st.builds(
    str.__add__,
    st.sampled_from(ascii_lowercase),
    st.text(f"{ascii_lowercase}{digits}_", max_size=20),
)
SCALARS = TEXTS | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1)
CONTENT = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20
    ),
).filter(lambda value: depth(value) <= 11)


class Anything(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shape that leaves all of what is said open."""

    said: Any


def accepted(raw: bytes) -> Any:
    """Read bytes as production reads a document's data: inside of a Struct."""
    return accepted_as(b'{"said":' + raw + b"}", Anything).said


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0


@given(CONTENT)
def test_our_spelling_is_that_of_rfc_8785(content: dict[str, Any]) -> None:
    assert canonical(content) == rfc8785.dumps(content)


@given(CONTENT)
def test_what_we_wrote_we_accept(content: dict[str, Any]) -> None:
    assert accepted(canonical(content)) == content


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{ "a":1}',
        b'{"a":1}\n',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":9007199254740992}',
        b'{"a":123456789012345678901234567890}',
        b'{"A":1}',
        b'{"a-b":1}',
        b'{"":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b"",
        b"[" * 100_000,
        b"[" * 13 + b"]" * 13,
        b'{"a":"' + b"a" * 4001 + b'"}',
        b'"' + b"a" * (1 << 20) + b'"',
        b"NaN",
    ],
    ids=lambda raw: raw[:24].decode("latin-1"),
)
def test_another_spelling_is_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        accepted(raw)


def test_the_published_cases_are_spelt_the_same_or_refused(
    vectors: Callable[[str], list[Path]],
) -> None:
    taken: list[str] = []
    for file in vectors("rfc8785/input/*.json"):
        expected = (file.parents[1] / "output" / file.name).read_bytes().rstrip(b"\n")
        try:
            assert canonical(json.loads(file.read_bytes())) == expected, file.name
        except NotCanonical:
            continue
        taken.append(file.stem)

    # The others have floats, or names of members that no schema of ours could have.
    assert taken == []


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
def test_rubbish_is_refused_and_nothing_else_happens(raw: bytes) -> None:
    try:
        value = accepted(raw)
    except NotCanonical:
        return
    assert canonical(value) == raw

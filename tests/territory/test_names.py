"""Names as people write them, whatever they write."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.territory import UnitKind
from modules.territory.model.addresses import resolve
from modules.territory.model.atlas import Atlas
from modules.territory.model.lists import joined
from modules.territory.model.names import is_close, key, readings, spelling, syllables
from modules.territory.model.search import HITS_MAX, NameIndex
from modules.territory.model.units import Register
from modules.territory.service.lists import shipped_units

TODAY = date(2026, 1, 5)
ATLAS = Atlas(joined(Register(units=[], handovers=[]), shipped_units("38")))
NAMES = NameIndex(ATLAS)

words = st.text(alphabet="abcdeghiknt", min_size=1, max_size=7)
place_names = st.sampled_from([unit.name for unit in ATLAS.units])
addresses = st.lists(st.one_of(place_names, st.text(max_size=30)), max_size=5).map(", ".join)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Phường Hạc Thành", UnitKind.WARD, "hac thanh"),
        ("Xã Xá Lượng", UnitKind.COMMUNE, "xa luong"),
        ("Phường 5", UnitKind.WARD, "5"),
        ("Tỉnh Bà Rịa - Vũng Tàu", UnitKind.PROVINCE, "ba ria vung tau"),
        ("Huyện M'Đrắk", UnitKind.RURAL_DISTRICT, "mdrak"),
        ("Đặc khu Hoàng Sa", UnitKind.SPECIAL_ZONE, "hoang sa"),
    ],
)
def test_a_key_is_the_name_without_marks_and_kind(name: str, kind: UnitKind, expected: str) -> None:
    assert key(name, kind) == expected


def test_the_two_ways_to_place_a_tone_are_one_spelling() -> None:
    assert spelling("Hòa") == spelling("Hoà") == spelling("ho\u0061\u0300")
    assert spelling("Hòa") != spelling("Hóa")


def test_a_word_for_a_kind_may_be_part_of_a_name() -> None:
    kinds = {kinds for kinds, name in readings(syllables("Quan Sơn")) if name == ("son",)}
    whole = {kinds for kinds, name in readings(syllables("Quan Sơn")) if name == ("quan", "son")}

    assert kinds == {frozenset({UnitKind.URBAN_DISTRICT})}
    assert whole == {frozenset()}


@given(word=words, place=st.integers(0, 7), letter=st.sampled_from("abcz"))
def test_a_slip_is_a_letter_more_less_wrong_or_exchanged(
    word: str, place: int, letter: str
) -> None:
    head, tail = word[:place], word[place:]
    slips = {head + letter + tail, head + tail[1:], head + letter + tail[1:]}
    slips.add(head + tail[1:2] + tail[:1] + tail[2:])

    assert all(is_close(slip, word) for slip in slips if len(slip) >= 5)


@given(typed=words, meant=words)
def test_more_than_one_slip_is_another_word(typed: str, meant: str) -> None:
    assert is_close(typed, meant) == (typed == meant or (len(typed) >= 5 and apart(typed, meant)))


def apart(typed: str, meant: str) -> bool:
    """Whether one edit leads from one word to the other, by trying every edit."""
    letters = "abcdeghiknt"
    cuts = [(typed[:at], typed[at:]) for at in range(len(typed) + 1)]
    edits = {a + b[1:] for a, b in cuts if b}
    edits |= {a + letter + b for a, b in cuts for letter in letters}
    edits |= {a + letter + b[1:] for a, b in cuts if b for letter in letters}
    edits |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return meant in edits


@given(text=st.one_of(st.text(max_size=100), place_names))
def test_anything_can_be_searched(text: str) -> None:
    assert len(NAMES.search(text, TODAY, None)) <= HITS_MAX


@given(name=place_names)
def test_a_full_name_finds_what_bears_it_first(name: str) -> None:
    first = NAMES.search(name, TODAY, None)[0]

    assert syllables(first.name) == syllables(name)


@given(text=addresses)
def test_an_address_never_claims_more_than_it_knows(text: str) -> None:
    found = resolve(ATLAS, NAMES, text, TODAY)

    assert found.certain == (len(found.candidates) == 1)
    assert all(each.unit.is_in_force(TODAY) for each in found.candidates)

"""A cursor leads on in the list it was made for, and cannot be forged."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel import VIETNAM, BadRequest
from backend.kernel.cursor import seal, unseal

SECRET = b"a secret that nobody outside knows"
ASKED = b"a list with these filters"
Place = tuple[datetime, date, UUID, str, int]
PLACE: tuple[datetime, date, UUID, str, int] = (
    datetime(2026, 11, 22, 8, 30, 0, 123456, UTC),
    date(2026, 11, 22),
    UUID("01a200b1-0363-7000-b3b5-41e622e539f8"),
    "Phường Hạc Thành",
    7,
)


def test_a_cursor_gives_back_the_place_it_was_made_of() -> None:
    cursor = seal(SECRET, ASKED, PLACE)

    assert unseal([SECRET], ASKED, cursor, Place) == PLACE


@given(
    st.tuples(
        st.integers(0, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
        st.uuids(),
        st.integers(-(2**63), 2**63 - 1),
    )
)
def test_every_place_survives_the_journey(place: tuple[datetime, UUID, int]) -> None:
    assert unseal([SECRET], ASKED, seal(SECRET, ASKED, place), tuple[datetime, UUID, int]) == place


@given(st.text(max_size=80))
def test_what_somebody_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        unseal([SECRET], ASKED, cursor, Place)


@given(st.integers(0, 10_000), st.characters())
def test_a_cursor_that_was_changed_leads_nowhere_else(place: int, letter: str) -> None:
    cursor = seal(SECRET, ASKED, PLACE)
    place %= len(cursor)
    changed = cursor[:place] + letter + cursor[place + 1 :]

    try:
        found = unseal([SECRET], ASKED, changed, Place)
    except BadRequest as refusal:
        (fault,) = refusal.errors
        assert (fault.parameter, fault.code) == ("cursor", "inconsistent")
    else:
        assert found == PLACE


@pytest.mark.parametrize(
    ("secret", "asked", "shape"),
    [
        (b"the secret of another installation", ASKED, Place),
        (SECRET, b"the same list with other filters", Place),
        (SECRET, ASKED, tuple[int]),
    ],
)
def test_a_cursor_is_good_for_its_own_list_alone(secret: bytes, asked: bytes, shape: type) -> None:
    with pytest.raises(BadRequest):
        unseal([secret], asked, seal(SECRET, ASKED, PLACE), shape)


def test_a_cursor_does_not_depend_on_the_clock_on_the_wall() -> None:
    at_home = PLACE[0].astimezone(VIETNAM)

    assert seal(SECRET, ASKED, (at_home, *PLACE[1:])) == seal(SECRET, ASKED, PLACE)

"""Ids sort by the moment and the order in which they were made, and never meet."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.kernel import Transaction, new_id

MOMENTS = st.floats(1.5e9, 7e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, st.integers(0, 4095))
def test_an_id_is_of_version_seven_and_says_when_it_was_made(moment: datetime, place: int) -> None:
    made = new_id(moment, place)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(moment.timestamp() * 1000)


@given(MOMENTS, st.lists(st.integers(0, 4095), unique=True, min_size=2, max_size=50))
def test_ids_of_one_moment_sort_as_they_were_asked_for(moment: datetime, places: list[int]) -> None:
    ids = [new_id(moment, place) for place in sorted(places)]

    assert ids == sorted(ids)


@given(MOMENTS, st.integers(0, 4095), st.integers(0, 4095))
def test_a_later_millisecond_sorts_later(moment: datetime, one: int, other: int) -> None:
    assert new_id(moment, one) < new_id(moment + timedelta(milliseconds=1), other)


async def test_the_ids_of_a_transaction_sort_as_they_were_made(tx: Transaction) -> None:
    ids = [tx.new_id() for _ in range(4096)]

    assert ids == sorted(set(ids))

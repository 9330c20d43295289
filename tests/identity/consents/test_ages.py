"""How old somebody is, as far as consent asks."""

from datetime import datetime, timedelta

import pytest

from backend.identity.consents.ages import age, years_before
from backend.kernel import VIETNAM


@pytest.mark.parametrize(
    ("years", "band", "asked_again_at"),
    [(0, "under_7", 7), (6.99, "under_7", 7), (7.01, "from_7", 18), (17.99, "from_7", 18)],
)
def test_an_age_says_whose_word_counts(years: float, band: str, asked_again_at: int) -> None:
    born = datetime(2020, 2, 29, tzinfo=VIETNAM)
    of_age_at = datetime(2038, 3, 1, tzinfo=VIETNAM)

    found = age(is_represented=True, of_age_at=of_age_at, now=born + years * timedelta(days=365.25))

    assert found.band == band
    assert found.until == {7: datetime(2027, 3, 1, tzinfo=VIETNAM), 18: of_age_at}[asked_again_at]


def test_who_is_not_a_child_is_not_asked_again() -> None:
    now = datetime(2026, 1, 1, tzinfo=VIETNAM)

    adult = age(is_represented=False, of_age_at=None, now=now)
    ward = age(is_represented=True, of_age_at=None, now=now)

    assert (adult.band, adult.until, ward.band, ward.until) == ("adult", None, "ward", None)
    assert years_before(datetime(2024, 2, 29, tzinfo=VIETNAM), 1) == datetime(
        2023, 3, 1, tzinfo=VIETNAM
    )

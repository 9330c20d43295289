"""Why a year is not taken."""

from backend.kernel import DomainError


class UnknownYear(DomainError):
    """Nothing is known of that year yet, so nothing but Saturdays and Sundays is free in it."""

    slug = "calendar/unknown-year"
    status = 404


class UnfitDays(DomainError):
    """A day lies in another year, is named twice, or is worked without being swapped."""

    slug = "calendar/unfit-days"
    status = 422


class YearIsConfirmed(DomainError):
    """Deadlines were counted with a confirmed year: its days may change, its certainty not."""

    slug = "calendar/year-is-confirmed"

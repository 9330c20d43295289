"""Where the tour of all pages stops; those of settings are listed here, the others beside it."""

from typing import Final

import msgspec

_CALENDAR: Final = "/console/calendar/year"
LOOK: Final = "here = true; document.querySelector('.actions button[value=look]').click()"
"""See what a year moves."""
TRIAL: Final = (
    "here = true; form = document.querySelector('form[action$=category]');"
    "form.elements.commune_code.value = '14797'; form.elements.valid_from.value = '2199-01-05';"
    "form.elements.reason.value = 'Thử một bản mới xem sao.';"
    "form.querySelector('button[value=try]').click()"
)
"""See what a version of a category would do."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A page to look at, as whom, and how it answers."""

    name: str
    path: str
    who: str = ""
    status: int = 200
    then: str = ""
    """A script of the test that leads on from there to the page that is meant."""


def at_settings(settings: str) -> list[Stop]:
    """Return the stops where the desk and the calendar are set up."""
    roads = f"{settings}/category?code=roads"
    return [
        Stop(name="settings", path=settings, who="admin"),
        Stop(name="templates", path=f"{settings}/templates", who="admin"),
        Stop(name="category", path=roads, who="admin"),
        Stop(
            name="category-tried", path=f"{settings}/category?code=roads", who="admin", then=TRIAL
        ),
        Stop(name="category-new", path=f"{settings}/category?code=bridges", who="admin"),
        Stop(name="ways", path=f"{settings}/ways", who="admin"),
        Stop(name="blocks", path=f"{settings}/blocks", who="admin"),
        Stop(name="handovers", path=f"{settings}/handovers", who="moderator"),
        Stop(name="handed", path=f"{settings}/handovers?state=acknowledged", who="moderator"),
        Stop(name="calendar", path=f"{_CALENDAR}?year=2026", who="admin"),
        Stop(name="calendar-look", path=f"{_CALENDAR}?year=2025", who="admin", then=LOOK),
    ]

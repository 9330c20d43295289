"""Where the tour of all pages stops as everybody, as a citizen, and where things are set up."""

from typing import Final

import httpx
import msgspec

CITIZEN = "citizen-verified"
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
PASTE = (
    "here = true; document.querySelector('#bundle').value = '{}';"
    "document.querySelector('form[data-verify]').submit()"
)
TYPE = (
    "here = true; document.querySelector('#code').value = 'HB-38-26-7K3QF9TM4-X';"
    "document.querySelector('form[data-verify]').submit()"
)


OVERTAKE: Final = (
    "here = true; form = document.querySelector('form[action$=declination]');"
    "form.elements.version.value = 1; form.elements.key.value = crypto.randomUUID();"
    "form.elements.text.value = 'Chỗ này đã có người dọn sạch rồi.'; form.submit()"
)
"""Send a form that was drawn before somebody else did something."""
MANY: Final = (
    "here = true; document.querySelector('[data-pick]').checked = true;"
    "document.querySelector('form[action$=batches]').submit()"
)
"""Try one call for what is ticked."""
NONE: Final = "here = true; document.querySelector('form[action$=batches]').submit()"
KEYS: Final = "document.querySelector('#keys-open').click()"
PALETTE: Final = "document.querySelector('#palette-open').click()"


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


def stops_of_everybody(house: str) -> list[Stop]:
    public = httpx.get(f"{house}/v1/feedback/public/reports").json()["items"]
    done = next(each["code"] for each in public if each["state"] == "closed" or each["photos"])
    found = httpx.get(f"{house}/v1/public-services/search", params={"q": "khai sinh"}).json()
    return [
        Stop(name="start", path="/"),
        Stop(name="reports", path="/reports"),
        Stop(name="reports-none", path="/reports?commune=14797&category=trees"),
        Stop(name="report", path=f"/reports/{done}"),
        Stop(name="procedures", path="/procedures"),
        Stop(name="found", path="/procedures?q=khai+sinh"),
        Stop(name="found-narrow", path="/procedures?q=dang+ky&level=commune&free=true"),
        Stop(name="found-nothing", path="/procedures?q=xo+so+mien+bac"),
        Stop(name="procedures-listed", path="/procedures?audience=business"),
        Stop(name="life-event", path="/life-events/sinh-con"),
        Stop(name="life-event-days", path="/life-events/sinh-con?fact_on=2026-11-01"),
        Stop(name="life-event-asks", path="/life-events/nghi-huu?fact_on=2026-11-01"),
        Stop(name="procedure", path=f"/procedures/{found['hits'][0]['card']['code']}"),
        Stop(name="map", path="/map"),
        Stop(name="map-close", path="/map?at=19.8067,105.7852&zoom=17"),
        Stop(name="map-none", path="/map?at=10,105&zoom=15"),
        Stop(name="statistics", path="/statistics"),
        Stop(name="statistics-communes", path="/statistics?by=commune"),
        Stop(name="statistics-none", path="/statistics?month=2020-01"),
        Stop(name="verify", path="/verify"),
        Stop(name="verdict", path="/verify", then=PASTE),
        Stop(name="no-such-code", path="/verify", status=404, then=TYPE),
        Stop(name="status", path="/status"),
        Stop(name="developers", path="/developers"),
        Stop(name="docs", path="/docs"),
        Stop(name="problems", path="/problems"),
        Stop(name="problem", path="/problems/kernel/not-found"),
        Stop(name="refused", path="/reports/PA-NOT-THERE", status=404),
        Stop(name="dev-login", path="/dev/login"),
        Stop(name="dev-outbox", path="/dev/outbox"),
        Stop(name="stranger", path="/console/login"),
        Stop(name="account-door", path="/account/login?more&back=/account"),
        Stop(name="account", path="/account", who=CITIZEN),
        Stop(name="account-devices", path="/account/identity/devices", who=CITIZEN),
        Stop(name="account-phone", path="/account/identity/phone", who=CITIZEN),
        Stop(name="account-phone-code", path="/account/identity/phone?sent", who=CITIZEN),
        Stop(name="account-consents", path="/account/identity/consents", who=CITIZEN),
        Stop(name="account-looks", path="/account/audit/looks", who=CITIZEN),
        Stop(name="account-data", path="/account/privacy/data", who=CITIZEN),
        Stop(name="account-to-sign", path="/account/documents/signing", who=CITIZEN),
    ]


def at_desk(queue: str, fresh: str, held: str) -> list[Stop]:
    """Return the stops of a moderator, with a report that is new and one that they hold."""
    report = f"{queue}/reports/{fresh}"
    pages = [
        Stop(name="queue", path=queue),
        Stop(name="queue-mine", path=f"{queue}?mine=1"),
        Stop(name="queue-filtered", path=f"{queue}?category=trees&commune=14797"),
        Stop(name="queue-empty", path=f"{queue}?state=reopen_requested"),
        Stop(name="queue-keys", path=queue, then=KEYS),
        Stop(name="queue-palette", path=queue, then=PALETTE),
        Stop(name="queue-nonsense", path=f"{queue}?commune=abc", status=400),
        Stop(name="many-tried", path=queue, then=MANY),
        Stop(name="many-of-none", path=queue, then=NONE),
        Stop(name="desk-report", path=report),
        Stop(name="desk-done", path=f"{report}?sent=PA-7K3M9Q.assignment"),
        Stop(name="desk-held", path=f"{queue}/reports/{held}"),
        Stop(name="no-such-report", path=f"{queue}/find?code=PA-7K3M9Q", status=404),
        Stop(name="similar", path=f"{report}/similar"),
        Stop(name="compared", path=f"{report}/similar/{held}"),
        Stop(name="masks", path=f"{report}/masks"),
        Stop(name="overtaken", path=f"{queue}/reports/{held}", status=412, then=OVERTAKE),
        Stop(name="board", path=f"{queue}/board"),
    ]
    return [msgspec.structs.replace(page, who="moderator") for page in pages]


def at_work(queue: str, fresh: str, given: str) -> list[Stop]:
    """Return the stops of an agency, with a report that it was given and one that it was not."""
    return [
        Stop(name="work", path=f"{queue}/work", who="officer"),
        Stop(name="work-report", path=f"{queue}/work/{given}", who="officer"),
        Stop(name="forbidden", path=f"{queue}/work", who="moderator", status=403),
        Stop(name="hidden", path=f"{queue}/work/{fresh}", who="officer", status=404),
    ]

"""A report that has come to an agency, and what else belongs to its people."""

from typing import Any, Final
from uuid import UUID

from contracts.demo import HAC_THANH, agency_of
from contracts.samples import PROVINCE, PUBLIC, Cast, Samples
from modules.feedback.repository import handovers
from modules.feedback.service import reading

NAMED: Final = {
    "route-outs/{code:str}": PROVINCE,
    "config/categories/{code:str}": PROVINCE,
    "config/classes/{deadline_class:str}": PROVINCE,
    "settings/terms/{deadline_class:str}": PROVINCE,
    "settings/reasons/{for_call:str}": PROVINCE,
    "config/reasons/{for_call:str}": PROVINCE,
    "config/templates/{code:str}": PROVINCE,
    "open311-keys/{key_id:uuid}": PROVINCE,
    "blocks/{block_id:uuid}": PROVINCE,
    "public/reports/{code:str}": PUBLIC,
    "tiles/{zoom:int}": PUBLIC,
    "v2/{call:str}": PUBLIC,
    "track/{call:str}": "tests/feedback/test_anonymous.py",
    "v2/{kind:str}": PUBLIC,
    "/reports/{code:str}": PUBLIC,
}

_WHY: Final = "Một lý do đủ dài để được nhận."
_REPORT: Final = {
    "category": "roads",
    "text": "Ổ gà sâu trước cổng trường, trời mưa không thấy.",
    "commune_code": HAC_THANH,
    "location": {"lat": 19.8066, "lon": 105.7851},
    "wish": "public",
}
_DESK: Final = "/v1/feedback/desk/reports/{report_id:uuid}"
_WORK: Final = "/v1/feedback/work/reports/{report_id:uuid}"
_CONSOLE: Final = "/console/feedback"
_FORM: Final = {"data": {"version": "1", "text": _WHY}}


async def samples(cast: Cast) -> Samples:
    """File two reports; claim, assign and take up the first, and ask for more time."""
    filed, other = [
        (await cast.made(cast.citizen, "/v1/feedback/reports", json=_REPORT)).json()["id"]
        for _ in range(2)
    ]
    desk, work = f"/v1/feedback/desk/reports/{filed}", f"/v1/feedback/work/reports/{filed}"
    seen = (await cast.made(cast.officer, f"{desk}/claim")).headers["etag"]
    assigned = await _next(cast, f"{desk}/assignments", seen, {})
    given = assigned.json()["assignment_id"]
    taken = await _next(cast, f"{work}/acceptance", assigned.headers["etag"])
    await _next(cast, f"{work}/extensions", taken.headers["etag"], {"days": 2, "text": _WHY})
    seen_at_desk = (await cast.officer.send("GET", desk)).json()
    queue = {"name": "Của tôi", "query": "category=roads", "is_shared": False}
    kept = await cast.made(cast.officer, "/v1/feedback/desk/filters", json=queue)
    area = {"pace": "now", "commune_code": HAC_THANH}
    followed = await cast.made(cast.citizen, "/v1/feedback/me/subscriptions", json=area)
    return Samples(
        names={
            "reports/{report_id:uuid}": filed,
            "work/{report_id:uuid}": filed,
            "{report_id:uuid}/templates/{call:str}": "claim",
            "reports/{report_id:uuid}/{call:str}": "claim",
            "work/{report_id:uuid}/{call:str}": "acceptance",
            "similar/{other_id:uuid}": other,
            "similar/{other_id:uuid}/{call:str}": "merge",
            "assignments/{assignment_id:uuid}": given,
            "account/feedback/reports/{report_id:uuid}/{call:str}": "withdrawal",
            "extensions/{extension_id:uuid}": seen_at_desk["extension"]["id"],
            "filters/{filter_id:uuid}": kept.json()["id"],
            "handovers/{handover_id:uuid}": await _handed_over(cast, filed, given),
            "subscriptions/{subscription_id:uuid}": followed.json()["id"],
        },
        asked={
            f"POST {_DESK}/declination": {"json": {"reason": "no-issue", "text": _WHY}},
            f"POST {_DESK}/hiding": {"json": {"reason": "other", "text": _WHY}},
            f"POST {_DESK}/merge": {"json": {"canonical_id": other, "text": _WHY}},
            f"DELETE {_DESK}/merge": {"params": {"reason": _WHY}},
            f"DELETE {_DESK}/assignments/{{assignment_id:uuid}}": {"params": {"reason": _WHY}},
            f"POST {_WORK}/return": {"json": {"reason": "other", "text": _WHY}},
            f"POST {_CONSOLE}/reports/{{report_id:uuid}}/{{call:str}}": _FORM,
            f"POST {_CONSOLE}/reports/{{report_id:uuid}}/notes": _FORM,
            f"POST {_CONSOLE}/reports/{{report_id:uuid}}/similar/{{other_id:uuid}}/{{call:str}}": {
                "data": {"version": "1", "text": _WHY, "canonical_id": other}
            },
            f"POST {_CONSOLE}/work/{{report_id:uuid}}/{{call:str}}": _FORM,
            "POST /account/feedback/reports/{report_id:uuid}/{call:str}": _FORM,
        },
        silent={
            f"POST {_CONSOLE}/reports/{{report_id:uuid}}/masks/publication": (
                "there is no photo to draw on, and the form names one"
            ),
            "DELETE /v1/feedback/desk/filters/{filter_id:uuid}": (
                "the form of its page has dropped it: tests/feedback/test_console.py"
            ),
            f"GET {_DESK}/originals/{{file_id:uuid}}": (
                "there is no photo, and it wants a reason: tests/feedback/test_keeping.py"
            ),
        },
    )


async def _handed_over(cast: Cast, report_id: str, assignment_id: str) -> str:
    """Let the work of a report be on its way to a system."""
    queued = handovers.Queued(
        assignment_id=UUID(assignment_id), agency_id=agency_of(HAC_THANH), system="trial"
    )
    async with cast.house() as tx:
        report = await reading.report(tx, UUID(report_id))
        return str(await handovers.add(tx, report, queued))


async def _next(cast: Cast, path: str, seen: str, body: Any = None) -> Any:
    more = {} if body is None else {"json": body}
    return await cast.made(cast.officer, path, headers={"If-Match": seen}, **more)

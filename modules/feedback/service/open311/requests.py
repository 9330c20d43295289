"""What became of reports: those that are public, and those of the program that asks."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.kernel import BadRequest, NotFound, Snapshot
from contracts.problem import Fault, FaultCode
from modules.feedback.model.codes import heard
from modules.feedback.model.machines import ENDED, ReportState
from modules.feedback.model.open311 import Params, word
from modules.feedback.model.places import Box, Point
from modules.feedback.repository import open311 as repository
from modules.feedback.repository import records as rows
from modules.feedback.repository import reports, tracking
from modules.feedback.repository.records import Asked
from modules.feedback.service import categories, records
from modules.feedback.service.open311.keys import key_of
from modules.feedback.service.tracking import report_of

SPAN_MAX: Final = timedelta(days=90)
PAGE_MAX: Final = 1000
_NUMBER: Final = r"-?[0-9]{1,3}(?:\.[0-9]{1,8})?"
_CORNERS: Final = re.compile(",".join([_NUMBER] * 4))
_LON_MAX: Final = 180
_LAT_MAX: Final = 85
"""Web Mercator ends there."""


async def asked(snapshot: Snapshot, params: Params) -> Sequence[Mapping[str, Any]]:
    """Return public reports, the newest first. Raises `BadRequest`."""
    codes = word(params.get("service_request_id"))
    extended = word(params.get("extensions")) == "true"
    if codes is not None:
        wanted = [heard(code) for code in codes.split(",")][:PAGE_MAX]
        found = await rows.by_code(snapshot, [code for code in wanted if code is not None])
    else:
        found = await rows.asked(snapshot, _asked(snapshot, params), sorted(ENDED))
    return await records.told(snapshot, found, extended=extended)


def _asked(snapshot: Snapshot, params: Params) -> Asked:
    since, until = _moment(params, "start_date"), _moment(params, "end_date")
    if since is None and until is None:
        since, until = snapshot.now - SPAN_MAX, snapshot.now
    elif since is None and until is not None:
        since = until - SPAN_MAX
    elif since is not None and until is None:
        until = min(since + SPAN_MAX, max(snapshot.now, since))
    if since is None or until is None or not timedelta(0) <= until - since <= SPAN_MAX:
        raise _wrong("end_date", "inconsistent")
    statuses = {part.strip() for part in (word(params.get("status")) or "").split(",")} - {""}
    if statuses - {"open", "closed"}:
        raise _wrong("status", "enum")
    services = word(params.get("service_code"))
    limit, page = _number(params, "page_size", PAGE_MAX), _number(params, "page", 1_000_000)
    size = limit or PAGE_MAX
    return Asked(
        since=since,
        until=until,
        categories=None if services is None else [code.strip() for code in services.split(",")],
        is_ended=None if len(statuses) != 1 else statuses == {"closed"},
        updated_after=_moment(params, "updated_after"),
        box=_box(params),
        limit=size,
        offset=((page or 1) - 1) * size,
    )


async def read(snapshot: Snapshot, code: str, params: Params) -> Sequence[Mapping[str, Any]]:
    """Return one report as a list of one.

    What is not public is there for the program that filed it alone, and without its words.
    """
    written = heard(code)
    found = await rows.by_code(snapshot, [written or ""])
    if found:
        extended = word(params.get("extensions")) == "true"
        return await records.told(snapshot, found, extended=extended)
    key = await key_of(snapshot, params)
    tracked = None if written is None else await tracking.find(snapshot, written)
    if key is None or tracked is None:
        raise NotFound
    await tracking.show(snapshot, tracked.report_id)
    if await repository.filer(snapshot, tracked.report_id) != key.id:
        raise NotFound
    return [await _own(snapshot, tracked.report_id)]


async def _own(snapshot: Snapshot, report_id: UUID) -> Mapping[str, Any]:
    report = await reports.find(snapshot, report_id)
    if report is None:
        raise NotFound
    version = await categories.of(snapshot, report)
    return {
        "service_request_id": report.code,
        "status": "closed" if report.state in ENDED else "open",
        "service_name": version.label,
        "service_code": report.category_code,
        "requested_datetime": records.moment(report.received_at),
        "updated_datetime": records.moment(report.state_at),
    }


async def token(snapshot: Snapshot, shown: str) -> Sequence[Mapping[str, Any]]:
    """Return the id that a token stands for; empty until somebody has looked at the report."""
    tracked = await report_of(snapshot, shown)
    if tracked is None:
        raise NotFound
    await tracking.show(snapshot, tracked.report_id)
    report = await reports.find(snapshot, tracked.report_id)
    if report is None:
        raise NotFound
    is_seen = report.state is not ReportState.RECEIVED
    return [{"token": shown, "service_request_id": report.code if is_seen else None}]


def _moment(params: Params, name: str) -> datetime | None:
    """Read a moment of W3CDTF; one without its zone is UTC, as most programs mean it."""
    given = word(params.get(name))
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError as error:
        raise _wrong(name, "format") from error
    if not 2000 <= found.year < 2200:
        raise _wrong(name, "format")
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _box(params: Params) -> Box | None:
    """Read `bbox` as GeoJSON orders it (RFC 7946 §5): west, south, east, north."""
    given = word(params.get("bbox"))
    if given is None:
        return None
    if not _CORNERS.fullmatch(given):
        raise _wrong("bbox", "format")
    west, south, east, north = (float(part) for part in given.split(","))
    if max(abs(west), abs(east)) > _LON_MAX or max(abs(south), abs(north)) > _LAT_MAX:
        raise _wrong("bbox", "format")
    if west > east or south > north:
        raise _wrong("bbox", "inconsistent")
    return Box(south_west=Point(lat=south, lon=west), north_east=Point(lat=north, lon=east))


def _number(params: Params, name: str, most: int) -> int | None:
    given = word(params.get(name))
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 8 and 1 <= int(given) <= most):
        raise _wrong(name, "format")
    return int(given)


def _wrong(parameter: str, code: FaultCode) -> BadRequest:
    return BadRequest(errors=[Fault(parameter=parameter, code=code)])

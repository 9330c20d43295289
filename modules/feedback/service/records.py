"""Public reports as other systems take them: the members of an Open311 GeoReport v2 request."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.kernel import VIETNAM, Snapshot
from contracts.territory import CommuneRegister
from modules.feedback.model.machines import ENDED
from modules.feedback.repository import records as repository
from modules.feedback.repository.records import Row
from modules.feedback.service import categories
from modules.feedback.service.reading import label

Record = Mapping[str, Any]


async def exported(snapshot: Snapshot, year: int, month: int) -> Sequence[Record]:
    """Return what was filed in a month and is public now, the oldest first."""
    since = datetime(year, month, 1, tzinfo=VIETNAM)
    until = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=VIETNAM)
    return await told(snapshot, await repository.month(snapshot, since, until))


async def told(
    snapshot: Snapshot, rows: Sequence[Row], *, extended: bool = False
) -> Sequence[Record]:
    """Return rows as records, with what the standard does not know beside it when asked for."""
    communes = await _communes(snapshot, rows)
    found: list[Record] = []
    for row in rows:
        record = await _record(snapshot, row, communes.get(row.commune_code))
        if extended:
            record["extended_attributes"] = {
                "state": row.state,
                "commune_code": row.commune_code,
                "followers": row.followers,
            }
        found.append(record)
    return found


async def _record(snapshot: Snapshot, row: Row, commune: str | None) -> dict[str, Any]:
    card = await categories.card(snapshot, row.category_code, row.category_version)
    is_ended = row.state in ENDED
    photo = f"{snapshot.base_url}/v1/feedback/public/reports/{row.code}/photos/1"
    return {
        "service_request_id": row.code,
        "status": "closed" if is_ended else "open",
        "status_notes": row.result or row.reason or label(row.state),
        "service_name": card.label,
        "service_code": row.category_code,
        "description": row.body,
        "agency_responsible": row.agency_name,
        "service_notice": None,
        "requested_datetime": moment(row.filed_at),
        "updated_datetime": moment(row.state_at),
        "expected_datetime": None if row.due_at is None else moment(row.due_at),
        # The commune and no street: a house number is what nobody else is to know.
        "address": commune,
        "address_id": row.commune_code,
        "zipcode": None,
        "lat": row.lat,
        "long": row.lon,
        "media_url": photo if row.photos else None,
    }


def moment(at: datetime) -> str:
    """Write a moment with its zone, as W3CDTF has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _communes(snapshot: Snapshot, rows: Sequence[Row]) -> Mapping[str, str]:
    register = snapshot.ask(CommuneRegister)
    found: dict[str, str] = {}
    for code in {row.commune_code for row in rows}:
        commune = await register.in_force(code, snapshot.today)
        if commune is not None:
            found[code] = commune.name
    return found

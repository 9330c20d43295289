"""Open311 GeoReport v2 over the same reports: a translation, and no rule of its own."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from backend.kernel import BadRequest, NotFound, Photos, Snapshot, Transaction
from contracts.files import FileStore
from contracts.keys import SecretKeys
from contracts.page import Page
from contracts.problem import Fault, FaultCode
from contracts.territory import CommuneRegister
from modules.feedback.errors import ApiKeyNeeded
from modules.feedback.model.categories import Version
from modules.feedback.model.codes import heard
from modules.feedback.model.machines import ENDED, ReportState
from modules.feedback.model.open311 import (
    PRODUCTION,
    SPECIFICATION,
    TEST,
    Key,
    MadeKey,
    NewKey,
    word,
)
from modules.feedback.model.places import Place
from modules.feedback.model.reports import Contact, Filing
from modules.feedback.model.senders import Sender
from modules.feedback.repository import open311 as repository
from modules.feedback.repository import records as rows
from modules.feedback.repository import reports, tracking
from modules.feedback.repository.records import Asked
from modules.feedback.service import categories, filing, records
from modules.feedback.service.tracking import report_of
from modules.feedback.settings import Settings

KEY: Final = "feedback-open311"
SAME_FOR: Final = timedelta(minutes=10)
SPAN_MAX: Final = timedelta(days=90)
PAGE_MAX: Final = 1000

Params = Mapping[str, str]


def require_jurisdiction(snapshot: Snapshot, params: Params) -> None:
    """Raise `NotFound` for a jurisdiction that is not ours; none named is ours."""
    ours = snapshot.ask(Settings).jurisdiction or urlsplit(snapshot.base_url).hostname
    if word(params.get("jurisdiction_id")) not in {None, ours}:
        raise NotFound


async def discovery(snapshot: Snapshot) -> Mapping[str, Any]:
    """Return where what is found. The changeset moves with any category."""
    offered = await categories.versions_offered(snapshot)
    newest = max((version.valid_from for version in offered), default=snapshot.today)
    changeset = f"{newest.isoformat()}T00:00:00+07:00"
    start = f"{snapshot.base_url}/v1/feedback"
    formats = ["text/xml", "application/json"]
    endpoints = [
        {
            "specification": SPECIFICATION,
            "url": f"{start}{path}",
            "changeset": changeset,
            "type": kind,
            "formats": formats,
        }
        for path, kind in ((PRODUCTION, "production"), (TEST, "test"))
    ]
    contact = snapshot.ask(Settings).open311_contact
    return {
        "changeset": changeset,
        "contact": contact,
        "key_service": contact,
        "endpoints": endpoints,
    }


async def services(snapshot: Snapshot) -> Sequence[Mapping[str, Any]]:
    """Return what a program may file: what needs no account."""
    offered = await categories.versions_offered(snapshot)
    return [_service(version) for version in offered if version.anonymous]


def _service(version: Version) -> Mapping[str, Any]:
    card = version.shown()
    return {
        "service_code": version.code,
        "service_name": card.label,
        "description": card.help,
        "metadata": False,
        "type": _type(version),
        "keywords": ", ".join((card.label.lower(), card.group.label.lower())),
        "group": card.group.label,
    }


def _type(version: Version) -> str:
    """Say how its id is had: at once, or by a token where the report is nobody else's to see."""
    return "realtime" if version.publishable else "batch"


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


async def post(
    tx: Transaction, params: Params, photos: Photos, sender: Sender
) -> Sequence[Mapping[str, Any]]:
    """File a report in somebody's name. The same form within ten minutes is the same report.

    Raises `ApiKeyNeeded`, `BadRequest` with everything that is missing, and what filing raises.
    """
    key = await key_of(tx, params)
    if key is None:
        raise ApiKeyNeeded
    filed_as = msgspec.structs.replace(sender, origin="open311", client=str(key.id))
    draft = _draft(params)
    digest = _digest(key, params, photos)
    known = await repository.post(tx, digest, tx.now - SAME_FOR)
    if known is None:
        filed = await filing.file(
            tx,
            draft,
            photos,
            sender=filed_as,
            key=secrets.token_urlsafe(24),
            communes=tx.ask(CommuneRegister),
            store=tx.ask(FileStore),
        )
        known = filed.id
        await repository.made(tx, digest, known, key.id)
    await tracking.show(tx, known)
    return [await _receipt(tx, known)]


async def _receipt(tx: Transaction, report_id: UUID) -> Mapping[str, Any]:
    report = await reports.find(tx, report_id)
    if report is None:
        raise NotFound
    version = await categories.of(tx, report)
    answer: dict[str, Any] = {"service_notice": version.emergency_notice, "account_id": None}
    if _type(version) == "realtime":
        return {"service_request_id": report.code, **answer}
    shown = await filing.token_of(tx, report_id)
    return {"token": shown, **answer}


def _draft(params: Params) -> Filing:
    """Translate a form. Raises `BadRequest` with every fault."""
    faults: list[Fault] = []
    lat, lon = _degrees(params, "lat", faults), _degrees(params, "long", faults)
    address_id, address = word(params.get("address_id")), word(params.get("address_string"))
    code = word(params.get("service_code"))
    if code is None:
        faults.append(Fault(parameter="service_code", code="required"))
    if (lat is None or lon is None) and address_id is None and address is None and not faults:
        faults.append(Fault(parameter="lat", code="required"))
    said = word(params.get("description"))
    if said is None:
        faults.append(Fault(parameter="description", code="required"))
    if faults:
        raise BadRequest(errors=faults)
    named = " ".join(filter(None, (word(params.get("first_name")), word(params.get("last_name")))))
    contact = {
        "name": named or None,
        "phone": word(params.get("phone")),
        "email": word(params.get("email")),
    }
    try:
        return msgspec.convert(
            {
                "category": code,
                "text": said,
                "location": None if lat is None or lon is None else {"lat": lat, "lon": lon},
                "commune_code": address_id,
                "address": address,
                "contact": _contact(contact),
            },
            Filing,
        )
    except msgspec.ValidationError as error:
        place = str(error).rpartition("$.")[2].rstrip("`").partition(".")[0]
        raise _wrong(_NAMES.get(place, place or "description"), "inconsistent") from error


_NAMES: Final = {
    "category": "service_code",
    "text": "description",
    "location": "lat",
    "commune_code": "address_id",
    "address": "address_string",
}


def _contact(told: Mapping[str, str | None]) -> Contact | None:
    """Return how to reach somebody, as far as it can be used: a number that is none is left out."""
    found: dict[str, str] = {}
    for name, value in told.items():
        if value is not None:
            try:
                msgspec.convert({name: value}, Contact)
            except msgspec.ValidationError:
                continue
            found[name] = value
    return msgspec.convert(found, Contact) if found else None


def _degrees(params: Params, name: str, faults: list[Fault]) -> float | None:
    given = word(params.get(name))
    if given is None:
        return None
    try:
        place = {"lat": 19.0, "lon": 105.0, "lon" if name == "long" else name: float(given)}
        msgspec.convert(place, Place)
    except ValueError:
        faults.append(Fault(parameter=name, code="format"))
        return None
    return float(given)


async def key_of(snapshot: Snapshot, params: Params) -> Key | None:
    """Return the program whose key was sent; None without one that is known."""
    shown = word(params.get("api_key"))
    if shown is None:
        return None
    return await repository.find(snapshot, _mac(snapshot, shown))


async def make_key(tx: Transaction, new: NewKey) -> MadeKey:
    """Give a program a key, which is shown this once."""
    key = secrets.token_urlsafe(32)
    return MadeKey(id=await repository.add(tx, new, _mac(tx, key)), key=key)


async def keys(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Key]:
    """Return the programs that have a key."""
    return await repository.keys(snapshot, cursor, limit)


async def disable_key(tx: Transaction, key_id: UUID) -> None:
    """Take a program's key away. Raises `NotFound`."""
    if not await repository.disable(tx, key_id):
        raise NotFound


def _mac(snapshot: Snapshot, key: str) -> bytes:
    return snapshot.ask(SecretKeys).mac(KEY, key.encode())


def _digest(key: Key, params: Params, photos: Photos) -> bytes:
    sent = sorted((name, value) for name, value in params.items() if name != "jurisdiction_id")
    shown = [sha256(content).hexdigest() for content in photos.contents]
    return sha256(msgspec.json.encode([str(key.id), sent, shown])).digest()


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


def _number(params: Params, name: str, most: int) -> int | None:
    given = word(params.get(name))
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 8 and 1 <= int(given) <= most):
        raise _wrong(name, "format")
    return int(given)


def _wrong(parameter: str, code: FaultCode) -> BadRequest:
    return BadRequest(errors=[Fault(parameter=parameter, code=code)])

"""Filing in somebody's name: a form of the standard becomes a report like any other."""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from math import isfinite
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import BadRequest, NotFound, Photos, Transaction
from contracts.files import FileStore
from contracts.problem import Fault
from contracts.territory import CommuneRegister
from modules.feedback.errors import ApiKeyNeeded
from modules.feedback.model.open311 import (
    Key,
    Params,
    Sent,
    answers,
    service_type,
    word,
    wrong_attributes,
)
from modules.feedback.model.places import Place
from modules.feedback.model.reports import Contact, Filing
from modules.feedback.model.senders import Sender
from modules.feedback.model.setup.questions import Given
from modules.feedback.repository import open311 as repository
from modules.feedback.repository import reports, tracking
from modules.feedback.service import categories, filing
from modules.feedback.service.open311.keys import key_of

SAME_FOR: Final = timedelta(minutes=10)

_NAMES: Final = {
    "category": "service_code",
    "text": "description",
    "location": "lat",
    "commune_code": "address_id",
    "address": "address_string",
    "answers": "attribute",
}
"""Member of a filing → the parameter of the standard that it comes from."""


async def post(
    tx: Transaction, sent: Sent, photos: Photos, sender: Sender
) -> list[Mapping[str, Any]]:
    """File a report in somebody's name. The same form within ten minutes is the same report.

    Raises `ApiKeyNeeded`, `BadRequest` with everything that is missing, and what filing raises.
    """
    key = await key_of(tx, sent.params)
    if key is None:
        raise ApiKeyNeeded
    filed_as = msgspec.structs.replace(sender, origin="open311", client=str(key.id))
    draft = await _draft(tx, sent)
    digest = _digest(key, sent, photos)
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
    if service_type(version) == "realtime":
        return {"service_request_id": report.code, **answer}
    shown = await filing.token_of(tx, report_id)
    return {"token": shown, **answer}


async def _draft(tx: Transaction, sent: Sent) -> Filing:
    """Translate a form. Raises `BadRequest` with every fault."""
    params = sent.params
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
    answered = await _answers(tx, code, sent, faults)
    if faults:
        raise BadRequest(errors=faults)
    try:
        return msgspec.convert(
            {
                "category": code,
                "text": said,
                "location": None if lat is None or lon is None else {"lat": lat, "lon": lon},
                "commune_code": address_id,
                "address": address,
                "answers": answered,
                "contact": _contact(params),
            },
            Filing,
        )
    except msgspec.ValidationError as error:
        member = re.match(r"\w+", str(error).rpartition("$.")[2])
        name = _NAMES.get("" if member is None else member[0], "description")
        raise BadRequest(errors=[Fault(parameter=name, code="inconsistent")]) from error


async def _answers(
    tx: Transaction, code: str | None, sent: Sent, faults: list[Fault]
) -> Mapping[str, Given]:
    """Translate the attributes of a service; one that is not offered is refused by filing."""
    for version in await categories.versions_open(tx):
        if version.code == code:
            given = answers(version.questions, sent.attributes)
            faults += wrong_attributes(version.questions, given)
            return given
    return {}


def _contact(params: Params) -> Contact | None:
    """Return how to reach somebody, as far as it can be used: a number that is none is left out."""
    named = " ".join(filter(None, (word(params.get("first_name")), word(params.get("last_name")))))
    told = {
        "name": named or None,
        "phone": word(params.get("phone")),
        "email": word(params.get("email")),
    }
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
        degrees = float(given)
        if not isfinite(degrees):
            raise ValueError(name)
        place = {"lat": 19.0, "lon": 105.0, "lon" if name == "long" else name: degrees}
        msgspec.convert(place, Place)
    except ValueError:
        faults.append(Fault(parameter=name, code="format"))
        return None
    return degrees


def _digest(key: Key, sent: Sent, photos: Photos) -> bytes:
    said = sorted((name, value) for name, value in sent.params.items() if name != "jurisdiction_id")
    asked = sorted(sent.attributes.items())
    shown = [sha256(content).hexdigest() for content in photos.contents]
    return sha256(msgspec.json.encode([str(key.id), said, asked, shown])).digest()

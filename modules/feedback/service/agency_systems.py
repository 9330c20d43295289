"""Open311 systems of agencies, and whoever else serves one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM, Snapshot, outside
from backend.kernel.outside import Ask, Reach, Unreachable
from contracts.agency_systems import (
    Acknowledged,
    AgencySystem,
    Declined,
    Recall,
    SystemAnswer,
    Taken,
    Unanswered,
    WorkOrder,
)
from modules.feedback.service.stand_ins import FileSystem
from modules.feedback.settings import STAND_IN, DescribedSystem, Settings

PATIENCE_SECONDS: Final = 10
# The operator names the system, which may stand where only we reach it.
_REACH: Final = Reach(
    may_be_private=True, may_be_plain=True, seconds=PATIENCE_SECONDS, bytes_max=64 * 1024
)
_FORM: Final = "application/x-www-form-urlencoded"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What Open311 answers to a request, an update or a token."""

    service_request_id: str | int | None = None
    token: str | int | None = None

    @property
    def answer(self) -> SystemAnswer | None:
        """What it means for work; None when it names neither a number nor a token."""
        if self.service_request_id not in (None, ""):
            return Acknowledged(reference=str(self.service_request_id)[:200])
        return Taken(token=str(self.token)[:200]) if self.token not in (None, "") else None


class Open311System:
    """Provides `AgencySystem` for whatever speaks Open311 GeoReport v2, in JSON.

    Work is `POST requests`, its number is asked for at `tokens/{token}`, and a recall is `POST
    servicerequestupdates` with status CLOSED, as FixMyStreet and its councils speak. The standard
    has no key for a request that is sent twice: ours goes along as `Idempotency-Key`, and the code
    of the report as `attribute[external_id]`.
    """

    def __init__(
        self,
        name: str,
        described: DescribedSystem,
        *,
        ask: Ask = outside.ask,
    ) -> None:
        self.name = name
        self._described = described
        self._ask = ask

    def serves(self, agency_id: UUID) -> bool:
        """Tell whether the settings name the agency."""
        return agency_id in self._described.agencies

    async def give(self, order: WorkOrder) -> SystemAnswer:
        """Post the work as a request."""
        form = {
            "service_code": self._described.services.get(order.category, order.category),
            "description": _described(order),
            "address_string": order.address,
            "lat": None if order.lat is None else f"{order.lat:.6f}",
            "long": None if order.lon is None else f"{order.lon:.6f}",
            "address_id": order.commune_code if order.lat is None else None,
            "media_url": order.photos[0] if order.photos else None,
            "attribute[external_id]": order.code,
            "attribute[due]": None if order.due_at is None else _moment(order.due_at),
        }
        told = await self._said("POST", "requests", form, key=order.ref)
        return told.answer or Unanswered() if isinstance(told, Told) else told

    async def reference_of(self, token: str) -> SystemAnswer:
        """Ask for the number that a token has become."""
        told = await self._said("GET", f"tokens/{quote(token, safe='')}", {})
        if not isinstance(told, Told):
            return Unanswered()  # what was taken is not declined: another of its nodes may know
        answer = told.answer
        return answer if isinstance(answer, Acknowledged) else Taken(token=token)

    async def recall(self, recall: Recall) -> SystemAnswer:
        """Post that nobody needs to do it any more."""
        form = {
            "update_id": recall.ref,
            "service_request_id": recall.reference,
            "updated_datetime": _moment(recall.at),
            "status": "CLOSED",
            "description": f"{recall.code}: đã thu hồi, không cần xử lý nữa.",
        }
        told = await self._said("POST", "servicerequestupdates", form, key=recall.ref)
        return Acknowledged(reference=recall.reference) if isinstance(told, Told) else told

    async def _said(
        self,
        method: Literal["GET", "POST"],
        call: str,
        form: Mapping[str, str | None],
        *,
        key: str = "",
    ) -> Told | Declined | Unanswered:
        known = {"jurisdiction_id": self._described.jurisdiction_id or None}
        if method == "POST":
            known["api_key"] = self._described.api_key
        said = {name: value for name, value in {**known, **form}.items() if value is not None}
        url, sent = f"{self._described.url.rstrip('/')}/{call}.json", urlencode(said)
        headers = {"Accept": "application/json"}
        if method == "POST":
            headers |= {"Content-Type": _FORM, "Idempotency-Key": key}
        elif said:
            url += f"?{sent}"
        body = sent.encode() if method == "POST" else b""
        try:
            answer = await self._ask(method, url, body=body, headers=headers, reach=_REACH)
        except Unreachable:
            return Unanswered()
        if not answer.is_good:
            return Declined() if answer.is_refusal else Unanswered()
        try:
            found = msgspec.json.decode(answer.body, type=list[Told])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Unanswered()
        return found[0] if found else Told()


def system_for(snapshot: Snapshot, agency_id: UUID) -> AgencySystem | None:
    """Return the system that takes the work of an agency: of the settings, or of a module."""
    return next((each for each in _every(snapshot) if each.serves(agency_id)), None)


def system_named(snapshot: Snapshot, name: str) -> AgencySystem | None:
    """Return the system of that name, if there is one still."""
    return next((each for each in _every(snapshot) if each.name == name), None)


def _every(snapshot: Snapshot) -> Sequence[AgencySystem]:
    ours: list[AgencySystem] = []
    for name, described in snapshot.ask(Settings).described_systems.items():
        if described.url.startswith(STAND_IN):
            ours.append(FileSystem(name, described, snapshot.data_dir))
        else:
            ours.append(Open311System(name, described))
    return [*ours, *snapshot.ask_all(AgencySystem)]


def _described(order: WorkOrder) -> str:
    """Write what the standard has no parameter for into the description."""
    answers = (f"{each.label}: {', '.join(each.words)}" for each in order.answers)
    return "\n".join((order.text, *answers, *order.photos[1:]))


def _moment(at: datetime) -> str:
    return at.astimezone(VIETNAM).isoformat(timespec="seconds")

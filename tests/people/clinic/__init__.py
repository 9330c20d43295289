"""A stranger's module that keeps what people tell a clinic: sealed, seen by leaving a line."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Injected,
    Module,
    Query,
    Scope,
    Snapshot,
    Statement,
    Transaction,
    everything,
    owner,
    requires,
    role,
)
from contracts.personal_data import (
    AccessLog,
    DataItem,
    Exported,
    Hold,
    Look,
    People,
    PersonalData,
    Vault,
)

COMPLAINT = "clinic.visit.complaint_enc"
PURPOSE = "clinic.care"

TELL = Scope(name="clinic:tell", rule=owner("person_id"))
CARE = Scope(
    name="clinic:care",
    rule=role("doctor") & everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"doctor"}),
    reads="sensitive",
    purposes=frozenset({PURPOSE}),
)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What hurts."""

    complaint: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as it is kept."""

    id: UUID
    person_id: UUID
    complaint_enc: bytes


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as it is read."""

    id: UUID
    complaint: str
    name: str | None = None


ADD = Statement("insert into clinic.visit (id, person_id, complaint_enc) values ($1, $2, $3)")
ONE = Query(Visit, "select id, person_id, complaint_enc from clinic.visit where id = $1")
OF_PERSON = Query(
    Visit, "select id, person_id, complaint_enc from clinic.visit where person_id = $1 limit 100"
)
FORGET = Statement("delete from clinic.visit where person_id = $1")
MOVE = Statement("update clinic.visit set person_id = $2, complaint_enc = $3 where id = $1")


@post("/visits", guards=[requires(TELL)], operation_id="tell")
async def tell(data: JSONBody[Told], tx: Injected[Transaction]) -> Seen:
    """Tell the clinic what hurts."""
    person_id = tx.principal.person_id
    assert person_id is not None
    sealed = await tx.ask(Vault).seal(person_id, {COMPLAINT: data.complaint}, purpose=PURPOSE)
    visit_id = tx.new_id()
    await tx.run(ADD, visit_id, person_id, sealed[COMPLAINT])
    return Seen(id=visit_id, complaint=data.complaint)


@get("/visits/{visit_id:uuid}", guards=[requires(TELL)], operation_id="reread")
async def reread(visit_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Seen:
    """Read again what one has told."""
    visit = snapshot.check(TELL, await snapshot.maybe(ONE, visit_id))
    look = Look(subject_id=visit.person_id, purpose=PURPOSE)
    opened = await snapshot.ask(Vault).open(look, {COMPLAINT: visit.complaint_enc})
    return Seen(id=visit.id, complaint=opened[COMPLAINT])


@get("/desk/visits/{visit_id:uuid}", guards=[requires(CARE)], operation_id="treat")
async def treat(visit_id: FromPath[UUID], tx: Injected[Transaction]) -> Seen:
    """Read what somebody has told, as a doctor."""
    visit = tx.check(CARE, await tx.maybe(ONE, visit_id))
    about = f"clinic.visit {visit.id}"
    look = Look(subject_id=visit.person_id, purpose=PURPOSE, about=about)
    opened = await tx.ask(Vault).open(look, {COMPLAINT: visit.complaint_enc})
    card = await tx.ask(People).card(visit.person_id, ("name",), purpose=PURPOSE, about=about)
    name = None if card is None else card.name
    return Seen(id=visit.id, complaint=opened[COMPLAINT], name=name)


@get("/desk/people/{person_id:uuid}", guards=[requires(CARE)], operation_id="note")
async def note(person_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Look at something that is not sealed."""
    await tx.ask(AccessLog).note(Look(subject_id=person_id, purpose=PURPOSE, fields=("visits",)))


class ClinicData:
    """What the clinic keeps; a law holds visits while a test says so."""

    module = "clinic"
    held_until: date | None = None

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table="clinic.visit",
                kind="sensitive",
                purpose=PURPOSE,
                basis="Law 15/2023/QH15, article 69",
                retention="P10Y",
            )
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        rows: list[dict[str, Any]] = []
        look = Look(subject_id=person_id, purpose="identity.export")
        for visit in await self._tx.all(OF_PERSON, person_id):
            opened = await self._tx.ask(Vault).open(look, {COMPLAINT: visit.complaint_enc})
            rows.append({"id": str(visit.id), "complaint": opened[COMPLAINT]})
        return [Exported(table="clinic.visit", rows=tuple(rows))]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        until = type(self).held_until
        if until is None or until <= self._tx.today or not await self._tx.all(OF_PERSON, person_id):
            return []
        basis = "Law 15/2023/QH15, article 69"
        return [Hold(table="clinic.visit", basis=basis, until=until)]

    async def erase(self, person_id: UUID, receipt: UUID) -> None:
        if not await self.holds(person_id):
            await self._tx.run(FORGET, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        vault = self._tx.ask(Vault)
        for visit in await self._tx.all(OF_PERSON, old_id):
            look = Look(subject_id=old_id, purpose=PURPOSE)
            opened = await vault.open(look, {COMPLAINT: visit.complaint_enc})
            sealed = await vault.seal(new_id, opened, purpose=PURPOSE)
            await self._tx.run(MOVE, visit.id, new_id, sealed[COMPLAINT])


module = Module(
    name="clinic",
    package=__name__,
    routes=(tell, reread, treat, note),
    scopes=(TELL, CARE),
    requires=(Vault, People, AccessLog),
    provides={PersonalData: ClinicData},
)

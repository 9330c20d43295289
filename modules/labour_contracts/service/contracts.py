"""A contract from its draft to its end, and what both sides hang on it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction, t
from backend.kernel.defects import in_words
from contracts.documents import (
    Defect,
    DocumentIssued,
    Documents,
    LinkTo,
    Packed,
    Reader,
    Refused,
    Standing,
)
from contracts.notifications import Notifier, ToPerson
from contracts.page import Page
from modules.labour_contracts.errors import (
    ContractRefused,
    NotDrafted,
    NotInForce,
    ReasonMissing,
    UnknownProvider,
)
from modules.labour_contracts.model import rules, sides
from modules.labour_contracts.model.contract import Contract, Head, LabourContract
from modules.labour_contracts.model.sides import SideKind
from modules.labour_contracts.repository import contracts as repository
from modules.labour_contracts.repository import handovers as handed_over
from modules.labour_contracts.repository.contracts import Route, Row
from modules.labour_contracts.repository.handovers import Failure, Handover, State
from modules.labour_contracts.service import certifying, handovers
from modules.labour_contracts.service.econtract import provider
from modules.labour_contracts.settings import Settings

_KEPT_YEARS: Final = 10
"""After the end of the contract (unconfirmed)."""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides should look at before they sign; it keeps nobody from it."""

    pointer: str
    code: str
    detail: str


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a contract is on its way to the provider; `is_late` 24 hours after signing."""

    state: State
    failure: Failure | None
    due_at: datetime
    is_late: bool


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, or what hangs on one, as both sides see it go on after signing.

    `notice` says what no view may be silent about: that no provider has certified it.
    """

    document_id: UUID
    kind: str
    of_contract: UUID | None
    standing: Standing | None
    signed_at: datetime | None
    send_by: datetime | None
    route: Route
    provider: str | None
    handover: HandoverView | None
    certified_by: str | None
    certificate: str | None
    certified_at: datetime | None
    platform_number: str | None
    number_salt: str | None
    ended_on: date | None
    warnings: tuple[Warned, ...]
    notice: str | None


class ContractWithSides(msgspec.Struct, frozen=True, kw_only=True):
    """A contract and all that hangs on it, the oldest first."""

    contract: ContractView
    sides: tuple[ContractView, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """On which contract something hangs, and from which day on that ends by it."""

    of_contract: UUID | None = None
    ends_on: date | None = None
    route: Route = "provider"
    provider: str | None = None
    tax_code: str | None = None
    fixed: tuple[date, date] | None = None
    warnings: tuple[Defect, ...] = ()


def placed(tx: Transaction, content: Contract, route: Route, name: str | None) -> Place:
    """Return when a contract ends, and who is to certify it. Raises `UnknownProvider`."""
    if name is not None and (route == "local_signing" or provider(tx, name) is None):
        raise UnknownProvider
    if route == "provider" and name is None and (first := provider(tx, None)) is not None:
        name = first.name
    term, found, employee = content.term, LabourContract().defects(content), content.employee
    # Foreigners and the elderly may have any number of fixed terms (articles 149 and 151).
    is_exempt = employee.personal_id is None or rules.is_exempt(term.start, employee.birth_date)
    return Place(
        ends_on=term.to,
        route=route,
        provider=name,
        tax_code=content.employer.tax_code,
        fixed=None if is_exempt or term.to is None else (term.start, term.to),
        warnings=tuple(each for each in found if each.severity == "warning"),
    )


async def draft(
    tx: Transaction, content: Contract, people: Mapping[str, UUID], at: Place
) -> Standing:
    """Draft a contract. Nobody else sees it before it is submitted."""
    return await _drafted(tx, LabourContract.name, content, people, at)


async def rewrite(
    tx: Transaction,
    document_id: UUID,
    content: Contract,
    people: Mapping[str, UUID],
    reason: str | None,
    at: Place,
) -> Standing:
    """Write a draft anew, or begin the next revision. Raises `ReasonMissing`, `NotDrafted`."""
    documents = tx.ask(Documents)
    before = await documents.standing(document_id)
    if before is not None and before.kind != LabourContract.name:
        raise NotFound
    if before is not None and before.state == "issued" and reason is None:
        raise ReasonMissing
    standing = await documents.revise(document_id, content, people, reason=reason)
    if standing is None:
        raise NotDrafted
    await keep(tx, standing, people, at)
    return standing


async def submit(tx: Transaction, document_id: UUID) -> Standing:
    """Ask both sides to sign, and tell them what they are warned of.

    Raises `NotDrafted`, `ContractRefused`.
    """
    found = await _too_many(tx, document_id)
    outcome = await tx.ask(Documents).freeze(document_id)
    if isinstance(outcome, Refused) and outcome.reason == "not-drafted":
        raise NotDrafted
    if isinstance(outcome, Refused):
        found += outcome.defects
    if found or isinstance(outcome, Refused):
        raise _refused(found)
    await _warn(tx, outcome)
    return outcome


async def _too_many(tx: Transaction, document_id: UUID) -> list[Defect]:
    """Return the defect of one fixed term too many between the same two."""
    row = await tx.maybe(repository.TERM, document_id)
    if row is None or row.fixed_from is None:
        return []
    asked = (row.employee_id, row.tax_code, document_id)
    earlier = [(each.first_day, each.last_day) for each in await tx.all(repository.EARLIER, *asked)]
    return [*rules.of_fixed_terms(row.fixed_from, earlier)]


async def _warn(tx: Transaction, frozen: Standing) -> None:
    row = await tx.one(repository.READ, frozen.document_id)
    notifier = tx.ask_maybe(Notifier)
    if row.warnings and notifier is not None:
        once, values = f"{frozen.document_id} {frozen.rev}", {"count": str(len(row.warnings))}
        for each in dict.fromkeys((row.employer_id, row.employee_id)):
            to = ToPerson(person_id=each)
            await notifier.tell(to, handovers.WARNED, values, about=frozen.code, once=once)


async def hang_on(
    tx: Transaction, contract_id: UUID, kind: SideKind, wish: Mapping[str, Any]
) -> Standing:
    """Write what hangs on a contract in force, and ask both sides to sign it.

    Raises `NotInForce`, `ContractRefused`. To anybody but both sides there is no such contract.
    """
    row = await tx.maybe(repository.LOCK, contract_id)
    documents = tx.ask(Documents)
    contract = await documents.content(contract_id, Head) if _is_whole(row) else None
    if row is None or contract is None:
        raise NotFound
    standing = await documents.standing(contract_id)
    if standing is None or row.signed_at is None or row.ended_on is not None:
        raise NotInForce
    content = kind.written(contract, wish)
    if found := sides.outside_term(contract, content):
        raise _refused(found)
    people = {LabourContract.EMPLOYER: row.employer_id, LabourContract.EMPLOYEE: row.employee_id}
    ends_on = content.effective_on if kind is sides.TERMINATION else None
    at = Place(of_contract=contract_id, ends_on=ends_on, route=row.route, provider=row.provider)
    begun = await _drafted(tx, kind.name, content, people, at)
    return await submit(tx, begun.document_id)


async def read(snapshot: Snapshot, document_id: UUID) -> ContractWithSides:
    """Return a contract of one's own with what hangs on it. Raises `NotFound`."""
    row = await snapshot.maybe(repository.READ, document_id)
    if row is None:
        raise NotFound
    found = await _views(snapshot, [row, *await snapshot.all(repository.SIDES, document_id)])
    return ContractWithSides(contract=found[0], sides=tuple(found[1:]))


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[ContractView]:
    """Return one's own contracts and what hangs on them, the newest first."""
    page = await snapshot.page(repository.LIST, cursor, limit, snapshot.principal.person_id)
    return Page(items=await _views(snapshot, page.items), next_cursor=page.next_cursor)


async def signed(tx: Transaction, event: DocumentIssued) -> None:
    """Begin the clock of what both sides have signed; a termination ends its contract.

    From the end that is known it is kept for ten years more, with all that hangs on it.
    """
    if event.kind not in sides.KINDS:
        return
    packed = await tx.ask(Documents).packed(event.document_id)
    if await tx.run(repository.SIGNED, event.document_id, packed.signed_at, event.rev):
        await _have_certified(tx, event.document_id, packed)
    await tx.run(repository.ENDED_BY, event.document_id)
    await keep_after_end(tx, event.document_id)


async def _have_certified(tx: Transaction, document_id: UUID, packed: Packed) -> None:
    """Queue it for its provider; or certify it ourselves, as far as the operator is licensed."""
    row = await tx.one(repository.LOCK, document_id)
    await certifying.number_again(tx, row)
    licence = tx.ask(Settings).econtract_licence
    if row.route == "provider":
        await handovers.open_for(tx, row, packed.rev, packed.signed_at)
    elif licence:
        await certifying.certify(tx, row, licence, packed.code)


async def keep_after_end(tx: Transaction, document_id: UUID) -> None:
    """Have a contract and what hangs on it kept for ten years after its end, once that is known."""
    ended = await tx.maybe(repository.ENDS, document_id)
    if ended is not None and ended.ends_on is not None:
        day = _years_after(ended.ends_on)
        for each in await tx.all(repository.WITH_SIDES, ended.document_id):
            await tx.ask(Documents).keep_until(each.document_id, day)


def _years_after(day: date) -> date:
    """Return the first day on which nothing of a contract need be kept that ended on this one."""
    return day.replace(year=day.year + _KEPT_YEARS, day=min(day.day, 28)) + timedelta(days=4)


async def _drafted(
    tx: Transaction, kind: str, content: msgspec.Struct, people: Mapping[str, UUID], at: Place
) -> Standing:
    holder = Reader(person_id=people[LabourContract.EMPLOYEE], relation="holder")
    links = [] if at.of_contract is None else [LinkTo(rel="annex_of", document_id=at.of_contract)]
    documents = tx.ask(Documents)
    begun = await documents.draft(kind, content, people, readers=[holder], links=links)
    await keep(tx, begun, people, at)
    return begun


async def keep(
    tx: Transaction, standing: Standing, people: Mapping[str, UUID], at: Place | None = None
) -> None:
    """Write down whose contract it is, for what comes after signing."""
    at = at or Place()
    both = (people[LabourContract.EMPLOYER], people[LabourContract.EMPLOYEE])
    first, last = at.fixed or (None, None)
    warnings = msgspec.to_builtins(at.warnings)
    place = (at.of_contract, at.ends_on, at.route, at.provider, at.tax_code, first, last, warnings)
    row = (standing.document_id, standing.kind, *place)
    await tx.run(repository.KEEP, *row, tx.principal.person_id, *both)


def _is_whole(row: Row | None) -> bool:
    return row is not None and row.of_contract is None


def _refused(defects: Sequence[Defect]) -> ContractRefused:
    return ContractRefused(defects=msgspec.to_builtins(defects))


async def _views(snapshot: Snapshot, rows: Sequence[Row]) -> list[ContractView]:
    ids = [row.document_id for row in rows]
    numbers = {each.contract_id: each for each in await snapshot.all(repository.NUMBER_OF, ids)}
    sent = {each.contract_id: each for each in await snapshot.all(handed_over.OF, ids)}
    documents = snapshot.ask(Documents)
    views: list[ContractView] = []
    for row in rows:
        number = numbers.get(row.document_id)
        views.append(
            ContractView(
                document_id=row.document_id,
                kind=row.kind,
                of_contract=row.of_contract,
                standing=await documents.standing(row.document_id),
                signed_at=row.signed_at,
                send_by=None if row.signed_at is None else row.signed_at + handovers.SENT_WITHIN,
                route=row.route,
                provider=row.provider,
                handover=_on_its_way(sent.get(row.document_id), snapshot.now),
                certified_by=row.certified_by,
                certificate=row.certificate,
                certified_at=row.certified_at,
                platform_number=None if number is None else number.number,
                number_salt=None if number is None else number.salt,
                ended_on=row.ended_on,
                warnings=tuple(_told(each) for each in row.warnings),
                notice=None if row.certified_by else t("labour_contracts.texts.not-certified"),
            )
        )
    return views


def _on_its_way(row: Handover | None, now: datetime) -> HandoverView | None:
    if row is None:
        return None
    is_late = row.state in ("queued", "sent", "refused") and now >= row.due_at
    return HandoverView(state=row.state, failure=row.failure, due_at=row.due_at, is_late=is_late)


def _told(found: Defect) -> Warned:
    detail = in_words("labour_contracts", msgspec.to_builtins(found))
    return Warned(pointer=found.pointer, code=found.code, detail=detail)

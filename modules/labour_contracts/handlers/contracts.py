"""Drafting a contract, and hanging something on it."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from msgspec.structs import asdict

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.documents import Code, Standing, Text
from contracts.page import Page
from modules.labour_contracts.errors import (
    ContractRefused,
    NotDrafted,
    NotInForce,
    ReasonMissing,
    UnknownProvider,
)
from modules.labour_contracts.model import sides
from modules.labour_contracts.model.contract import Contract, LabourContract
from modules.labour_contracts.model.sides import Change, SuspensionGround, TerminationGround
from modules.labour_contracts.repository.contracts import Route
from modules.labour_contracts.scopes import DRAFT
from modules.labour_contracts.service import contracts
from modules.labour_contracts.service.contracts import ContractView, ContractWithSides


class ContractDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract, and the two persons of this installation who are to sign it."""

    contract: Contract
    employer_signatory_id: UUID
    employee_id: UUID
    reason: Text | None = None
    """Why an issued contract is amended; both sides read it. Needed for those alone."""
    route: Route = "provider"
    provider: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")] | None = None
    """Who certifies it; the first of the settings where none is named."""

    def people(self) -> dict[str, UUID]:
        """Return who signs in which role."""
        return {
            LabourContract.EMPLOYER: self.employer_signatory_id,
            LabourContract.EMPLOYEE: self.employee_id,
        }


class AnnexWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an annex changes. Who agrees on it stands in the contract."""

    number: Code
    effective_on: date
    changes: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=11)]


class SuspensionWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why and from when to when a contract rests."""

    ground: SuspensionGround
    effective_on: date
    until: date | None = None
    note: Text | None = None


class TerminationWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a contract ends, from which day on there is none, and how both settle."""

    ground: TerminationGround
    effective_on: date
    settlement: Text


@post("/", guards=[requires(DRAFT)], responses=refuses(UnknownProvider))
async def draft_contract(data: JSONBody[ContractDraft], tx: Injected[Transaction]) -> Standing:
    """Draft a labour contract. Nobody else sees it before it is submitted."""
    at = contracts.placed(tx, data.contract, data.route, data.provider)
    return await contracts.draft(tx, data.contract, data.people(), at)


@get("/", guards=[requires(DRAFT)])
async def list_contracts(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
) -> Page[ContractView]:
    """List your contracts and what hangs on them, as employer or employee, the newest first."""
    return await contracts.listed(snapshot, cursor, limit)


@get("/{document_id:uuid}", guards=[requires(DRAFT)], responses=refuses(NotFound))
async def read_contract(
    document_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> ContractWithSides:
    """Read how a contract of yours goes on: its certification, its number, what hangs on it."""
    return await contracts.read(snapshot, document_id)


@put(
    "/{document_id:uuid}",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotDrafted, ReasonMissing, UnknownProvider),
)
async def rewrite_contract(
    document_id: FromPath[UUID], data: JSONBody[ContractDraft], tx: Injected[Transaction]
) -> Standing:
    """Write a draft anew; of an issued contract, begin the next revision and say why."""
    at = contracts.placed(tx, data.contract, data.route, data.provider)
    return await contracts.rewrite(tx, document_id, data.contract, data.people(), data.reason, at)


@post(
    "/{document_id:uuid}/submission",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotDrafted, ContractRefused),
)
async def submit_contract(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Standing:
    """Freeze the contract and ask both sides to sign. Every defect is told at once."""
    return await contracts.submit(tx, document_id)


@post(
    "/{document_id:uuid}/annexes",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotInForce, ContractRefused),
)
async def add_annex(
    document_id: FromPath[UUID], data: JSONBody[AnnexWish], tx: Injected[Transaction]
) -> Standing:
    """Change items of a contract in force, never its term; both sides are asked to sign."""
    return await contracts.hang_on(tx, document_id, sides.ANNEX, asdict(data))


@post(
    "/{document_id:uuid}/suspension",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotInForce, ContractRefused),
)
async def suspend_contract(
    document_id: FromPath[UUID], data: JSONBody[SuspensionWish], tx: Injected[Transaction]
) -> Standing:
    """Let a contract in force rest for a while; both sides are asked to sign."""
    return await contracts.hang_on(tx, document_id, sides.SUSPENSION, asdict(data))


@post(
    "/{document_id:uuid}/termination",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotInForce, ContractRefused),
)
async def terminate_contract(
    document_id: FromPath[UUID], data: JSONBody[TerminationWish], tx: Injected[Transaction]
) -> Standing:
    """Write down that a contract ends; once both have signed, nothing more hangs on it."""
    return await contracts.hang_on(tx, document_id, sides.TERMINATION, asdict(data))


ROUTES: Final = (
    draft_contract,
    list_contracts,
    read_contract,
    rewrite_contract,
    submit_contract,
    add_annex,
    suspend_contract,
    terminate_contract,
)

"""Drafting a contract, and asking both sides to sign it."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import Injected, NotFound, Transaction, refuses, requires
from contracts.documents import Documents, Reader, Standing, Text
from modules.labour_contracts.errors import ContractRefused, NotDrafted, ReasonMissing
from modules.labour_contracts.model import Contract, LabourContract
from modules.labour_contracts.scopes import DRAFT

_KIND: Final = LabourContract.name


class ContractDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract, and the two persons of this installation who are to sign it."""

    contract: Contract
    employer_signatory_id: UUID
    employee_id: UUID
    reason: Text | None = None
    """Why an issued contract is amended; both sides read it. Needed for those alone."""

    def people(self) -> dict[str, UUID]:
        """Return who signs in which role."""
        return {
            LabourContract.EMPLOYER: self.employer_signatory_id,
            LabourContract.EMPLOYEE: self.employee_id,
        }


@post("/", guards=[requires(DRAFT)])
async def draft_contract(data: JSONBody[ContractDraft], tx: Injected[Transaction]) -> Standing:
    """Draft a labour contract. Nobody else sees it before it is submitted."""
    holder = Reader(person_id=data.employee_id, relation="holder")
    documents = tx.ask(Documents)
    return await documents.draft(_KIND, data.contract, data.people(), readers=[holder])


@put(
    "/{document_id:uuid}",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotDrafted, ReasonMissing),
)
async def rewrite_contract(
    document_id: FromPath[UUID], data: JSONBody[ContractDraft], tx: Injected[Transaction]
) -> Standing:
    """Write a draft anew; of an issued contract, begin the next revision and say why."""
    documents = tx.ask(Documents)
    before = await documents.standing(document_id)
    if before is not None and before.state == "issued" and data.reason is None:
        raise ReasonMissing
    standing = await documents.revise(document_id, data.contract, data.people(), reason=data.reason)
    if standing is None:
        raise NotDrafted
    return standing


@post(
    "/{document_id:uuid}/submission",
    guards=[requires(DRAFT)],
    responses=refuses(NotFound, NotDrafted, ContractRefused),
)
async def submit_contract(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Standing:
    """Freeze the contract and ask both sides to sign. Every defect is told at once."""
    outcome = await tx.ask(Documents).freeze(document_id)
    if isinstance(outcome, Standing):
        return outcome
    if outcome.reason == "not-drafted":
        raise NotDrafted
    raise ContractRefused(defects=msgspec.to_builtins(outcome.defects))

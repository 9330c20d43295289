"""Two administrators for everything that gives power: one proposes, another approves."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.admin import repository
from backend.identity.admin.effects import carry_out
from backend.identity.admin.model import (
    ADMIN,
    Change,
    ClientDraft,
    Decided,
    Disabling,
    Invitation,
    Proposal,
    Reorganisation,
)
from backend.identity.console.enrolling import INVITATION_LIFE, SHELL_LINK_LIFE
from backend.identity.console.repository import ACTIVE_ADMINS, LOCK_ADMINS
from backend.identity.errors import OwnProposal, ProposalOver, SoleAdmin
from backend.kernel import NotFound, Transaction, Unauthenticated

LIFE: Final = timedelta(days=14)
"""How long a proposal waits."""


async def propose(tx: Transaction, change: Change) -> Decided:
    """Keep a proposal; carry it out at once if it needs nobody else.

    Nobody else is needed to shut out an officer who is no administrator. A sole administrator can
    do that, and make the second one; for all else raises `SoleAdmin`. Raises `NotFound` when it is
    about an officer who does not exist.
    """
    await tx.run(LOCK_ADMINS)
    is_sole = (await tx.one(ACTIVE_ADMINS, tx.now)).number < 2
    subject_id = _subject(change)
    makes_second = is_sole and isinstance(change, Invitation) and ADMIN in change.roles
    needs_nobody = makes_second or await _only_shuts_out(tx, change)
    if subject_id is not None and await tx.maybe(repository.HELD, subject_id, tx.now) is None:
        raise NotFound
    if is_sole and not needs_nobody:
        raise SoleAdmin
    proposal = Proposal(
        id=tx.new_id(),
        change=change,
        subject_id=subject_id,
        proposed_by=officer_at_work(tx),
        proposed_at=tx.now,
        expires_at=tx.now + LIFE,
        state="approved" if needs_nobody else "open",
        decided_by=None,
        decided_at=tx.now if needs_nobody else None,
    )
    await _keep(tx, proposal)
    if not needs_nobody:
        return Decided(proposal=proposal)
    life = SHELL_LINK_LIFE if makes_second else INVITATION_LIFE
    link = await carry_out(tx, change, by=(proposal.proposed_by,), life=life)
    return Decided(proposal=proposal, link=link)


async def approve(tx: Transaction, proposal_id: UUID) -> Decided:
    """Carry out what another administrator has proposed.

    Raises `NotFound`, `OwnProposal`, `ProposalOver`, and what the change itself can meet.
    """
    await tx.run(LOCK_ADMINS)
    me = officer_at_work(tx)
    if not await tx.run(repository.DECIDE, proposal_id, "approved", me, tx.now):
        raise await _refusal(tx, proposal_id)
    proposal = await tx.one(repository.PROPOSAL, tx.now, proposal_id)
    by = (proposal.proposed_by, me)
    link = await carry_out(tx, proposal.change, by=by, life=INVITATION_LIFE)
    return Decided(proposal=proposal, link=link)


async def refuse(tx: Transaction, proposal_id: UUID) -> Proposal:
    """Let nothing come of a proposal, also of one's own. Raises `NotFound` or `ProposalOver`."""
    me = officer_at_work(tx)
    if not (
        await tx.run(repository.WITHDRAW, proposal_id, me, tx.now)
        or await tx.run(repository.DECIDE, proposal_id, "refused", me, tx.now)
    ):
        raise await _refusal(tx, proposal_id)
    return await tx.one(repository.PROPOSAL, tx.now, proposal_id)


def officer_at_work(tx: Transaction) -> UUID:
    """Return who is asking; raises `Unauthenticated` for anybody but an officer."""
    if tx.principal.staff_id is None:
        raise Unauthenticated
    return tx.principal.staff_id


def _subject(change: Change) -> UUID | None:
    if isinstance(change, Invitation | ClientDraft | Reorganisation):
        return None
    return change.staff_id


async def _only_shuts_out(tx: Transaction, change: Change) -> bool:
    if not isinstance(change, Disabling):
        return False
    held = await tx.maybe(repository.HELD, change.staff_id, tx.now)
    return held is not None and not held.is_admin


async def _keep(tx: Transaction, proposal: Proposal) -> None:
    payload = msgspec.to_builtins(proposal.change)
    await tx.run(
        repository.PROPOSE,
        proposal.id,
        payload["kind"],
        payload,
        proposal.subject_id,
        proposal.proposed_by,
        proposal.proposed_at,
        proposal.expires_at,
        proposal.state,
        proposal.decided_at,
    )


async def _refusal(tx: Transaction, proposal_id: UUID) -> NotFound | OwnProposal | ProposalOver:
    """Return why a proposal could not be decided, now that it could not."""
    found = await tx.maybe(repository.PROPOSAL, tx.now, proposal_id)
    if found is None:
        return NotFound()
    if found.state != "open":
        return ProposalOver(state=found.state)
    return OwnProposal()

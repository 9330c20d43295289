"""Whom a provider has proved: somebody we know, somebody new, or somebody we know by a number.

Persons are linked by the provider's own name for them, never by a number or an address that it
tells. A number counts only when its holder has just proved to hold it, in the same sign-in.
"""

from typing import Final
from uuid import UUID

from backend.identity import merging
from backend.identity import repository as people
from backend.identity.login import numbers
from backend.identity.login import repository as login
from backend.identity.login.method import Asked, Declined, Proved, Visitor
from backend.identity.login.numbers import DORMANT_AFTER
from backend.identity.settings import Settings
from backend.identity.upstream import repository, telling
from backend.identity.upstream.repository import Proof
from backend.kernel import Transaction
from backend.kms import Digests
from contracts.identity import PersonVerified

INDEX: Final = "index-upstream_link.sub"
"""The chain of secrets that indexes what providers call people."""


async def arrived(tx: Transaction, visitor: Visitor, proof: Proof) -> Proved | Asked | Declined:
    """Sign the person in, or ask for a number first when we have none to reach them."""
    await _lock(tx, proof)
    known = await tx.maybe(repository.LINKED, proof.upstream, _index(visitor, proof).known)
    if known is not None and not known.is_living:
        return Declined(reason="up_closed", status=403)
    wanted = visitor.ix.wanted.acr_values
    if proof.acr == "aal1" and wanted and "aal1" not in wanted:
        return Declined(reason="up_not_fresh", status=403)
    if known is not None and (known.has_phone or not tx.ask(Settings).sms_senders):
        return await _proved(tx, visitor, proof, known.person_id)
    if not tx.ask(Settings).sms_senders:
        return await _proved(tx, visitor, proof, await _newcomer(tx))
    await tx.run(
        repository.KEEP_PROOF,
        visitor.ix.id,
        proof.upstream,
        proof.sub_bidx,
        proof.level,
        proof.acr,
        proof.sid_hash,
        known.person_id if known is not None else None,
        proof.told_enc,
    )
    return Asked()


async def without_number(tx: Transaction, visitor: Visitor) -> Proved:
    """Go on with what the provider has proved alone."""
    proof = await tx.one(repository.PROOF, visitor.ix.id)
    await _lock(tx, proof)
    return await _proved(tx, visitor, proof, proof.person_id or await _newcomer(tx))


async def with_number(tx: Transaction, visitor: Visitor, number: str) -> Proved | Declined:
    """Go on with both: the provider has proved who it is, and a code that the number is theirs.

    A number of an account that nobody else has proved belongs to the same human being.
    """
    index = numbers.indexed(visitor.kms, number)
    await numbers.lock(tx, index)
    proof = await tx.one(repository.PROOF, visitor.ix.id)
    await _lock(tx, proof)
    holder = await tx.maybe(repository.HOLDING, index.known, proof.upstream)
    if holder is None:
        person_id = proof.person_id or await _newcomer(tx)
        await numbers.keep(tx, visitor.kms, person_id, number)
        return await _proved(tx, visitor, proof, person_id, "otp")
    if holder.person_id == proof.person_id:
        await tx.run(login.PROVE_PHONE, holder.phone_id, tx.now)
        return await _proved(tx, visitor, proof, holder.person_id, "otp")
    is_away = not holder.is_living or (holder.ial == 0 and tx.now - holder.seen_at > DORMANT_AFTER)
    if holder.ial > 0 and not is_away and not holder.is_linked:
        # Verified in another way: perhaps the same human being, perhaps not. A number cannot tell.
        return Declined(reason="up_number_elsewhere", status=409)
    if is_away or holder.is_linked:  # the provider knows the holder as somebody else
        await tx.run(login.END_PHONE, holder.phone_id, tx.now, "new_holder")
        person_id = proof.person_id or await _newcomer(tx)
        await numbers.keep(tx, visitor.kms, person_id, number)
        return await _proved(tx, visitor, proof, person_id, "otp")
    if proof.person_id is None:
        await tx.run(login.PROVE_PHONE, holder.phone_id, tx.now)
        return await _proved(tx, visitor, proof, holder.person_id, "otp")
    await merging.merge(tx, holder.person_id, proof.person_id)
    await numbers.keep(tx, visitor.kms, proof.person_id, number)
    return await _proved(tx, visitor, proof, proof.person_id, "otp")


async def _newcomer(tx: Transaction) -> UUID:
    person_id = tx.new_id()
    await tx.run(people.KEEP_PERSON, person_id, "unverified", 0, tx.now)
    return person_id


async def _proved(
    tx: Transaction, visitor: Visitor, proof: Proof, person_id: UUID, *amr: str
) -> Proved:
    index = _index(visitor, proof)
    if len(index.known) > 1:  # one name has one row, whichever link has indexed it
        await tx.run(repository.CARRY_LINK, proof.upstream, index.value, index.known)
    await tx.run(repository.LINK, proof.upstream, index.value, person_id, proof.level, tx.now)
    if await tx.run(repository.VERIFY, person_id, proof.level):
        await tx.publish(PersonVerified(person_id=person_id, ial=proof.level))
    if proof.told_enc is not None:
        await telling.keep(tx, visitor.kms, visitor.ix.id, person_id, proof.told_enc)
    how = ("mfa",) if proof.acr == "aal2" else ()
    return Proved(
        person_id=person_id,
        ial=proof.level,
        acr=proof.acr,
        amr=(*how, *amr),
        upstream=proof.upstream,
        upstream_sid_hash=proof.sid_hash,
    )


def _index(visitor: Visitor, proof: Proof) -> Digests:
    return visitor.kms.carry(INDEX, proof.sub_bidx)


async def _lock(tx: Transaction, proof: Proof) -> None:
    """Let one transaction at a time decide whom this name of the provider means."""
    key = int.from_bytes(proof.sub_bidx[:8], "big", signed=True)
    await tx.run(repository.LOCK_NAME, key)

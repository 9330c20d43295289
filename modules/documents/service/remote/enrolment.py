"""Which keys a person has at a provider: asked outside, and taken if they are the person's own."""

from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec
from cryptography import x509

from backend.kernel import Errand, Job, NotFound, Transaction
from backend.kernel.outside import Reach
from contracts.personal_data import People
from contracts.remote_signing import Credential, Credentials, RemoteSigner, Unanswered
from modules.documents.errors import CertificateNotYours, NumberUnknown, UnknownProvider
from modules.documents.model import chaining
from modules.documents.model.chaining import Link
from modules.documents.model.trusting import RevocationList
from modules.documents.repository import remote as repository
from modules.documents.service import certifying, trusting
from modules.documents.service.remote import signers
from modules.documents.service.remote.csc import PATIENCE_SECONDS
from modules.documents.service.writing import subject_ref
from modules.documents.settings import Settings

PURPOSE: Final = "documents.signing"
_LINKS_MAX: Final = 8


class RemoteEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a provider: `found` put certificates of yours on the list of certificates.

    `none`: it keeps no key of yours that counts here; `away`: it did not answer, ask again.
    """

    id: UUID
    provider: str
    state: Literal["asked", "found", "none", "away"]
    expires_at: datetime


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked, to look after."""

    enrolment_id: UUID


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask, and by which number; and who may be above the certificates that come."""

    asked: repository.Asked
    signer: RemoteSigner | None
    number: str
    anchors: tuple[bytes, ...]
    now: datetime
    reach: Reach


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, and the authorities between them and the trust store with what these say."""

    keys: tuple[Credential, ...]
    links: tuple[tuple[Link, RevocationList], ...] = ()


async def ask(tx: Transaction, provider: str) -> RemoteEnrolment:
    """Ask a provider for the caller's keys. Raises `UnknownProvider`, `NumberUnknown`.

    The provider learns the number of a person who is about to sign there, and nothing else.
    """
    person_id = tx.principal.person_id
    if person_id is None:
        raise NotFound
    if signers.named(tx, provider) is None:
        raise UnknownProvider
    if not await _number(tx, person_id):
        raise NumberUnknown
    enrolment_id, until = tx.new_id(), tx.now + tx.ask(Settings).enrolment_lives
    await tx.run(repository.ASK, enrolment_id, person_id, until, provider)
    await tx.enqueue(FIND_KEYS, Question(enrolment_id=enrolment_id), key=str(enrolment_id))
    return await read(tx, enrolment_id)


async def read(tx: Transaction, enrolment_id: UUID) -> RemoteEnrolment:
    """Return what became of a question of the caller's. Raises `NotFound`."""
    found = await tx.maybe(repository.ASKED, enrolment_id)
    if found is None:
        raise NotFound
    told = {"id": found.id, "provider": found.provider, "expires_at": found.expires_at}
    return msgspec.convert(told | {"state": found.outcome or "asked"}, RemoteEnrolment)


async def _number(tx: Transaction, person_id: UUID) -> str:
    card = await tx.ask(People).card(person_id, {"national_id"}, purpose=PURPOSE)
    return "" if card is None or card.national_id is None else card.national_id


async def _prepare(tx: Transaction, question: Question) -> Call | None:
    asked = await tx.maybe(repository.ASKED, question.enrolment_id)
    if asked is None or asked.outcome is not None:
        return None
    number = await _number(tx, asked.person_id)
    return Call(
        asked=asked,
        signer=signers.named(tx, asked.provider),
        number=number,
        anchors=await certifying.anchors(tx),
        now=tx.now,
        reach=trusting.reach(tx),
    )


async def _call(call: Call | None) -> Found | None:
    """Return the keys; None when nobody can say which there are."""
    if call is None or call.signer is None:
        return None
    answer = await call.signer.credentials(call.number)
    if isinstance(answer, Unanswered):
        return None
    if not isinstance(answer, Credentials):
        return Found(keys=())
    chains = [chaining.links(each.certificates, call.anchors, call.now) for each in answer.items]
    between = [*dict.fromkeys(link for chain in chains for link in chain)][:_LINKS_MAX]
    said = [await trusting.read_list(each.crl_url, each.der, call.reach) for each in between]
    pairs = zip(between, said, strict=True)
    known = tuple((link, told) for link, told in pairs if told is not None)
    return Found(keys=answer.items, links=known)


async def _settle(tx: Transaction, call: Call | None, found: Found | None) -> None:
    if call is None:
        return
    for link, said in () if found is None else found.links:
        await trusting.lead(tx, link, said)
    taken = [await _take(tx, call, each) for each in (() if found is None else found.keys)]
    outcome = "away" if found is None else "found" if any(taken) else "none"
    await tx.run(repository.ANSWERED, call.asked.id, outcome)


async def _take(tx: Transaction, call: Call, credential: Credential) -> bool:
    """Take a certificate that counts and names the person who asked; tell whether it was taken."""
    der, person_id = credential.certificates[0], call.asked.person_id
    try:
        vouched = await certifying.require_good(tx, der)
        algorithm = certifying.best(vouched, credential.algorithms)
    except CertificateNotYours:
        return False
    if not call.number or certifying.number_of(der) != call.number:
        return False
    until = x509.load_der_x509_certificate(der).not_valid_after_utc
    ref = await subject_ref(tx, person_id)
    kept = (sha256(der).digest(), person_id, ref, der, until)
    at = (call.asked.provider, credential.id, algorithm, vouched.anchor)
    return bool(await tx.run(repository.CERTIFY, *kept, *at, credential.signatures_max))


FIND_KEYS: Final = Job(
    name="documents.find-keys",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=10 * PATIENCE_SECONDS),
    payload=Question,
)
"""Asks a provider which keys it keeps for a person."""

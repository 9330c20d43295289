"""Drafting and freezing, in the name of whoever calls: what kinds' modules ask for."""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Transaction
from contracts.documents import (
    Defect,
    DocumentKind,
    PartyRule,
    Refused,
    SignatureRequested,
    Standing,
)
from modules.documents.model import gate
from modules.documents.model.canonical import NotCanonical, canonical
from modules.documents.model.envelope import (
    Envelope,
    Party,
    StatusPlace,
    fresh_code,
    fresh_salt,
)
from modules.documents.repository import documents as repository
from modules.documents.repository.documents import Document, Draft
from modules.documents.service import statuses


class Writing:
    """Answers `Documents` inside the caller's transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def draft(
        self, kind: str, content: msgspec.Struct, people: Mapping[str, UUID]
    ) -> Standing:
        """Begin a document."""
        tx, found = self._tx, _kind(self._tx, kind)
        document_id, drafter = tx.new_id(), tx.principal.person_id
        code = fresh_code(found.prefix, tx.today.year)
        await tx.run(repository.ALLOW, document_id, [drafter], drafter)
        await tx.run(repository.ADD, document_id, code, kind, drafter, tx.now)
        draft = _draft(content, people)
        await tx.one(repository.BEGIN, document_id, found.schema, msgspec.to_builtins(draft))
        return await tx.one(repository.STANDING, document_id)

    async def revise(
        self, document_id: UUID, content: msgspec.Struct, people: Mapping[str, UUID]
    ) -> Standing | None:
        """Write the draft anew, or begin the next revision of an issued document."""
        tx = self._tx
        document = await _owned(tx, document_id)
        schema = _kind(tx, document.kind).schema
        draft = msgspec.to_builtins(_draft(content, people))
        live = await tx.maybe(repository.LIVE, document_id)
        if live is None:
            await tx.one(repository.BEGIN, document_id, schema, draft)
        elif not await tx.run(repository.REWRITE, document_id, live.rev, draft, schema):
            return None
        return await tx.one(repository.STANDING, document_id)

    async def freeze(self, document_id: UUID) -> Standing | Refused:
        """Make the draft's bytes final and ask the parties to sign."""
        tx = self._tx
        document = await _owned(tx, document_id)
        live = await tx.maybe(repository.LIVE, document_id)
        if live is None or live.data is None:
            return Refused(reason="not-drafted")
        kind = _kind(tx, document.kind)
        rules, defects = _looked_at(kind, live.schema, live.data)
        if defects:
            return Refused(reason="defects", defects=tuple(defects))
        parties = [await _party(tx, rule, live.data) for rule in rules]
        envelope, spot = await _envelope(tx, document, live.rev, live.schema, parties, live.data)
        content = canonical(envelope)
        collect_until = tx.now + kind.deadline
        digest = sha256(content).digest()
        await tx.run(
            repository.FREEZE, document_id, live.rev, content, digest, *spot, tx.now, collect_until
        )
        people = [live.data.people[rule.role] for rule in rules]
        await tx.run(repository.ALLOW, document_id, people, document.drafted_by)
        await tx.run(
            repository.NAME_PARTIES,
            document_id,
            live.rev,
            [*range(len(parties))],
            [party.role for party in parties],
            people,
            [party.subject_ref for party in parties],
            [party.name for party in parties],
            [party.order for party in parties],
        )
        await tx.publish(
            SignatureRequested(document_id=document_id, rev=live.rev, person_ids=tuple(people))
        )
        return await tx.one(repository.STANDING, document_id)


async def subject_ref(tx: Transaction, person_id: UUID) -> str:
    """Return the name that certificates and documents give a person: random, one for life."""
    fresh = f"S-{secrets.token_hex(16)}"
    return (await tx.one(repository.KNOW, person_id, fresh)).ref


def _kind(tx: Transaction, name: str) -> DocumentKind:
    for kind in tx.ask_all(DocumentKind):
        if kind.name == name:
            return kind
    raise LookupError(name)


def _draft(content: msgspec.Struct, people: Mapping[str, UUID]) -> Draft:
    return Draft(data=msgspec.to_builtins(content), people=dict(people))


async def _owned(tx: Transaction, document_id: UUID) -> Document:
    document = await tx.maybe(repository.LOCKED, document_id)
    if document is None or document.drafted_by != tx.principal.person_id:
        raise NotFound
    return document


def _looked_at(
    kind: DocumentKind, schema: str, draft: Draft
) -> tuple[Sequence[PartyRule], list[Defect]]:
    """Return who signs, and every defect that gate and kind find."""
    shape = kind.schemas[schema]
    content = msgspec.convert(draft.data, shape)
    defects = [*gate.defects(draft.data, shape), *kind.defects(content)]
    rules = kind.parties(content)
    named = [draft.people.get(rule.role) for rule in rules]
    if None in named or len(set(named)) != len(named):
        defects.append(Defect(pointer="", code="people"))
    try:
        canonical(draft.data)
    except NotCanonical:
        defects.append(Defect(pointer="", code="not-canonical"))
    return rules, defects


async def _party(tx: Transaction, rule: PartyRule, draft: Draft) -> Party:
    return Party(
        role=rule.role,
        order=rule.order,
        required=rule.required,
        assurance=rule.assurance,
        subject_ref=await subject_ref(tx, draft.people[rule.role]),
        name=rule.name,
    )


async def _envelope(
    tx: Transaction,
    document: Document,
    rev: int,
    schema: str,
    parties: Sequence[Party],
    draft: Draft,
) -> tuple[Envelope, tuple[int, int]]:
    prev = None
    if document.current_rev is not None:
        before = await tx.one(repository.CONTENT_HASH, document.id, document.current_rev)
        prev = before.content_sha256.hex()
    spot = await statuses.place(tx)
    envelope = Envelope(
        type=document.kind,
        schema=schema,
        doc_id=document.id,
        code=document.code,
        rev=rev,
        prev=prev,
        renderer=None,
        issuer=tx.base_url,
        parties=tuple(parties),
        issued_on=tx.today,
        status=StatusPlace(uri=statuses.uri(tx.base_url, spot[0]), idx=spot[1]),
        links=(),
        salt=fresh_salt(),
        data=draft.data,
    )
    return envelope, spot

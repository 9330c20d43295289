"""Drafting and freezing, in the name of whoever calls: what kinds' modules ask for."""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.documents import (
    Defect,
    DocumentKind,
    LinkTo,
    Packed,
    PartyRule,
    PersonName,
    Reader,
    Refused,
    SignatureRequested,
    Standing,
)
from modules.documents.model import gate, printing
from modules.documents.model.canonical import NotCanonical, accepted_as, canonical
from modules.documents.model.envelope import (
    Envelope,
    Link,
    Party,
    StatusPlace,
    fresh_code,
    fresh_salt,
)
from modules.documents.repository import documents as repository
from modules.documents.repository import parties as parties_of
from modules.documents.repository import placements, retention, revisions
from modules.documents.repository.documents import Document
from modules.documents.repository.revisions import Draft, Live
from modules.documents.service import (
    closing,
    external,
    files,
    kinds,
    reading,
    sealing,
    statuses,
)

C = TypeVar("C", bound=msgspec.Struct)


class Writing:
    """Answers `Documents` inside the caller's transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def defects(self, kind: str, content: msgspec.Struct) -> Sequence[Defect]:
        """Return every defect that gate and kind find."""
        found = kinds.kind(self._tx, kind)
        return _defects(found, msgspec.to_builtins(content), content)

    async def draft(
        self,
        kind: str,
        content: msgspec.Struct,
        people: Mapping[str, UUID],
        *,
        readers: Sequence[Reader] = (),
        links: Sequence[LinkTo] = (),
        agency_id: UUID | None = None,
        key: str | None = None,
    ) -> Standing:
        """Begin a document, or return the one there is under this key."""
        tx, found = self._tx, kinds.kind(self._tx, kind)
        document_id, drafter = tx.new_id(), tx.principal.person_id or tx.principal.staff_id
        code = fresh_code(found.prefix, tx.today.year)
        row = (document_id, code, kind, drafter, agency_id, key, tx.now)
        if not await tx.run(repository.ADD, *row):
            return await tx.one(repository.STANDING_OF_KEY, kind, key)
        if tx.principal.person_id is not None:
            await _allow(tx, document_id, {tx.principal.person_id: ("drafter", "full")})
        draft = drafted(content, people, readers, links)
        closed = closing.closed_draft(await closing.key(tx, document_id), document_id, draft)
        await tx.one(revisions.BEGIN, document_id, kinds.schema(found, content), closed, None)
        return await tx.one(repository.STANDING, document_id)

    async def revise(
        self,
        document_id: UUID,
        content: msgspec.Struct,
        people: Mapping[str, UUID],
        *,
        links: Sequence[LinkTo] | None = None,
        reason: str | None = None,
    ) -> Standing | None:
        """Write the draft anew, or begin the next revision of an issued document."""
        tx = self._tx
        document = await _owned(tx, document_id)
        schema = kinds.schema(kinds.kind(tx, document.kind), content)
        live = await tx.maybe(revisions.LIVE, document_id)
        before = None if live is None else await closing.draft(tx, document_id, live)
        readers, known = (before.readers, before.links) if before is not None else ((), ())
        draft = drafted(content, people, readers, known if links is None else links)
        closed = closing.closed_draft(await closing.key(tx, document_id), document_id, draft)
        if live is None:
            await tx.one(revisions.BEGIN, document_id, schema, closed, reason)
        elif not await tx.run(revisions.REWRITE, document_id, live.rev, closed, schema, reason):
            return None
        return await tx.one(repository.STANDING, document_id)

    async def freeze(self, document_id: UUID) -> Standing | Refused:
        """Make the draft's bytes final and ask the parties to sign."""
        tx = self._tx
        document = await _owned(tx, document_id)
        live = await tx.maybe(revisions.LIVE, document_id)
        draft = None if live is None else await closing.draft(tx, document_id, live)
        if live is None or draft is None:
            return Refused(reason="not-drafted")
        kind = kinds.kind(tx, document.kind)
        rules, defects = looked_at(kind, live.schema, draft)
        linked = await links_of(tx, draft.links, defects)
        if defects:
            return Refused(reason="defects", defects=tuple(defects))
        refs = await subject_refs(tx, draft.people.values())
        parties = [party(rule, draft, refs) for rule in rules]
        envelope = await _envelope(tx, document, live, parties, linked, draft.data)
        content = canonical(envelope)
        try:
            base, _ = await asyncio.to_thread(printing.based, content, envelope, kinds.form(kind))
        except printing.Unrenderable:
            return Refused(
                reason="defects", defects=(Defect(pointer="", code="unrenderable-text"),)
            )
        key = await closing.key(tx, document_id)
        base_sha256 = files.kept(tx.data_dir, base, key)
        closed = closing.closed_content(key, document_id, live.rev, content)
        hashes = (sha256(content).digest(), base_sha256)
        await _freeze(tx, live.rev, envelope, closed, hashes, kind)
        await _ask_to_sign(tx, document_id, live.rev, draft, rules, parties)
        return await tx.one(repository.STANDING, document_id)

    async def note(self, document_id: UUID, name: str, salt: str, value: str) -> None:
        """Have the log remember a number that somebody has given the issued revision."""
        await external.keep(self._tx, document_id, name, salt, value)

    async def packed(self, document_id: UUID) -> Packed:
        """Return the issued revision in one file."""
        return await reading.packed(self._tx, document_id)

    async def keep_until(self, document_id: UUID, day: date) -> None:
        """Say from which day on the law no longer asks for a document."""
        if self._tx.principal.kind != "job":
            raise NotFound
        await self._tx.run(retention.KEEP_UNTIL, document_id, day)

    async def standing(self, document_id: UUID) -> Standing | None:
        """Return where the newest revision stands."""
        return await self._tx.maybe(repository.STANDING, document_id)

    async def content(self, document_id: UUID, shape: type[C]) -> C | None:
        """Return the data of the revision that counts, or else of the newest frozen one."""
        try:
            await reading.allowed(self._tx, document_id, "full")
        except NotFound:
            return None
        found = await self._tx.maybe(revisions.CURRENT, document_id)
        found = found or await self._tx.maybe(revisions.FROZEN, document_id)
        if found is None:
            return None
        paper = await closing.paper(self._tx, found)
        return msgspec.convert(accepted_as(paper.content, Envelope).data, shape)


async def subject_ref(tx: Transaction, person_id: UUID) -> str:
    """Return the name that certificates and documents give a person or an organisation.

    Random, and one for life.
    """
    return (await subject_refs(tx, {person_id}))[person_id]


async def subject_refs(tx: Transaction, people: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of many."""
    known = sorted(set(people))  # so that two who ask for the same wait for each other in one order
    fresh = [f"S-{secrets.token_hex(16)}" for _ in known]
    return {each.person_id: each.ref for each in await tx.all(repository.KNOW, known, fresh)}


def drafted(
    content: msgspec.Struct,
    people: Mapping[str, UUID],
    readers: Sequence[Reader],
    links: Sequence[LinkTo],
) -> Draft:
    """Return a draft as it is kept."""
    data = msgspec.to_builtins(content)
    return Draft(data=data, people=dict(people), readers=tuple(readers), links=tuple(links))


async def _allow(
    tx: Transaction, document_id: UUID, people: Mapping[UUID, tuple[str, str]]
) -> None:
    granted_by = tx.principal.person_id or tx.principal.staff_id
    relations, seen = [each[0] for each in people.values()], [each[1] for each in people.values()]
    await tx.run(repository.ALLOW, document_id, granted_by, [*people], relations, seen)


def allowed(draft: Draft, rules: Sequence[PartyRule]) -> dict[UUID, tuple[str, str]]:
    """Return who may see a document from its freezing on, as what, and how much of it."""
    persons = [draft.people[rule.role] for rule in rules if not rule.organisation]
    readers = {reader.person_id: (reader.relation, reader.sees) for reader in draft.readers}
    return {**dict.fromkeys(persons, ("party", "full")), **readers}


async def _owned(tx: Transaction, document_id: UUID) -> Document:
    document = await tx.maybe(repository.LOCKED, document_id)
    who = tx.principal
    if document is None:
        raise NotFound
    if who.kind == "job" or document.agency_id in who.agencies:
        return document
    if document.drafted_by is None or document.drafted_by not in {who.person_id, who.staff_id}:
        raise NotFound
    return document


def looked_at(
    kind: DocumentKind, schema: str, draft: Draft
) -> tuple[Sequence[PartyRule], list[Defect]]:
    """Return who signs, and every defect that gate and kind find."""
    shape = kind.schemas[schema]
    content = msgspec.convert(draft.data, shape)
    defects = _defects(kind, draft.data, content)
    rules = kind.parties(content)
    if unnamed := {kinds.plain(rule.role) for rule in rules}.difference(kind.roles):
        raise LookupError(f"{kind.name} has parties that are not in its roles: {sorted(unnamed)}")
    named = [draft.people.get(rule.role) for rule in rules]
    if None in named or len(set(named)) != len(named):
        defects.append(Defect(pointer="", code="people"))
    return rules, defects


def _defects(kind: DocumentKind, told: Any, content: msgspec.Struct) -> list[Defect]:
    """Return what gate and kind find in content, which is `told` in JSON's own values."""
    refused = (each for each in kind.defects(content) if each.severity == "error")
    defects = [*gate.defects(told, type(content)), *refused]
    try:
        canonical(told)
        # A kind may let a school have a longer name than whoever signs can have in a document.
        msgspec.convert([rule.name for rule in kind.parties(content)], list[PersonName])
    except (NotCanonical, msgspec.ValidationError):
        defects.append(Defect(pointer="", code="not-canonical"))
    return defects


async def links_of(
    snapshot: Snapshot, links: Sequence[LinkTo], defects: list[Defect]
) -> tuple[Link, ...]:
    """Return the links with the hashes of what counts now; name those that lead nowhere."""
    found: list[Link] = []
    for link in links:
        digest = await snapshot.maybe(placements.CURRENT_HASH, link.document_id)
        if digest is None or await snapshot.maybe(repository.STANDING, link.document_id) is None:
            defects.append(Defect(pointer="", code="link"))
            continue
        sha = digest.content_sha256.hex()
        found.append(Link(rel=link.rel, doc_id=link.document_id, sha256=sha))
    return tuple(found)


def party(rule: PartyRule, draft: Draft, refs: Mapping[UUID, str]) -> Party:
    """Return a party as the envelope names it."""
    return Party(
        role=rule.role,
        order=rule.order,
        required=rule.required,
        assurance=rule.assurance,
        subject_ref=refs[draft.people[rule.role]],
        name=rule.name,
    )


async def _envelope(
    tx: Transaction,
    document: Document,
    live: Live,
    parties: Sequence[Party],
    links: tuple[Link, ...],
    told: dict[str, Any],
) -> Envelope:
    before = None
    if document.current_rev is not None:
        before = await tx.maybe(placements.CURRENT_HASH, document.id)
    number, index = await statuses.place(tx)
    return Envelope(
        type=document.kind,
        schema=live.schema,
        doc_id=document.id,
        code=document.code,
        rev=live.rev,
        prev=None if before is None else before.content_sha256.hex(),
        renderer=kinds.form(kinds.kind(tx, document.kind)).renderer(),
        issuer=tx.base_url,
        parties=tuple(parties),
        issued_on=tx.today,
        status=StatusPlace(uri=statuses.uri(tx.base_url, number), idx=index),
        links=links,
        salt=fresh_salt(),
        data=told,
    )


async def _freeze(
    tx: Transaction,
    rev: int,
    envelope: Envelope,
    closed: bytes,
    hashes: tuple[bytes, bytes],
    kind: DocumentKind,
) -> None:
    """Keep the content, closed, by its own hash and that of its printed base."""
    spot = statuses.spot(envelope.status)
    collect_until = tx.now + kind.deadline
    at = (envelope.doc_id, rev)
    await tx.run(revisions.FREEZE, *at, closed, *hashes, *spot, tx.now, collect_until)
    await tx.run(placements.PLACE, *spot, *at, hashes[0], envelope.code, envelope.type)
    form = kinds.form(kind)
    await tx.run(placements.KEEP_FORM, form.sha256(), msgspec.to_builtins(form))


async def _ask_to_sign(
    tx: Transaction,
    document_id: UUID,
    rev: int,
    draft: Draft,
    rules: Sequence[PartyRule],
    parties: Sequence[Party],
) -> None:
    people = [draft.people[rule.role] for rule in rules]
    persons = [who for who, rule in zip(people, rules, strict=True) if not rule.organisation]
    await _allow(tx, document_id, allowed(draft, rules))
    await tx.run(
        parties_of.NAME_PARTIES,
        document_id,
        rev,
        [*range(len(parties))],
        [party.role for party in parties],
        people,
        [party.subject_ref for party in parties],
        [party.order for party in parties],
        [party.required for party in parties],
        [rule.organisation for rule in rules],
    )
    await tx.publish(
        SignatureRequested(document_id=document_id, rev=rev, person_ids=tuple(persons))
    )
    if not persons:
        await tx.run(revisions.LEAVE_TO_THE_HOUSE, document_id, rev)
        await sealing.enqueue(tx, [(document_id, rev)])

"""A run's documents: all looked at, then each made final once, whoever is killed in between.

What is random in a document or of the day is chosen in a transaction before it is printed. A
worker that takes over from a dead one so prints the same bytes, at the same place of the same list.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Errand, Job, Later, Transaction
from contracts.documents import Defect, DocumentKind, PartyRule, SignatureRequested
from contracts.issuance import BulkFrozen, Numbered
from contracts.keys import DataKey, DataKeys
from modules.documents.model import pdf, printing
from modules.documents.model.canonical import canonical
from modules.documents.model.envelope import Envelope, StatusPlace
from modules.documents.model.printing import Template
from modules.documents.repository import bulk as repository
from modules.documents.repository import placements
from modules.documents.repository.bulk import Item, RunRow
from modules.documents.repository.revisions import Draft
from modules.documents.service import closing, files, kinds, statuses, writing

PART: Final = 40
"""So many documents are printed at a time: a class."""
_PAUSED: Final = timedelta(seconds=30)


class RunPart(msgspec.Struct, frozen=True, kw_only=True):
    """The items of a run from `seq` on."""

    run_id: UUID
    seq: int = 0


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A document of which every byte is settled, and who is to sign it."""

    item: Item
    draft: Draft
    envelope: Envelope
    rules: tuple[PartyRule, ...]
    content: bytes
    key: DataKey

    @property
    def place(self) -> tuple[int, int]:
        """The place of the status list that it was given for good."""
        return self.item.list or 0, self.item.place or 0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to print a part without a transaction."""

    run: RunRow
    documents: tuple[Settled, ...]
    form: Template
    data_dir: Path


Printed: TypeAlias = tuple[bytes | None, ...]
"""The hash of each file, or none where it cannot be printed."""


def key(part: RunPart) -> str:
    """Return what a part's work is called, so that it is asked for once."""
    return f"{part.run_id}-{part.seq}"


async def _look(tx: Transaction, part: RunPart) -> None:
    """Look at some, write down what is wrong with each, and go on with the next."""
    run = await tx.one(repository.LOCK_RUN, part.run_id)
    if run.state != "looking":
        return
    items = await tx.all(repository.TO_LOOK_AT, run.id, part.seq)
    if not items:
        await _conclude(tx, run)
        return
    kind, drafts = kinds.kind(tx, run.kind), await closing.drafts(tx, items)
    wrong: dict[int, list[Defect]] = {}
    for item in items:
        _, defects = writing.looked_at(kind, item.schema, drafts[item.seq])
        await writing.links_of(tx, drafts[item.seq].links, defects)
        if defects:
            wrong[item.seq] = defects
    if wrong:
        told = [{"seq": seq, "defects": defects} for seq, defects in wrong.items()]
        await tx.run(repository.FOUND_WRONG, run.id, msgspec.to_builtins(told))
    after = RunPart(run_id=run.id, seq=items[-1].seq + 1)
    await tx.enqueue(LOOK, after, key=key(after))


async def _conclude(tx: Transaction, run: RunRow) -> None:
    """Refuse all when something is wrong with one; or else begin to freeze."""
    if await tx.all(repository.WRONG, run.id, 1):
        await tx.run(repository.REFUSE, run.id)
        await tx.run(repository.MOVE_RUN, run.id, "refused", ["looking"])
        return
    await tx.run(repository.MOVE_RUN, run.id, "running", ["looking"])
    for seq in range(0, (await tx.one(repository.LAST, run.id)).seq, PART):
        part = RunPart(run_id=run.id, seq=seq)
        await tx.enqueue(FREEZE, part, key=key(part))


async def _prepare(tx: Transaction, part: RunPart) -> Request | None:
    run = await tx.one(repository.RUN, part.run_id)
    if run.state == "paused":
        raise Later(_PAUSED)
    span = (part.seq, part.seq + PART)
    taken = [each.seq for each in await tx.all(repository.TAKEN, run.id, *span)]
    await _fail(tx, run, taken, "twice")
    items = await tx.all(repository.PART, run.id, *span)
    if not items:
        return None
    items = await _placed(tx, run, items)
    drafts = await closing.drafts(tx, items)
    people = [who for draft in drafts.values() for who in draft.people.values()]
    refs = await writing.subject_refs(tx, people)
    keys = await tx.ask(DataKeys).given([item.document_id for item in items])
    kind = kinds.kind(tx, run.kind)
    return Request(
        run=run,
        documents=tuple(
            [
                await _settled(tx, kind, (item, drafts[item.seq]), refs, keys[item.document_id])
                for item in items
            ]
        ),
        form=kinds.form(kind),
        data_dir=tx.data_dir,
    )


async def _placed(tx: Transaction, run: RunRow, items: Sequence[Item]) -> Sequence[Item]:
    """Give each item its place and its day, once and for all; return them."""
    fresh = [item for item in items if item.list is None]
    if not fresh:
        return items
    spots = await statuses.places(tx, len(fresh))
    lists, places = zip(*spots, strict=True)
    await tx.run(repository.SETTLE_ON, run.id, [i.seq for i in fresh], lists, places, tx.today)
    return await tx.all(repository.PART, run.id, items[0].seq, items[-1].seq + 1)


async def _settled(
    tx: Transaction,
    kind: DocumentKind,
    wanted: tuple[Item, Draft],
    refs: Mapping[UUID, str],
    key: DataKey,
) -> Settled:
    item, draft = wanted
    rules = tuple(kind.parties(msgspec.convert(draft.data, kind.schemas[item.schema])))
    envelope = Envelope(
        type=kind.name,
        schema=item.schema,
        doc_id=item.document_id,
        code=item.code,
        rev=1,
        prev=None,
        renderer=kinds.form(kind).renderer(),
        issuer=tx.base_url,
        parties=tuple(writing.party(rule, draft, refs) for rule in rules),
        issued_on=item.issued_on or tx.today,
        status=StatusPlace(uri=statuses.uri(tx.base_url, item.list or 0), idx=item.place or 0),
        links=await writing.links_of(tx, draft.links, []),
        salt=item.salt,
        data=draft.data,
    )
    content = canonical(envelope)
    return Settled(item=item, draft=draft, envelope=envelope, rules=rules, content=content, key=key)


async def _call(request: Request | None) -> Printed:
    return () if request is None else await asyncio.to_thread(_printed, request)


def _printed(request: Request) -> Printed:
    return tuple(_kept(request, document) for document in request.documents)


def _kept(request: Request, document: Settled) -> bytes | None:
    try:
        base, _ = printing.based(document.content, document.envelope, request.form)
    except (printing.Unrenderable, pdf.NotRendered):
        return None
    return files.kept(request.data_dir, base, document.key)


async def _settle(tx: Transaction, request: Request | None, printed: Printed) -> None:
    if request is None:
        return
    run, pairs = request.run, [*zip(request.documents, printed, strict=True)]
    failed = [document.item.seq for document, base in pairs if base is None]
    await _fail(tx, run, failed, "unrenderable-text")
    made = {document.item.seq: base for document, base in pairs if base is not None}
    documents = [document for document, base in pairs if base is not None]
    if await tx.run(repository.FROZEN, run.id, [*made]):
        await _add(tx, request, documents, [*made.values()])
        await _name(tx, run, documents)
        await _tell(tx, run, documents)


async def _fail(tx: Transaction, run: RunRow, items: Sequence[int], code: str) -> None:
    """Leave out what cannot become a document, and say why."""
    if items:
        defects = [Defect(pointer="", code=code)]
        await tx.run(repository.FAIL, run.id, items, msgspec.to_builtins(defects))


async def _add(
    tx: Transaction, request: Request, documents: Sequence[Settled], bases: Sequence[bytes]
) -> None:
    """Write what `Documents.freeze` does of one, of many."""
    run, kind = request.run, kinds.kind(tx, request.run.kind)
    ids = [each.item.document_id for each in documents]
    codes = [each.item.code for each in documents]
    keys = [each.item.key for each in documents]
    contents = [
        closing.closed_content(each.key, each.item.document_id, 1, each.content)
        for each in documents
    ]
    digests = [sha256(each.content).digest() for each in documents]
    lists, places = zip(*(each.place for each in documents), strict=True)
    who = (run.kind, run.agency_id, run.begun_by, tx.now)
    await tx.run(repository.ADD_DOCUMENTS, ids, codes, *who, keys)
    schemas = [each.item.schema for each in documents]
    until = tx.now + kind.deadline
    rows = (ids, schemas, contents, digests, bases, lists, places)
    await tx.run(repository.ADD_REVISIONS, *rows, tx.now, until)
    await tx.run(repository.ADD_PLACEMENTS, lists, places, ids, digests, codes, run.kind)
    form = msgspec.to_builtins(request.form)
    await tx.run(placements.KEEP_FORM, request.form.sha256(), form)


async def _name(tx: Transaction, run: RunRow, documents: Sequence[Settled]) -> None:
    """Write who signs each document, and who may read it."""
    rows = [
        (
            each.item.document_id,
            seq,
            rule.role,
            each.draft.people[rule.role],
            each.envelope.parties[seq].subject_ref,
            rule.order,
            rule.required,
            rule.organisation,
        )
        for each in documents
        for seq, rule in enumerate(each.rules)
    ]
    await tx.run(repository.ADD_PARTIES, *map(list, zip(*rows, strict=True)))
    allowed = [
        (each.item.document_id, person_id, *relation)
        for each in documents
        for person_id, relation in writing.allowed(each.draft, each.rules).items()
    ]
    columns = [*map(list, zip(*allowed, strict=True))]
    await tx.run(repository.ADD_ACCESS, *columns, run.begun_by)


async def _tell(tx: Transaction, run: RunRow, documents: Sequence[Settled]) -> None:
    numbered = tuple(
        Numbered(key=each.item.key, document_id=each.item.document_id) for each in documents
    )
    requested = (
        SignatureRequested(
            document_id=each.item.document_id,
            rev=1,
            person_ids=tuple(
                each.draft.people[rule.role] for rule in each.rules if not rule.organisation
            ),
        )
        for each in documents
    )
    await tx.publish(BulkFrozen(run_id=run.id, kind=run.kind, documents=numbered), *requested)


LOOK: Final = Job(name="documents.look", run=_look, payload=RunPart)
"""Looks at what a run brings, two hundred at a time."""

FREEZE: Final = Job(
    name="documents.freeze",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=60),
    payload=RunPart,
    attempts_max=12,
)
"""Makes a class's documents final."""

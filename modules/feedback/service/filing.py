"""Filing a report, reading one's own, taking it back."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Photos, Snapshot, Transaction
from contracts.feedback import PhotosAdded, ReportFiled, ReportWithdrawn
from contracts.files import FileStore, StoredFile
from contracts.page import Page
from contracts.territory import CommuneRegister
from modules.feedback.errors import (
    AccountNeeded,
    AnswersInvalid,
    KeyReused,
    LimitReached,
    OtherChannel,
    TooManyPhotos,
    WindowOver,
)
from modules.feedback.model.categories import Version
from modules.feedback.model.codes import new_code
from modules.feedback.model.files import FOR_REPORT
from modules.feedback.model.machines import FILED, Call, Standing, Who, after
from modules.feedback.model.receipts import Filed, Receipt
from modules.feedback.model.reports import FILES_WAIT, PHOTOS_MAX, Filing, LatePhotos, Report
from modules.feedback.model.senders import Sender
from modules.feedback.model.setup.questions import answered
from modules.feedback.model.views import OwnItem, OwnReport
from modules.feedback.repository import history, route_outs
from modules.feedback.repository import own as lists
from modules.feedback.repository import reports as repository
from modules.feedback.repository import tracking as tokens
from modules.feedback.scopes import OWN
from modules.feedback.service import (
    categories,
    clocks,
    contacts,
    own_words,
    reading,
    senders,
    tracking,
)
from modules.feedback.service.moves import Words, make, record
from modules.feedback.service.places import located
from modules.feedback.service.projection import settle

_DRAWS_MAX: Final = 20


async def file(
    tx: Transaction,
    filing: Filing,
    photos: Photos,
    *,
    sender: Sender,
    key: str,
    communes: CommuneRegister,
    store: FileStore,
) -> Filed:
    """Keep a report of somebody with an account or without, and tell the house of it.

    The same filing under the same `key` is the same report, for life: the gateway forgets a key
    after a day, a phone that lay in a drawer does not. Raises `KeyReused` for another filing under
    the key, `UnknownCategory`, `CategoryClosed`, `AccountNeeded`, `TooManyPhotos`,
    `AnswersInvalid` with every fault, what `located`
    and `senders.admit` raise and what `FileStore` refuses; nothing is kept then.
    """
    if len(photos.contents) + len(filing.files) > PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    report_id = tx.new_id()
    # Decoding takes seconds: it comes before the first statement, which takes a connection.
    received = await store.receive(photos.contents, purpose=FOR_REPORT, about=report_id)
    client_key, digest = _client_key(sender, key), _digest(filing, photos)
    kept = await _kept(tx, sender, client_key)
    if kept is not None:
        if kept.body_digest != digest:
            raise KeyReused
        await store.drop([photo.id for photo in received])
        return await _filed(tx, kept.id)
    await senders.admit(tx, sender)
    category = await categories.opened(tx, filing.category)
    for way in await route_outs.in_force(tx):
        if way.category == category.code:
            raise OtherChannel(channel=msgspec.to_builtins(way.shown()))
    if sender.person_id is None and not category.anonymous:
        raise AccountNeeded
    said, faults = answered(category.questions, filing.answers)
    if faults:
        raise AnswersInvalid(errors=faults)
    commune = await located(filing, on=tx.today, communes=communes)
    claimed = await store.claim(
        filing.files, purpose=FOR_REPORT, about=report_id, device=sender.device
    )
    draft = repository.Draft(
        id=report_id,
        sender=sender,
        client_key=client_key,
        body_digest=digest,
        filing=filing,
        category_version=category.number,
        commune_code=commune.code,
        answers=said,
    )
    await _keep(tx, draft, category, [*received, *claimed])
    return await _filed(tx, report_id)


def at_desk(tx: Transaction, channel: str) -> Sender:
    """Return the sender of what an officer takes down: nobody's device, nobody's address."""
    return Sender(origin="desk", channel=channel, client=f"desk-{tx.principal.staff_id}")


async def is_filed(tx: Transaction, sender: Sender, key: str) -> bool:
    """Tell whether the sender has filed a report under this key."""
    return await _kept(tx, sender, _client_key(sender, key)) is not None


async def _kept(tx: Transaction, sender: Sender, client_key: bytes) -> repository.Kept | None:
    """Return the report that was filed under the key, and open it to whoever filed it.

    Without an account the key itself is the proof: nobody else has ever seen it.
    """
    if sender.person_id is None:
        tracked = await tokens.filed_under(tx, client_key)
        if tracked is None:
            return None
        await tokens.show(tx, tracked.report_id)
    return await repository.kept(tx, sender.origin, client_key)


async def _keep(
    tx: Transaction, draft: repository.Draft, category: Version, photos: Sequence[StoredFile]
) -> None:
    """Write everything that a new report consists of, and tell of it."""
    sender = draft.sender
    await tokens.show(tx, draft.id)
    await repository.add_reporter(tx, draft.id, sender)
    for _ in range(_DRAWS_MAX):
        code = new_code()
        if await repository.add(tx, draft, code):
            break
    else:
        raise RuntimeError("every code that was drawn is taken")
    if sender.person_id is None:
        await tokens.add(tx, code, draft.id, draft.client_key)
        if draft.filing.contact is not None:
            await contacts.keep(tx, draft.id, draft.filing.contact)
    text = draft.filing.text
    await repository.add_content(tx, draft.id, text, draft.answers)
    told = {each.code: each.values for each in draft.answers}
    codes = (sender.channel,) if sender.channel else ()
    said = Words(text=text, photos=photos, codes=codes, answers=told)
    await record(tx, draft.id, Call.FILING, Standing(), FILED, head=None, words=said)
    free = {f"answer:{each.code}": "\n".join(each.words_vi) for each in draft.answers}
    texts = {"1": text, "address": draft.filing.address or "", **free}
    await own_words.keep(tx, draft.id, sender, draft.filing.contact, texts)
    await repository.attach(tx, draft.id, 1, "reported", photos)
    await clocks.start(tx, draft.id, "triage", category.deadline_class, cycle=1, began_at=tx.now)
    await tx.publish(
        ReportFiled(
            report_id=draft.id,
            category=draft.filing.category,
            commune_code=draft.commune_code,
            filed_at=tx.now,
        )
    )


def _client_key(sender: Sender, key: str) -> bytes:
    """Digest the sender with the key, so that two keys of one person have nothing in common."""
    who = sender.device_mac or b"" if sender.person_id is None else sender.person_id.bytes
    return sha256(who + sender.client.encode() + key.encode()).digest()


def _digest(filing: Filing, photos: Photos) -> bytes:
    """Digest everything that was sent, in a form that another attempt sends again."""
    contents = [sha256(content).hexdigest() for content in photos.contents]
    said = msgspec.to_builtins(filing)
    if not filing.answers:  # as it was digested before anything was asked
        del said["answers"]
    return sha256(msgspec.json.encode([said, contents], order="sorted")).digest()


async def _filed(tx: Transaction, report_id: UUID) -> Filed:
    report = await reading.report(tx, report_id)
    beginning = await history.beginning(tx, report_id)
    category = await categories.of(tx, report)
    return Filed(
        id=report.id,
        code=report.code,
        version=report.version,
        state=report.state,
        received_at=report.received_at,
        commune_code=report.commune_code,
        emergency_notice=category.emergency_notice,
        deadline=await clocks.deadline(tx, report_id),
        token=await tracking.first_token(tx, report_id),
        receipt=Receipt(
            code=report.code,
            received_at=report.received_at,
            category_version=report.category_version,
            commune_code=report.commune_code,
            content_digest=beginning.commitment.hex(),
            seq=1,
            head=beginning.hash.hex(),
        ),
    )


async def token_of(tx: Transaction, report_id: UUID) -> str | None:
    """Return the token that a filing without an account was answered with."""
    return await tracking.first_token(tx, report_id)


async def read(snapshot: Snapshot, report_id: UUID, *, store: FileStore) -> OwnReport:
    """Return a report to its reporter. To anyone else it does not exist."""
    return await reading.own(snapshot, await find(snapshot, report_id), store=store)


async def mine(
    snapshot: Snapshot, cursor: str | None, limit: int, *, store: FileStore
) -> Page[OwnItem]:
    """Return the caller's own reports, newest first."""
    page = await lists.mine(snapshot, cursor, limit)
    items = [await reading.own_item(snapshot, row, store=store) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def attach(
    tx: Transaction,
    report_id: UUID,
    late: LatePhotos,
    *,
    version: int,
    store: FileStore,
    device: str | None,
) -> None:
    """Add photos that were announced with a report, within a day and no more than were announced.

    Raises `WindowOver`, `LimitReached` and what `FileStore` refuses.
    """
    report = await _awaiting(tx, report_id, len(late.files))
    photos = await store.claim(late.files, purpose=FOR_REPORT, about=report_id, device=device)
    await _attach(tx, report, photos, version=version)


async def attach_received(
    tx: Transaction, report_id: UUID, photos: Sequence[StoredFile], *, version: int
) -> None:
    """Add announced photos that came with a form; raises as `attach` does."""
    report = await _awaiting(tx, report_id, len(photos))
    await _attach(tx, report, photos, version=version)


async def _awaiting(tx: Transaction, report_id: UUID, number: int) -> Report:
    report = await find(tx, report_id)
    if after(report.standing, Call.ATTACHMENT) is not None:
        if tx.now >= report.received_at + FILES_WAIT:
            raise WindowOver
        if number > report.expected_files:
            raise LimitReached(most=report.expected_files)
    return report


async def _attach(
    tx: Transaction, report: Report, photos: Sequence[StoredFile], *, version: int
) -> None:
    said = Words(photos=photos)
    seq = await make(tx, report, Call.ATTACHMENT, Who.REPORTER, version=version, words=said)
    await repository.attach(tx, report.id, seq, "reported", photos)
    await repository.expect_fewer(tx, report.id, len(photos))
    await settle(tx, report)
    await tx.publish(PhotosAdded(report_id=report.id))


async def withdraw(tx: Transaction, report_id: UUID, *, version: int) -> None:
    """Take a report back. Whoever works on it stops; what was public is not any more."""
    report = await find(tx, report_id)
    await make(tx, report, Call.WITHDRAWAL, Who.REPORTER, version=version)
    await settle(tx, report)
    await tx.publish(ReportWithdrawn(report_id=report_id))


async def find(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return one of the caller's own reports, or the one whose token was shown.

    Any other does not exist.
    """
    reporter = await repository.reporter(snapshot, report_id)
    if reporter is None or not reporter.is_shown:
        if OWN.name not in snapshot.principal.scopes:
            raise NotFound
        snapshot.check(OWN, reporter)
    return await reading.report(snapshot, report_id)

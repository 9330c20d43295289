"""Filing a report, reading one's own, taking it back."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Photos, Snapshot, Transaction, Unauthenticated
from contracts.feedback import ReportFiled, ReportWithdrawn
from contracts.files import FileStore, StoredFile
from contracts.page import Page
from contracts.territory import CommuneRegister
from modules.feedback.errors import KeyReused, TooManyPhotos
from modules.feedback.model.categories import Version
from modules.feedback.model.codes import new_code
from modules.feedback.model.files import FOR_REPORT
from modules.feedback.model.machines import FILED, Call, Standing, Who
from modules.feedback.model.reports import PHOTOS_MAX, Filing, Report
from modules.feedback.model.views import Filed, OwnItem, OwnReport, Receipt
from modules.feedback.repository import history
from modules.feedback.repository import own as lists
from modules.feedback.repository import reports as repository
from modules.feedback.scopes import OWN
from modules.feedback.service import categories, clocks, reading
from modules.feedback.service.moves import Words, make, record
from modules.feedback.service.places import located
from modules.feedback.service.projection import settle

ORIGIN: Final = "account"
"""How a report came: from somebody who is signed in."""

_DRAWS_MAX: Final = 20


async def file(
    tx: Transaction,
    filing: Filing,
    photos: Photos,
    *,
    key: str,
    communes: CommuneRegister,
    store: FileStore,
) -> Filed:
    """Keep a citizen's report and tell the house of it.

    The same filing under the same `key` is the same report, for life: the gateway forgets a key
    after a day, a phone that lay in a drawer does not. Raises `KeyReused` for another filing under
    the key, `UnknownCategory`, `CategoryClosed`, `TooManyPhotos`, what `located` raises and what
    `FileStore` refuses; nothing is kept then.
    """
    if len(photos.contents) + len(filing.files) > PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    report_id = tx.new_id()
    # Decoding takes seconds: it comes before the first statement, which takes a connection.
    received = await store.receive(photos.contents, purpose=FOR_REPORT, about=report_id)
    client_key, digest = _client_key(tx, key), _digest(filing, photos)
    kept = await repository.kept(tx, ORIGIN, client_key)
    if kept is not None:
        if kept.body_digest != digest:
            raise KeyReused
        await store.drop([photo.id for photo in received])
        return await _filed(tx, kept.id)
    category = await categories.opened(tx, filing.category)
    commune = await located(filing, on=tx.today, communes=communes)
    claimed = await store.claim(filing.files, purpose=FOR_REPORT, about=report_id)
    draft = repository.Draft(
        id=report_id,
        origin=ORIGIN,
        client_key=client_key,
        body_digest=digest,
        filing=filing,
        category_version=category.number,
        commune_code=commune.code,
    )
    await _keep(tx, draft, category, [*received, *claimed])
    return await _filed(tx, report_id)


async def is_filed(tx: Transaction, key: str) -> bool:
    """Tell whether the caller has filed a report under this key."""
    return await repository.kept(tx, ORIGIN, _client_key(tx, key)) is not None


async def _keep(
    tx: Transaction, draft: repository.Draft, category: Version, photos: Sequence[StoredFile]
) -> None:
    """Write everything that a new report consists of, and tell of it."""
    await repository.add_reporter(tx, draft.id, _person(tx))
    for _ in range(_DRAWS_MAX):
        if await repository.add(tx, draft, new_code()):
            break
    else:
        raise RuntimeError("every code that was drawn is taken")
    text = draft.filing.text
    await repository.add_content(tx, draft.id, text)
    said = Words(text=text, photos=photos)
    await record(tx, draft.id, Call.FILING, Standing(), FILED, head=None, words=said)
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


def _person(tx: Transaction) -> UUID:
    person_id = tx.principal.person_id
    if person_id is None:
        raise Unauthenticated
    return person_id


def _client_key(tx: Transaction, key: str) -> bytes:
    """Digest the caller with the key, so that two keys of one person have nothing in common."""
    return sha256(_person(tx).bytes + key.encode()).digest()


def _digest(filing: Filing, photos: Photos) -> bytes:
    """Digest everything that was sent, in a form that another attempt sends again."""
    contents = [sha256(content).hexdigest() for content in photos.contents]
    return sha256(msgspec.json.encode([filing, contents], order="sorted")).digest()


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


async def withdraw(tx: Transaction, report_id: UUID, *, version: int) -> None:
    """Take a report back. Whoever works on it stops; what was public is not any more."""
    report = await find(tx, report_id)
    await make(tx, report, Call.WITHDRAWAL, Who.REPORTER, version=version)
    await settle(tx, report)
    await tx.publish(ReportWithdrawn(report_id=report_id))


async def find(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return one of the caller's own reports. Any other does not exist."""
    snapshot.check(OWN, await repository.reporter(snapshot, report_id))
    return await reading.report(snapshot, report_id)

"""Keeping what a source tells of its dossiers, item by item: one bad item spoils no other."""

from uuid import UUID

from backend.kernel import Transaction
from contracts.public_services import DossierMoved
from modules.public_services.model.deliveries import (
    Delivery,
    DeliveryReceipt,
    Head,
    ItemRefused,
    Progress,
    RefusedItem,
    head_of,
    progress_of,
)
from modules.public_services.model.dossiers import Status
from modules.public_services.repository import deliveries as repository
from modules.public_services.service import deadlines
from modules.public_services.service.tags import proves, tags_of


async def keep(tx: Transaction, source: str, delivery: Delivery) -> DeliveryReceipt:
    """Keep a delivery of a source that was heard of just now; what is known already stays."""
    await repository.lock(tx, source)
    outcomes: list[bool] = []
    refused: list[RefusedItem] = []
    for index, item in enumerate(delivery.dossiers):
        try:
            async with tx.attempt():
                head = head_of(item, tx.now)
                outcomes.append(await _keep_head(tx, source, head))
        except ItemRefused as why:
            refused.append(RefusedItem(part="dossiers", index=index, code=why.code))
    for index, item in enumerate(delivery.progress):
        try:
            async with tx.attempt():
                outcomes.append(await _keep_progress(tx, source, progress_of(item)))
        except ItemRefused as why:
            refused.append(RefusedItem(part="progress", index=index, code=why.code))
    await repository.heard(tx, source, tx.now)
    accepted = sum(outcomes)
    return DeliveryReceipt(
        accepted=accepted, unchanged=len(outcomes) - accepted, refused=tuple(refused)
    )


async def _keep_head(tx: Transaction, source: str, head: Head) -> bool:
    tags = tags_of(tx)
    owner_index = tags.owner(head.owner_number) if head.owner_number else None
    before = await repository.known(tx, source, head.code)
    kept = await repository.write(tx, source, head, owner_index)
    if kept is None:
        return False
    await deadlines.compute(tx, kept)
    shown = [tags.proof(head.code, number) for number in head.numbers if proves(number)]
    if shown:
        await repository.note_factors(tx, kept.id, shown)
    after = await repository.known(tx, source, head.code)
    if after is not None and (before is None or before.status is not after.status):
        await _tell(tx, kept.id, None if before is None else before.status, after.status)
    return True


async def _keep_progress(tx: Transaction, source: str, made: Progress) -> bool:
    dossier = await repository.known(tx, source, made.code)
    if dossier is None:
        raise ItemRefused("unknown-dossier")
    if not await repository.add(tx, dossier.id, made):
        return False
    moved = await repository.move(tx, dossier.id, made)
    if moved is not None:
        await deadlines.compute(tx, moved)
    if moved is not None and dossier.status is not made.status:
        await _tell(tx, dossier.id, dossier.status, made.status)
    return True


async def _tell(tx: Transaction, dossier_id: UUID, before: Status | None, after: Status) -> None:
    await tx.publish(
        DossierMoved(
            dossier_id=dossier_id,
            from_status=None if before is None else before.value,
            to_status=after.value,
            moved_at=tx.now,
        )
    )

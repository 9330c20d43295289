"""Whose a document is: the one person who may show it to others."""

from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.personal_data import People
from modules.documents.model import sharing
from modules.documents.model.sharing import Agreement
from modules.documents.repository import documents
from modules.documents.scopes import SHARE
from modules.documents.service import looks


async def held(snapshot: Snapshot, document_id: UUID) -> UUID:
    """Return the holder, if that is the caller or somebody they represent. Raises `NotFound`."""
    found = await snapshot.maybe(documents.ALLOWED, document_id, snapshot.principal.person_id)
    access = snapshot.check(SHARE, found)
    if access.relation != "holder" or access.person_id is None:
        raise NotFound
    return access.person_id


async def waits_for(tx: Transaction, holder: UUID, code: str) -> Agreement | None:
    """Return who has to agree besides the caller before anything of a document is shown."""
    card = await tx.ask(People).card(
        holder, {"birth_date"}, purpose=looks.SHARING, about=looks.about(code)
    )
    born = None if card is None else card.birth_date
    return sharing.waits_for(born, tx.today, is_holder=tx.principal.person_id == holder)

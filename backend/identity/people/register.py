"""Who people are: `contracts.personal_data.People` and `PersonalIdIndex`."""

import re
from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.people import repository
from backend.identity.people.keys import UNWRAPPED, open_field
from backend.identity.people.looking import line
from backend.identity.people.repository import SealedCard
from backend.kernel import Snapshot, Transaction
from backend.kms import Digests, kms_of
from contracts.personal_data import Card, CardField, Column, Contact, Look

NAME: Final = "person.name_enc"
BIRTH: Final = "person.birth_enc"
PHONE: Final = "person_phone.value_enc"
IDENTIFIER: Final = "person_identifier.value_enc"

_NOBODY: Final = UUID(int=0)
INDEX: Final = "index-person_identifier.value"
_BLANKS: Final = re.compile(r"[\s.\-]")


class Register:
    """The register of people."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    async def card(
        self, person_id: UUID, fields: Collection[CardField], *, purpose: str, about: str = ""
    ) -> Card | None:
        """Return these fields; see `contracts.personal_data.People`."""
        wanted = tuple(sorted(fields))
        look = Look(subject_id=person_id, purpose=purpose, about=about, fields=wanted)
        said = line(self._tx, look)
        found = await self._tx.maybe(repository.READ_CARD, person_id, said, self._tx.now)
        return None if found is None else self._shown(found, wanted)

    async def contact(self, person_id: UUID) -> Contact | None:
        """Return where to reach a person."""
        card = await self.card(person_id, ("phone",), purpose="identity.notification")
        return None if card is None else Contact(person_id=card.person_id, phone=card.phone)

    async def find(self, kind: str, value: str, *, purpose: str) -> UUID | None:
        """Return whose paper it is."""
        said = line(self._tx, Look(subject_id=_NOBODY, purpose=purpose, fields=(kind,)))
        if said is not None:
            said["pseudonym"] = None  # it would be the same one in everybody's log
        digests = paper_index(self._tx, kind, value).known
        found = await self._tx.one(repository.FIND_PERSON, kind, digests, said, self._tx.now)
        return found.person_id

    def _shown(self, kept: SealedCard, wanted: Collection[str]) -> Card:
        card = Card(person_id=kept.person_id, ial=kept.ial)
        if kept.wrapped is None or kept.kek_epoch is None:
            return card
        key = UNWRAPPED.key(kms_of(self._tx), kept.person_id, kept.wrapped, kept.kek_epoch)
        sealed = {
            "name": (NAME, kept.name_enc),
            "birth_date": (BIRTH, kept.birth_enc),
            "national_id": (IDENTIFIER, kept.national_id_enc),
            "phone": (PHONE, kept.phone_enc),
        }
        said = {
            field: open_field(key, kept.person_id, column, value)
            for field, (column, value) in sealed.items()
            if field in wanted and value is not None
        }
        born = said.pop("birth_date", None)
        return msgspec.structs.replace(
            card, **said, birth_date=None if born is None else date.fromisoformat(born)
        )


class KeyedIndex:
    """Digests of personal numbers, another key for each column."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    def digest(self, column: Column, number: str) -> bytes:
        """Return the digest of a number; see `contracts.personal_data.PersonalIdIndex`."""
        return kms_of(self._tx).digests(f"index-{column}", plain(number).encode()).value

    async def of(self, column: Column, person_id: UUID, *, purpose: str) -> bytes | None:
        """Return the digest of a person's own number."""
        card = await Register(self._tx).card(person_id, ("national_id",), purpose=purpose)
        if card is None or card.national_id is None:
            return None
        return self.digest(column, card.national_id)


def plain(number: str) -> str:
    """Return a number without what people put between its characters."""
    return _BLANKS.sub("", number).upper()


def masked(value: str) -> str:
    """Return what may be shown of a number: its last three characters."""
    return f"{'•' * (len(value) - 3)}{value[-3:]}"


def paper_index(snapshot: Snapshot, kind: str, value: str) -> Digests:
    """Return what a paper is found by."""
    return kms_of(snapshot).digests(INDEX, f"{kind}|{plain(value)}".encode())


async def paper_to_add(tx: Transaction, kind: str, value: str) -> Digests:
    """Return the same for somebody who is about to add the paper.

    One number has one row in force, whichever link has indexed it; whoever would add another waits.
    """
    index = paper_index(tx, kind, value)
    if len(index.known) > 1:
        await tx.run(repository.LOCK_PAPER, int.from_bytes(index.first[:8], "big", signed=True))
        await tx.run(repository.CARRY_PAPER, kind, index.value, index.known)
    return index

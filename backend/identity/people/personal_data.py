"""What identity itself keeps of people: `contracts.personal_data.PersonalData`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.identity.people.register import BIRTH, IDENTIFIER, NAME, PHONE
from backend.identity.people.vault import SubjectVault
from backend.kernel import Query, Statement, Transaction
from contracts.personal_data import DataItem, Exported, Hold, Look

_SIGN_IN: Final = "identity.sign-in"
_LAW: Final = "Law 91/2025/QH15, article 9: proof of consent"
_SEALED: Final[Mapping[str, Mapping[str, str]]] = {
    "identity.person": {"name_enc": NAME, "birth_enc": BIRTH},
    "identity.person_phone": {"value_enc": PHONE},
    "identity.person_identifier": {"value_enc": IDENTIFIER},
}


class KeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of one of identity's tables."""

    name: str
    said: dict[str, Any]


ROWS_OF = Query(KeptRow, "select name, said from identity.rows_of($1)")
ERASE = Statement("select identity.erase_person($1, $2)")
FORGET_MERGED = Statement("select identity.forget_merged($1, $2, $3)")
DESTROY_KEY = Statement("select identity.destroy_person_key($1, $2)")


def _item(table: str, retention: str, basis: str = "contract", column: str = "*") -> DataItem:
    return DataItem(
        table=f"identity.{table}",
        column=column,
        kind="basic",
        purpose=_SIGN_IN,
        basis=basis,
        retention=retention,
    )


INVENTORY: Final = (
    _item("person", "until erasure"),
    _item("subject_key", "until the last hold ends"),
    _item("person_phone", "until erasure; ended numbers P2Y"),
    _item("person_identifier", "until erasure", "Law 26/2023/QH15, article 10"),
    _item("phone_change", "PT5M"),
    _item("proposal", "P5Y: about officers at work", "Law 91/2025/QH15: proof of who decided"),
    _item("representation", "until erasure; ends at 18", "Civil Code 91/2015/QH13, article 134"),
    _item("representation_draft", "P14D", "Civil Code 91/2015/QH13, article 134"),
    _item("session", "P180D"),
    _item("device_claim", "P180D"),
    _item("code", "P1D"),
    _item("interaction", "PT10M"),
    _item("passkey", "until erasure"),
    _item("upstream_link", "until erasure"),
    _item("upstream_proof", "PT10M"),
    _item("consent", "P5Y", _LAW),
    _item("consent_live", "until withdrawn", "consent"),
)


class AccountData:
    """Who somebody is, and how they sign in."""

    module = "identity"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        """Return what identity keeps."""
        return INVENTORY

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        """Return all of it, opened."""
        tables: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in await self._tx.all(ROWS_OF, person_id):
            tables[row.name].append(await self._opened(person_id, row))
        return [Exported(table=name, rows=tuple(rows)) for name, rows in sorted(tables.items())]

    async def holds(self, person_id: UUID) -> Sequence[Hold]:  # noqa: ARG002 - nobody's names stay
        """Return nothing: what stays, that consent was asked, names nobody any more."""
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - the id stays
        """End sessions, free the numbers, erase who it was. The key dies apart, last of all."""
        await self._tx.run(ERASE, person_id, self._tx.now)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        """Forget what is left of the old account, its key last of all: nobody needs it now."""
        await self._tx.run(FORGET_MERGED, old_id, new_id, self._tx.now)

    async def _opened(self, person_id: UUID, row: KeptRow) -> Mapping[str, Any]:
        columns = _SEALED.get(row.name, {})
        sealed = {
            column: bytes.fromhex(row.said[name])
            for name, column in columns.items()
            if row.said[name] is not None
        }
        plain = {name: value for name, value in row.said.items() if name not in columns}
        if not sealed:
            return plain
        look = Look(subject_id=person_id, purpose="privacy.export")
        opened = await SubjectVault(self._tx).open(look, sealed)
        named = {column: name.removesuffix("_enc") for name, column in columns.items()}
        return plain | {named[column]: text for column, text in opened.items()}

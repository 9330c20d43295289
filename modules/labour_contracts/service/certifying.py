"""A contract is certified, and numbered for good: by a provider's event or by its answer."""

import secrets
from typing import Final, Literal, TypeAlias

from backend.kernel import Transaction
from contracts.documents import Documents
from modules.labour_contracts.repository import contracts as repository
from modules.labour_contracts.repository.contracts import Row

_SALT_BYTES: Final = 16

CERTIFICATE: Final = "certificate"
_NUMBER: Final = "platform-number"

NotNumbered: TypeAlias = Literal["not-certified", "already-numbered", "number-taken"]


async def certify(
    tx: Transaction, row: Row, by: str, certificate: str
) -> Literal["already-certified"] | None:
    """Keep whose certification a contract has, and have the log remember it; or return why not.

    `row` is locked.
    """
    if not await tx.run(repository.CERTIFIED, row.document_id, by, certificate, tx.now):
        is_same = (row.certified_by, row.certificate) == (by, certificate)
        return None if is_same else "already-certified"
    value = f"{by} {certificate}"
    await tx.ask(Documents).note(row.document_id, CERTIFICATE, _salt(), value)
    return None


async def number(tx: Transaction, row: Row, by: str, number: str) -> NotNumbered | None:
    """Give a certified contract its number for good, and have the log remember it.

    `row` is locked, and of a moment at which it was certified, or was not.
    """
    if row.certified_by is None:
        return "not-certified"
    salt = _salt()
    if await tx.run(repository.NUMBER, row.document_id, number, salt, by, tx.now):
        await tx.ask(Documents).note(row.document_id, _NUMBER, salt, number)
        return None
    (known,) = await tx.all(repository.NUMBER_OF, [row.document_id]) or [None]
    if known is None:
        return "number-taken"
    return None if known.number == number else "already-numbered"


async def number_again(tx: Transaction, row: Row) -> None:
    """Have the log remember a contract's number with its new revision too: it never changes."""
    for known in await tx.all(repository.NUMBER_OF, [row.document_id]):
        await tx.ask(Documents).note(row.document_id, _NUMBER, known.salt, known.number)


def _salt() -> str:
    return secrets.token_hex(_SALT_BYTES)

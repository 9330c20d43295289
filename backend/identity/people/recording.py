"""Writing down who somebody is: from the national account, or at a counter."""

from typing import Literal
from uuid import UUID

import msgspec

from backend.identity.people.register import BIRTH, IDENTIFIER, NAME, paper_to_add
from backend.identity.people.repository import Found
from backend.identity.people.vault import SubjectVault
from backend.kernel import Query, Statement, Transaction
from contracts.personal_data import IdentifierKind

PURPOSE = "identity.sign-in"

RECORD_WHO = Statement("""
    update identity.person
       set name_enc = coalesce($2, name_enc), birth_enc = coalesce($3, birth_enc)
     where id = $1 and status not in ('erased', 'merged')
""")

# A person has one paper of a kind in force: a new number ends the old one.
END_IDENTIFIER = Statement("""
    update identity.person_identifier
       set valid_to = $4
     where person_id = $1 and kind = $2 and bidx <> $3 and valid_to is null
""")

ADD_IDENTIFIER = Statement("""
    insert into identity.person_identifier
        (id, person_id, kind, value_enc, bidx, source, valid_from, recorded_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict do nothing
""")

HOLDER = Query(
    Found,
    """
    select person_id
      from identity.person_identifier
     where kind = $1 and bidx = $2 and valid_to is null
    """,
)


class Nameless(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has an account and no name yet."""

    id: UUID


NAMELESS = Query(
    Nameless,
    "select id from identity.person where id = $1 and name_enc is null and erased_at is null",
)


async def is_nameless(tx: Transaction, person_id: UUID) -> bool:
    """Tell whether nobody has written down who this is."""
    return await tx.maybe(NAMELESS, person_id) is not None


async def record_who(
    tx: Transaction, person_id: UUID, *, name: str | None = None, birth_date: str | None = None
) -> None:
    """Keep a name and a date of birth (ISO 8601) sealed. Runs as the sign-in role."""
    said = {NAME: name, BIRTH: birth_date}
    values = {column: text for column, text in said.items() if text is not None}
    sealed = await SubjectVault(tx).seal(person_id, values, purpose=PURPOSE)
    await tx.run(RECORD_WHO, person_id, sealed.get(NAME), sealed.get(BIRTH))


async def record_identifier(
    tx: Transaction,
    person_id: UUID,
    kind: IdentifierKind,
    value: str,
    *,
    source: Literal["vneid", "counter", "import"],
    recorded_by: UUID | None = None,
) -> bool:
    """Keep a paper of a person, in force from now on; False when it is somebody else's.

    Runs as the sign-in role. Doing it again changes nothing.
    """
    digest = (await paper_to_add(tx, kind, value)).value
    await tx.run(END_IDENTIFIER, person_id, kind, digest, tx.now)
    sealed = await SubjectVault(tx).seal(person_id, {IDENTIFIER: value}, purpose=PURPOSE)
    await tx.run(
        ADD_IDENTIFIER,
        tx.new_id(),
        person_id,
        kind,
        sealed[IDENTIFIER],
        digest,
        source,
        tx.now,
        recorded_by,
    )
    holder = await tx.one(HOLDER, kind, digest)
    return holder.person_id == person_id

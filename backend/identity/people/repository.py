"""Every statement about who people are: calls of functions, which any role of ours may make."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """A subject's key as it is kept; without one, it was destroyed."""

    wrapped: bytes | None
    kek_epoch: int


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """The epoch that wraps new keys."""

    number: int


class SealedCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person, as it is kept."""

    person_id: UUID
    ial: int
    name_enc: bytes | None
    birth_enc: bytes | None
    national_id_enc: bytes | None
    phone_enc: bytes | None
    wrapped: bytes | None
    kek_epoch: int | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Whose paper it is."""

    person_id: UUID | None


LEND_KEY = Query(Lent, "select wrapped, kek_epoch from identity.lend_key($1, $2, $3)")

EPOCH = Query(Epoch, "select identity.epoch_in_use() as number")

KEEP_KEY = Statement("select identity.keep_key($1, $2, $3)")

DESTROY_KEY = Statement("select identity.destroy_key($1, $2)")

READ_CARD = Query(
    SealedCard,
    """
    select person_id, ial, name_enc, birth_enc, national_id_enc, phone_enc, wrapped, kek_epoch
      from identity.read_card($1, $2, $3)
    """,
)

LOCK_PAPER = Statement("select pg_advisory_xact_lock($1)")

CARRY_PAPER = Statement("""
    update identity.person_identifier
       set bidx = $2
     where kind = $1 and bidx = any($3::bytea[]) and bidx <> $2 and valid_to is null
""")

FIND_PERSON = Query(Found, "select identity.find_person($1, $2, $3, $4) as person_id")

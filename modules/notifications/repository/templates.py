"""What an installation says instead of the words that ship."""

from collections.abc import Sequence
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.notifications.model.preferences import Language


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a kind in a language."""

    kind: str
    language: Language
    version: int
    title: str
    text: str


NEWEST: Final = Query(
    Template,
    """
    select distinct on (kind, language) kind, language, version, title, text
      from notifications.template
     order by kind, language, version desc
    """,
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What changes whenever a template does."""

    templates: int


EDITION: Final = Query(Edition, "select count(*)::integer as templates from notifications.template")

ADD: Final = Statement("""
    insert into notifications.template (
        kind, language, version, title, text, made_by, made_at)
    select $1::text, $2::text, coalesce(max(version), 0) + 1, $3::text, $4::text, $5::uuid,
           $6::timestamptz
      from notifications.template
     where kind = $1 and language = $2
""")


async def newest(snapshot: Snapshot) -> Sequence[Template]:
    return await snapshot.all(NEWEST)


async def edition(snapshot: Snapshot) -> Edition:
    return await snapshot.one(EDITION)


async def add(tx: Transaction, kind: str, language: Language, title: str, text: str) -> None:
    """Say it so from now on; what was said before stays on record."""
    await tx.run(ADD, kind, language, title, text, tx.principal.staff_id, tx.now)

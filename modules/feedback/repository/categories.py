"""The catalogue of categories, and how the official list gets into it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.categories import Version
from modules.feedback.model.listed import ListedCategory, ListedGroup

VERSIONS: Final = Query(
    Version,
    """
    select category.code, version.number,
           category.group_code, category_group.label_vi as group_vi,
           category_group.label_en as group_en,
           version.label_vi, version.label_en, version.help_vi, version.help_en,
           version.precision, version.publishable, version.anonymous, version.evidence,
           version.deadline_class,
           version.emergency_notice_vi, version.emergency_notice_en, version.questions,
           version.by_hand, version.valid_from, version.valid_to
      from feedback.category_version as version
      join feedback.category on category.code = version.category_code
      join feedback.category_group on category_group.code = category.group_code
     order by category_group.position, category.position, category.code, version.number
     limit 10000
    """,
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What changes whenever the catalogue does."""

    versions: int
    ended: int
    days: int
    """How many days all that have ended are in force."""


EDITION: Final = Query(
    Edition,
    """
    select count(*)::integer as versions, count(valid_to)::integer as ended,
           coalesce(sum(valid_to - valid_from), 0)::integer as days
      from feedback.category_version
    """,
)

PUT_GROUP: Final = Statement("""
    insert into feedback.category_group (code, position, label_vi, label_en)
    values ($1, $2, $3, $4)
        on conflict (code) do update
       set position = excluded.position, label_vi = excluded.label_vi,
           label_en = excluded.label_en
""")

PUT_CATEGORY: Final = Statement("""
    insert into feedback.category (code, group_code, position)
    values ($1, $2, $3)
        on conflict (code) do update
       set group_code = excluded.group_code, position = excluded.position
""")

END_VERSION: Final = Statement("""
    update feedback.category_version
       set valid_to = $2
     where category_code = $1 and valid_to is null
""")

ADD_VERSION: Final = Statement("""
    insert into feedback.category_version (
        category_code, number, label_vi, label_en, help_vi, help_en, precision, publishable,
        anonymous, evidence, deadline_class, emergency_notice_vi, emergency_notice_en, valid_from)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
""")


async def versions(snapshot: Snapshot) -> Sequence[Version]:
    return await snapshot.all(VERSIONS)


async def edition(snapshot: Snapshot) -> Edition:
    return await snapshot.one(EDITION)


async def put_group(tx: Transaction, group: ListedGroup, position: int) -> None:
    await tx.run(PUT_GROUP, group.code, position, group.vi, group.en)


async def put_category(tx: Transaction, category: ListedCategory, position: int) -> None:
    await tx.run(PUT_CATEGORY, category.code, category.group, position)


async def end_version(tx: Transaction, code: str, on: date) -> None:
    await tx.run(END_VERSION, code, on)


async def add_version(
    tx: Transaction, category: ListedCategory, number: int, valid_from: date
) -> None:
    await tx.run(
        ADD_VERSION,
        category.code,
        number,
        category.label_vi,
        category.label_en,
        category.help_vi,
        category.help_en,
        category.precision,
        category.publishable,
        category.anonymous,
        category.evidence,
        category.deadline_class,
        category.emergency_notice_vi,
        category.emergency_notice_en,
        valid_from,
    )

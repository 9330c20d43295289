"""Categories by hand: versions are added and ended, never changed."""

from datetime import date
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.setup.categories import CategoryDraft


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is one."""

    found: bool


HAS_GROUP: Final = Query(
    Found,
    "select exists (select from feedback.category_group where code = $1) as found",
)

ADD_CATEGORY: Final = Statement("""
    insert into feedback.category (code, group_code, position)
    select $1, $2, coalesce(max(position), 0) + 1
      from feedback.category
        on conflict (code) do nothing
""")

# A version that was planned for later, and is overtaken, is in force on no day.
END: Final = Statement("""
    update feedback.category_version
       set valid_to = greatest(valid_from, $2)
     where category_code = $1 and (valid_to is null or valid_to > $2)
""")

# Touches no row when somebody else has added a version of that number since.
ADD: Final = Statement("""
    insert into feedback.category_version (
        category_code, number, label_vi, label_en, help_vi, help_en, precision, publishable,
        anonymous, evidence, deadline_class, emergency_notice_vi, emergency_notice_en, valid_from,
        questions, by_hand)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, true)
        on conflict (category_code, number) do nothing
""")


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports of a category are open."""

    n: int


OPEN: Final = Query(
    Open,
    """
    select count(*)::integer as n
      from (select
              from feedback.report
             where category_code = $1
               and state in ('received', 'in_review', 'needs_info', 'with_agency',
                             'awaiting_approval', 'reopen_requested')
             limit 1000) as report
    """,
)


async def has_group(snapshot: Snapshot, code: str) -> bool:
    return (await snapshot.one(HAS_GROUP, code)).found


async def add_category(tx: Transaction, code: str, group: str) -> None:
    await tx.run(ADD_CATEGORY, code, group)


async def end(tx: Transaction, code: str, on: date) -> bool:
    return bool(await tx.run(END, code, on))


async def add(tx: Transaction, code: str, number: int, draft: CategoryDraft) -> bool:
    """Add a version. False: there is one of that number."""
    return bool(
        await tx.run(
            ADD,
            code,
            number,
            draft.label_vi,
            draft.label_en,
            draft.help_vi,
            draft.help_en,
            draft.precision,
            draft.publishable,
            draft.anonymous,
            draft.evidence,
            draft.deadline_class,
            draft.emergency_notice_vi,
            draft.emergency_notice_en,
            draft.valid_from,
            list[msgspec.Struct](draft.questions),
        )
    )


async def open_reports(snapshot: Snapshot, code: str) -> int:
    return (await snapshot.one(OPEN, code)).n

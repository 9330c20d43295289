"""Reasons and templates."""

from collections.abc import Sequence
from datetime import date
from typing import Final, LiteralString

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.setup.wording import (
    Reason,
    ReasonCall,
    ReasonDraft,
    Template,
    TemplateDraft,
)

REASON: Final[LiteralString] = """
    for_call, code, position, label_vi, label_en, ended_on, version
"""

TEMPLATE: Final[LiteralString] = """
    code, for_call, reason as for_reason, category_code as category, text_vi, text_en, ended_on,
    version
"""

REASONS: Final = Query(
    Reason, f"select {REASON} from feedback.reason order by for_call, position, code limit 1000"
)

FIND_REASON: Final = Query(
    Reason, f"select {REASON} from feedback.reason where for_call = $1 and code = $2"
)

# Touches no row when somebody has changed it since; 0 makes a new one.
PUT_REASON: Final = Query(
    Reason,
    f"""
    insert into feedback.reason (for_call, code, position, label_vi, label_en, ended_on)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (for_call, code) do update
       set position = excluded.position, label_vi = excluded.label_vi,
           label_en = excluded.label_en, ended_on = excluded.ended_on,
           version = reason.version + 1
     where reason.version = $7
    returning {REASON}
    """,
)

OFFER_REASON: Final = Statement("""
    insert into feedback.reason (for_call, code, position, label_vi, label_en)
    values ($1, $2, $3, $4, $5)
        on conflict (for_call, code) do nothing
""")

TEMPLATES: Final = Query(
    Template, f"select {TEMPLATE} from feedback.template order by for_call, code limit 1000"
)

FIND_TEMPLATE: Final = Query(Template, f"select {TEMPLATE} from feedback.template where code = $1")

PUT_TEMPLATE: Final = Query(
    Template,
    f"""
    insert into feedback.template (
        code, for_call, reason, category_code, text_vi, text_en, ended_on)
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (code) do update
       set for_call = excluded.for_call, reason = excluded.reason,
           category_code = excluded.category_code, text_vi = excluded.text_vi,
           text_en = excluded.text_en, ended_on = excluded.ended_on,
           version = template.version + 1
     where template.version = $8
    returning {TEMPLATE}
    """,
)

OFFER_TEMPLATE: Final = Statement("""
    insert into feedback.template (code, for_call, reason, text_vi, text_en)
    values ($1, $2, $3, $4, $5)
        on conflict (code) do nothing
""")

FOR_CALL: Final = Query(
    Template,
    f"""
    select {TEMPLATE}
      from feedback.template
     where for_call = $1
       and (category_code is null or category_code = $2)
       and (ended_on is null or ended_on > $3)
     order by category_code is null, reason, code
     limit 200
    """,
)


async def reasons(snapshot: Snapshot) -> Sequence[Reason]:
    return await snapshot.all(REASONS)


async def reason(snapshot: Snapshot, call: ReasonCall, code: str) -> Reason | None:
    return await snapshot.maybe(FIND_REASON, call, code)


async def put_reason(
    tx: Transaction, call: ReasonCall, code: str, draft: ReasonDraft, version: int
) -> Reason | None:
    """Keep a reason under its code. None: it is not in the version that was seen."""
    labels = draft.label_vi, draft.label_en
    return await tx.maybe(PUT_REASON, call, code, draft.position, *labels, draft.ended_on, version)


async def offer_reason(
    tx: Transaction, call: str, code: str, position: int, vi: str, en: str
) -> None:
    """Keep a reason of the list that ships, where there is none of that code."""
    await tx.run(OFFER_REASON, call, code, position, vi, en)


async def templates(snapshot: Snapshot) -> Sequence[Template]:
    return await snapshot.all(TEMPLATES)


async def template(snapshot: Snapshot, code: str) -> Template | None:
    return await snapshot.maybe(FIND_TEMPLATE, code)


async def put_template(
    tx: Transaction, code: str, draft: TemplateDraft, version: int
) -> Template | None:
    """Keep a template under its code. None: it is not in the version that was seen."""
    return await tx.maybe(
        PUT_TEMPLATE,
        code,
        draft.for_call,
        draft.for_reason,
        draft.category,
        draft.text_vi,
        draft.text_en,
        draft.ended_on,
        version,
    )


async def offer_template(
    tx: Transaction, code: str, call: str, reason: str | None, vi: str, en: str
) -> None:
    """Keep a template of the list that ships, where there is none of that code."""
    await tx.run(OFFER_TEMPLATE, code, call, reason, vi, en)


async def for_call(snapshot: Snapshot, call: str, category: str, today: date) -> Sequence[Template]:
    return await snapshot.all(FOR_CALL, call, category, today)

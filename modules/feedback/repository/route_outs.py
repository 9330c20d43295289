"""Ways to other channels."""

from collections.abc import Sequence
from typing import Final, LiteralString

from backend.kernel import Query, Snapshot, Transaction
from modules.feedback.model.route_outs import RouteOut, RouteOutDraft

COLUMNS: Final[LiteralString] = """
    code, text_vi, text_en, phone, link, law, keywords, category_code as category, valid_from,
    valid_to, version
"""

IN_FORCE: Final = Query(
    RouteOut,
    f"""
    select {COLUMNS}
      from feedback.route_out
     where valid_from <= $1 and (valid_to is null or valid_to > $1)
     order by code
     limit 200
    """,
)

ALL: Final = Query(RouteOut, f"select {COLUMNS} from feedback.route_out order by code limit 1000")

# Touches no row when somebody has changed it since; 0 makes a new one.
PUT: Final = Query(
    RouteOut,
    f"""
    insert into feedback.route_out (
        code, text_vi, text_en, phone, link, law, keywords, category_code, valid_from, valid_to)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (code) do update
       set text_vi = excluded.text_vi, text_en = excluded.text_en, phone = excluded.phone,
           link = excluded.link, law = excluded.law, keywords = excluded.keywords,
           category_code = excluded.category_code, valid_from = excluded.valid_from,
           valid_to = excluded.valid_to, version = route_out.version + 1
     where route_out.version = $11
    returning {COLUMNS}
    """,
)


async def in_force(snapshot: Snapshot) -> Sequence[RouteOut]:
    return await snapshot.all(IN_FORCE, snapshot.today)


async def listed(snapshot: Snapshot) -> Sequence[RouteOut]:
    return await snapshot.all(ALL)


async def put(tx: Transaction, code: str, draft: RouteOutDraft, version: int) -> RouteOut | None:
    """Keep a way under its code. None: it is not in the version that was seen."""
    return await tx.maybe(
        PUT,
        code,
        draft.text_vi,
        draft.text_en,
        draft.phone,
        draft.link,
        draft.law,
        list(draft.keywords),
        draft.category,
        draft.valid_from,
        draft.valid_to,
        version,
    )

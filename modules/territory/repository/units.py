"""Units, their earlier names, and what ended ones left to new ones."""

from collections.abc import Sequence

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.territory.model.units import Handover, Unit

# The whole country has 14,138 units; the limits say when a list is not what it claims to be.
UNITS = Query(
    Unit,
    """
    select code, valid_from, valid_to, level, kind, name, key, parent_code, province_code,
           start_known, legal_reference,
           array(
               select alias
                 from territory.unit_alias
                where unit_alias.code = unit.code and unit_alias.valid_from = unit.valid_from
                order by alias
           ) as aliases
      from territory.unit
     order by code, valid_from
     limit 100000
    """,
)

HANDOVERS = Query(
    Handover,
    """
    select old_code, old_from, new_code, new_from, kind, effective_on, legal_reference
      from territory.succession
     order by old_code, old_from, new_code, new_from
     limit 100000
    """,
)

# In the order of codes and days, so that a unit ends before another takes its code.
PUT_UNITS = Statement(
    """
    insert into territory.unit (
        code, valid_from, valid_to, level, kind, name, key, parent_code, province_code,
        start_known, legal_reference
    )
    select code, valid_from, valid_to, level, kind, name, key, parent_code, province_code,
           start_known, legal_reference
      from jsonb_to_recordset($1::jsonb) as entry (
               code text, valid_from date, valid_to date, level text, kind text, name text,
               key text, parent_code text, province_code text, start_known boolean,
               legal_reference text
           )
     order by code, valid_from
        on conflict (code, valid_from) do update
       set valid_to = excluded.valid_to,
           kind = excluded.kind,
           name = excluded.name,
           key = excluded.key,
           parent_code = excluded.parent_code,
           province_code = excluded.province_code,
           start_known = excluded.start_known,
           legal_reference = excluded.legal_reference
    """
)

PUT_ALIASES = Statement(
    """
    insert into territory.unit_alias (code, valid_from, alias)
    select code, valid_from, unnest(aliases)
      from jsonb_to_recordset($1::jsonb) as entry (code text, valid_from date, aliases text[])
        on conflict do nothing
    """
)

PUT_HANDOVERS = Statement(
    """
    insert into territory.succession (
        old_code, old_from, new_code, new_from, kind, effective_on, legal_reference
    )
    select old_code, old_from, new_code, new_from, kind, effective_on, legal_reference
      from jsonb_to_recordset($1::jsonb) as entry (
               old_code text, old_from date, new_code text, new_from date, kind text,
               effective_on date, legal_reference text
           )
        on conflict (old_code, old_from, new_code, new_from) do update
       set kind = excluded.kind,
           effective_on = excluded.effective_on,
           legal_reference = excluded.legal_reference
    """
)


async def units(snapshot: Snapshot) -> Sequence[Unit]:
    return await snapshot.all(UNITS)


async def handovers(snapshot: Snapshot) -> Sequence[Handover]:
    return await snapshot.all(HANDOVERS)


async def put(tx: Transaction, units: Sequence[Unit], handovers: Sequence[Handover]) -> None:
    """Add or correct units and handovers. The database refuses two bearers of one code."""
    await tx.run(PUT_UNITS, units)
    await tx.run(PUT_ALIASES, units)
    await tx.run(PUT_HANDOVERS, handovers)

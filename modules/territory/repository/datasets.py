"""What was loaded, and when."""

from collections.abc import Sequence

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from contracts.territory import Register
from modules.territory.model.datasets import Dataset, Provenance

# Two loadings at once would each check a register that the other is about to change.
LOCK = Statement("select pg_advisory_xact_lock(hashtext('territory.register'))")

ADD = Statement(
    """
    insert into territory.dataset (
        version, register, province_code, as_of, source, licence, loaded_at
    )
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

FIND = Query(
    Dataset,
    """
    select version, register, province_code, as_of, source, licence, loaded_at
      from territory.dataset
     where version = $1
    """,
)

LIST = Query(
    Dataset,
    """
    select version, register, province_code, as_of, source, licence, loaded_at
      from territory.dataset
     order by loaded_at desc, version
     limit 100
    """,
)


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """Enough of a register's loadings to tell whether there was another one."""

    version: str | None
    loadings: int


NEWEST = Query(
    Newest,
    """
    select max(version) filter (where loaded_at = newest) as version, count(*)::int as loadings
      from (
          select version, loaded_at, max(loaded_at) over () as newest
            from territory.dataset
           where register = $1
      ) as loading
    """,
)

BOUNDARIES = Query(
    Dataset,
    """
    select version, register, province_code, as_of, source, licence, loaded_at
      from territory.dataset
     where register = 'boundaries'
     order by as_of desc, loaded_at desc
     limit 1000
    """,
)


async def lock(tx: Transaction) -> None:
    """Let no other change of the register begin before this transaction has ended."""
    await tx.run(LOCK)


async def add(
    tx: Transaction,
    register: Register,
    version: str,
    provenance: Provenance,
    province_code: str | None = None,
) -> None:
    await tx.run(
        ADD,
        version,
        register,
        province_code,
        provenance.as_of,
        provenance.source,
        provenance.licence,
        tx.now,
    )


async def find(snapshot: Snapshot, version: str) -> Dataset | None:
    return await snapshot.maybe(FIND, version)


async def newest(snapshot: Snapshot, register: Register) -> Newest:
    """Return what changes whenever the register was loaded anew."""
    return await snapshot.one(NEWEST, register)


async def listed(snapshot: Snapshot) -> Sequence[Dataset]:
    """Return the latest hundred loadings, newest first."""
    return await snapshot.all(LIST)


async def boundaries(snapshot: Snapshot) -> Sequence[Dataset]:
    """Return the sets of boundaries, those of the latest days first."""
    return await snapshot.all(BOUNDARIES)

"""A rule says of each row in Python what it says in SQL, for every caller."""

from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel import (
    Principal,
    Rule,
    area_in,
    everything,
    owner,
    role,
    same_agency,
    same_client,
    ward_of,
)
from backend.kernel.database import Connection

PEOPLE = [UUID(int=number) for number in range(3)]
AREAS = ["38", "14797", "16531", "01"]
CLIENTS = ["", "bank", "post"]
ROLES = ["moderator", "clerk"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row that every kind of rule can look at."""

    person_id: UUID | None
    agency_id: UUID | None
    area_code: str | None
    client_id: str | None


ROWS = [
    Row(person_id=person, agency_id=agency, area_code=area, client_id=client)
    for person, agency, area, client in product(
        [None, *PEOPLE[:2]], [None, *PEOPLE[1:]], [None, *AREAS[1:]], [None, *CLIENTS]
    )
]

principals = st.builds(
    Principal,
    kind=st.sampled_from(["anyone", "citizen", "staff", "partner", "job"]),
    person_id=st.sampled_from([None, *PEOPLE]),
    client_id=st.sampled_from(CLIENTS),
    roles=st.frozensets(st.sampled_from(ROLES)),
    agencies=st.frozensets(st.sampled_from(PEOPLE)),
    areas=st.frozensets(st.sampled_from(AREAS)),
    wards=st.frozensets(st.sampled_from(PEOPLE)),
)

rules = st.recursive(
    st.sampled_from(
        [
            owner("person_id"),
            ward_of("person_id"),
            same_agency("agency_id"),
            area_in("area_code"),
            same_client("client_id"),
            role("moderator"),
            role("clerk", "moderator"),
            everything(),
        ]
    ),
    lambda parts: st.one_of(
        st.tuples(parts, parts).map(lambda two: two[0] & two[1]),
        st.tuples(parts, parts).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=5,
)


async def seen(connection: Connection, rule: Rule, principal: Principal, first: int) -> list[Any]:
    """Return the numbers of the rows that the database shows this caller."""
    condition, arguments = rule.sql(first)
    before = ", ".join(f"${place}::integer" for place in range(1, first))
    rows = await connection.fetch(
        f"select id, ({before or 'null'}) from things where {condition} order by id",
        *range(1, first),
        *(argument(principal) for argument in arguments),
    )
    return [row["id"] for row in rows]


@pytest.fixture
async def things(connection: Connection) -> None:
    await connection.execute(
        """
        create temporary table if not exists things
            (id integer, person_id uuid, agency_id uuid, area_code text, client_id text)
        """
    )
    await connection.execute("truncate things")
    await connection.copy_records_to_table(
        "things",
        records=[(number, *msgspec.structs.astuple(row)) for number, row in enumerate(ROWS)],
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules, principal=principals, first=st.integers(1, 3))
async def test_a_rule_means_the_same_in_python_and_in_sql(
    connection: Connection, things: None, rule: Rule, principal: Principal, first: int
) -> None:
    allowed = [number for number, row in enumerate(ROWS) if rule.test(principal, row)]

    assert await seen(connection, rule, principal, first) == allowed


@given(principals)
def test_the_order_of_a_set_never_shows_in_a_parameter(principal: Principal) -> None:
    for rule in (ward_of("person_id"), same_agency("agency_id"), area_in("area_code")):
        values = [argument(principal) for argument in rule.sql(1)[1]]

        assert all(value == sorted(value) for value in values if isinstance(value, list))


def test_a_rule_of_nobody_is_no_rule() -> None:
    with pytest.raises(NotImplementedError):
        Rule().test(Principal(kind="anyone"), None)
    with pytest.raises(NotImplementedError):
        Rule().sql(1)

"""The second wall, with nothing before it: what each kind of caller sees of a whole table.

One row is made for each table that has a wall, read from the catalogue, so that a new table is
tried without anybody's thinking of it. All of the rows belong to the same people: one citizen, one
officer's agency and commune, one partner. Everybody else asks for every table, without a filter.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from backend.host.registry import discover
from backend.kernel import Module, Principal, Scope
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing.databases import Templates, of
from tests.architecture.walled import (
    AGENCY,
    AREA,
    OTHER,
    OWNERS,
    PERSON,
    STAFF,
    STRANGERS,
    WALLED,
    add_a_row,
    become,
    seen,
)

_PUBLIC: Final = "it is public"
_DESK: Final = "the wall knows kinds, not roles: the rule says which officers of the province"
_DIGESTS: Final = "whoever is stopped, or shows a key, finds digests and no person"
OPEN: Final[Mapping[str, str]] = {
    "documents.subject": "random names for certificates; who drafts a paper makes the other side's",
    "feedback.block": _DIGESTS,
    "feedback.category": _PUBLIC,
    "feedback.category_version": _PUBLIC,
    "feedback.deadline_term": _PUBLIC,
    "feedback.open311_key": _DIGESTS,
    "feedback.public_report": _PUBLIC,
    "feedback.reason": _PUBLIC,
    "feedback.route_out": _PUBLIC,
    "feedback.setup_change": _DESK,
    "feedback.stat_day": _PUBLIC,
    "feedback.stat_sum": _PUBLIC,
    "feedback.template": _DESK,
    "health_books.message": "a facility's own numbers, whatever it asks for now",
    "health_books.sender": _DESK,
    "identity.commune": _PUBLIC,
    "identity.consent_live": "a partner hears whether somebody agreed, whatever it asks for now",
    "identity.enrolment": _DESK,
    "identity.proposal": _DESK,
    "identity.reorganisation": _DESK,
    "labour_contracts.handover": "ids and moments of what waits for a provider, and nobody's name",
    "labour_contracts.provider_event": "a provider's own words, whatever it asks for now",
    "privacy.hold": _DESK,
    "privacy.incident": _DESK,
    "privacy.request": _DESK,
    "public_services.connector": _PUBLIC,
}
"""Tables of which a stranger sees rows, and why that is right."""

OF_THE_HOUSE: Final[Mapping[str, str]] = {
    "feedback.head": "the newest link of a chain, kept by the worker",
    "feedback.manifest": "what the worker has sealed",
    "notifications.delivery": "what the worker has still to send",
}
"""Tables whose rows belong to no caller, so that only the worker sees them, and why."""

SIGNING_IN: Final = """
    select nspname || '.' || relname as name
      from pg_policy
      join pg_class on pg_class.oid = polrelid
      join pg_namespace on pg_namespace.oid = relnamespace
     where polname = 'signing_in' and nspname = 'identity'
"""
"""Tables that the sign-in role must read before it is known who asks: their policy says so."""

RULED: Final[Mapping[str, tuple[str, ...]]] = {
    "documents:issue": ("documents.issuance_run", "documents.run_item"),
    "documents:read": ("documents.document",),
    "documents:sign": (
        "documents.enrolment",
        "documents.certificate",
        "documents.signing_session",
    ),
    "documents:share": ("documents.access",),
    "feedback:own": ("feedback.reporter",),
    "feedback:follow": ("feedback.follower", "feedback.subscription"),
    "feedback:triage": ("feedback.report",),
    "feedback:identity": ("feedback.report",),
    "feedback:originals": ("feedback.report",),
    "feedback:work": ("feedback.assignment",),
    "files:upload": ("files.file",),
    "identity:read": ("identity.consent", "identity.consent_live", "identity.passkey"),
    "identity:write": ("identity.consent", "identity.passkey"),
    "health_books:treat": ("health_books.visit", "health_books.item", "health_books.opening"),
    "health_books:read": ("health_books.visit", "health_books.item", "health_books.opening"),
    "health_books:senders": ("health_books.sender",),
    "labour_contracts:draft": ("documents.document", "labour_contracts.contract"),
    "transcripts:enter": ("transcripts.record",),
    "transcripts:confirm": ("transcripts.record",),
    "transcripts:issue": ("transcripts.record",),
    "transcripts:read": ("transcripts.record",),
    "notifications:read": ("notifications.message",),
    "notifications:own": ("notifications.device", "notifications.preference"),
    "privacy:ask": ("privacy.request", "privacy.erasure"),
    "privacy:take-out": ("privacy.export",),
    "privacy:desk": ("privacy.request", "privacy.incident", "privacy.hold"),
    "privacy:hold": ("privacy.hold",),
    "public_services:dossiers.own": (
        "public_services.dossier_owner",
        "public_services.dossier_watch",
        "public_services.dossier_rating",
    ),
    "public_services:favourites": ("public_services.favourite",),
    "feedback:configure": ("feedback.block", "feedback.open311_key", "feedback.route_out"),
    "identity:oversee": ("identity.proposal", "identity.reorganisation"),
    "identity:administer": ("identity.proposal", "identity.enrolment"),
}
"""Of which walled tables each scope's rule is asked."""

UNRULED: Final = (
    "audit:export",
    "audit:inquire",
    "calendar:edit",
    "documents:revoke",
    "documents:trust",
    "documents:verify",
    "health_books:import",
    "health_books:partner",
    "identity:papers",
    "identity:phone",
    "identity:privacy",
    "identity:wards",
    "labour_contracts:provider",
    "labour_contracts:watch",
    "notifications:configure",
    "public_services:connector",
    "public_services:dossiers.read",
    "public_services:edit",
    "public_services:publish",
    "public_services:review",
    "territory:edit",
    "work:mend",
    "work:see",
)
"""Scopes over tables that have no wall, that functions of identity alone may read, or that show to
a desk what ends as was read out, for one transaction; of consent rule and wall ask one function."""

JOINED: Final[Mapping[str, str]] = {
    "documents:read": "documents.document join documents.access on document_id = document.id",
}
"""What a rule is asked of where it looks at columns of two tables."""

PLANTED: Final = """
    create table notifications.planted (person_id uuid not null);
    alter table notifications.planted enable row level security;
    alter table notifications.planted force row level security;
    create policy too_wide on notifications.planted using (tinhs.kind() = 'citizen');
    grant select on notifications.planted to tinhs_rt;
"""
_SETTINGS: Final = ("kind", "person_id", "staff_id", "subjects", "agencies", "areas")
NOBODY: Final = dict.fromkeys(_SETTINGS, "")


def here(names: Iterable[str]) -> set[str]:
    """Leave out what is said of modules that are not here."""
    installed = {module.name for module in discover(guests=())}
    return {name for name in names if re.split("[.:]", name)[0] in installed}


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tables(database: DatabaseUrls, templates: Templates) -> AsyncGenerator[list[str]]:
    """Put one row into every table that has a wall; return their names.

    Whether a row makes sense is not what is asked here, so nothing looks at it: neither foreign
    keys and triggers nor checks.
    """
    admin = await asyncpg.connect(of(templates.dsn, urlsplit(database.owner).path[1:]))
    await admin.execute("set session_replication_role = replica")
    found = await admin.fetch(WALLED)
    for table in found:
        await add_a_row(admin, table["name"], table["oid"])
    await admin.close()
    yield [table["name"] for table in found]


@pytest.mark.parametrize("who", STRANGERS)
async def test_without_a_filter_a_stranger_sees_no_row_of_another(
    who: str, database: DatabaseUrls, connection: Connection, tables: Sequence[str]
) -> None:
    signing_in = {row["name"] for row in await connection.fetch(SIGNING_IN)}

    requests = await seen(database.runtime, STRANGERS[who], tables)
    sign_in = await seen(database.auth, STRANGERS[who], tables)

    assert sorted(requests - set(OPEN)) == []
    assert sorted(sign_in - set(OPEN) - signing_in) == []
    assert not signing_in & requests


async def test_whose_a_row_is_sees_it(
    database: DatabaseUrls, connection: Connection, tables: Sequence[str]
) -> None:
    """A wall that hides everything would pass every other test here."""
    signing_in = {row["name"] for row in await connection.fetch(SIGNING_IN)}
    shown = {
        table
        for context in OWNERS.values()
        for dsn in (database.runtime, database.auth)
        for table in await seen(dsn, context, tables)
    }
    worker = await seen(database.job, {"kind": "job"}, tables)

    assert sorted(set(tables) - shown - set(OF_THE_HOUSE)) == []
    assert here(OF_THE_HOUSE) <= worker - shown
    assert here(OPEN) | signing_in <= set(tables)
    assert len(tables) > 50


async def test_a_new_table_is_tried_without_being_told(
    templates: Templates, database: DatabaseUrls, tables: Sequence[str]
) -> None:
    """The catalogue is what is tried, so a wall with a hole in it is found the day it is built."""
    admin = await asyncpg.connect(of(templates.dsn, urlsplit(database.owner).path[1:]))
    await admin.execute(PLANTED)
    found = {row["name"]: row["oid"] for row in await admin.fetch(WALLED)}
    await add_a_row(admin, "notifications.planted", found["notifications.planted"])
    shown = await seen(database.runtime, STRANGERS["another citizen"], ["notifications.planted"])
    await admin.execute("drop table notifications.planted")
    await admin.close()

    assert shown == {"notifications.planted"}


# --- what a rule allows, the wall shows ---------------------------------------------------------


def callers(scope: Scope) -> Iterator[tuple[Principal, Mapping[str, str]]]:
    """Return every kind of caller whom the door of a scope may let in, and the settings of each.

    Each is near to the row, or far from it, in every way there is.
    """
    for person, ward, agency, area, role in product(
        (PERSON, OTHER), (PERSON, None), (AGENCY, OTHER), (AREA, "16531"), (*scope.roles, None)
    ):
        wards = [ward] if ward else []
        if "citizen" in scope.kinds:
            yield (
                Principal(kind="citizen", person_id=person, wards=frozenset(wards)),
                {
                    "kind": "citizen",
                    "person_id": str(person),
                    "subjects": f"{{{','.join(map(str, [person, *wards]))}}}",
                },
            )
        if "staff" in scope.kinds and role:
            staff = STAFF if person == PERSON else OTHER
            yield (
                Principal(
                    kind="staff",
                    staff_id=staff,
                    roles=frozenset({role}),
                    agencies=frozenset({agency}),
                    areas=frozenset({area}),
                ),
                {
                    "kind": "staff",
                    "staff_id": str(staff),
                    "agencies": f"{{{agency}}}",
                    "areas": f"{{{area}}}",
                },
            )


async def allowed(admin: Any, scope: Scope, principal: Principal, table: str) -> bool:
    """Tell whether the rule lets the caller touch the row, where no wall stands."""
    assert scope.rule is not None
    condition, arguments = scope.rule.sql(1)
    values = [argument(principal) for argument in arguments]
    asked = JOINED.get(scope.name, table)
    return bool(await admin.fetchval(f"select count(*) from {asked} where {condition}", *values))


SCOPES = [scope for module in discover(guests=()) for scope in module.scopes]
ASKED = [scope for scope in SCOPES if scope.name in RULED]


def test_every_scope_says_of_which_tables_it_is_asked() -> None:
    assert sorted(scope.name for scope in SCOPES) == sorted(here([*RULED, *UNRULED]))


@pytest.mark.parametrize("scope", ASKED, ids=[scope.name for scope in ASKED])
async def test_no_rule_is_wider_than_the_wall(
    scope: Scope, database: DatabaseUrls, templates: Templates, tables: Sequence[str]
) -> None:
    admin = await asyncpg.connect(of(templates.dsn, urlsplit(database.owner).path[1:]))
    hidden: list[object] = []
    tried = 0
    for table in RULED[scope.name]:
        role = database.auth if table.startswith("identity.") else database.runtime
        connection = await asyncpg.connect(role)
        for principal, context in callers(scope):
            async with connection.transaction():
                await become(connection, {**NOBODY, **context})
                is_shown = bool(await connection.fetchval(f"select count(*) from {table}"))
            may = await allowed(admin, scope, principal, table)
            tried += may
            if may and not is_shown:
                hidden.append((table, context))
        await connection.close()
    await admin.close()

    assert hidden == []
    assert tried

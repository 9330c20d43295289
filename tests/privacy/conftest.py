"""People with an account that has everything in it, and the desk that answers them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from backend.identity.authority import Authority
from backend.identity.login import numbers
from backend.identity.people.recording import record_identifier, record_who
from backend.identity.scopes import READ
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.testing import Caller
from backend.testing.databases import Templates, of
from tests.audit.conftest import data_dir, work
from tests.people import clinic
from tests.people.conftest import COMPLAINT, STRANGER, authority, modules, visit

__all__ = ["COMPLAINT", "STRANGER", "authority", "data_dir", "modules", "visit", "work"]

NAME = "Nguyễn Thị Bích Ngọc"
BORN = "1994-05-20"


def phone_of(person: Caller) -> str:
    """Return a number that is this person's alone."""
    return f"+8498{cast('UUID', person.person_id).int % 10**7:07d}"


def number_of(person: Caller) -> str:
    """Return a personal number that is this person's alone."""
    return f"038{cast('UUID', person.person_id).int % 10**9:09d}"


Drain = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def patient(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(clinic.TELL, READ, ASK, TAKE_OUT, ial=2)


@pytest_asyncio.fixture(loop_scope="session")
async def known(patient: Caller, visit: UUID, authority: Authority) -> Caller:
    """A patient whose name, number and phone are known."""
    person_id = cast("UUID", patient.person_id)
    async with authority.transaction() as tx:
        await record_who(tx, person_id, name=NAME, birth_date=BORN)
        await record_identifier(tx, person_id, "national_id", number_of(patient), source="vneid")
        await numbers.keep(tx, authority.kms, person_id, phone_of(patient))
    return patient


@pytest.fixture
def desk(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("privacy")


@pytest.fixture
def colleague(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("privacy")


@pytest.fixture(autouse=True)
def nothing_is_held() -> Iterator[None]:
    yield
    clinic.ClinicData.held_until = None


@pytest_asyncio.fixture(loop_scope="session")
async def superuser(database: DatabaseUrls, templates: Templates) -> AsyncGenerator[Connection]:
    """Somebody who has a copy of the whole database."""
    name = urlsplit(database.owner).path.removeprefix("/")
    connection: Any = await asyncpg.connect(of(templates.dsn, name))
    yield connection
    await connection.close()

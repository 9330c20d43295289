"""Real people, officers, partners and sessions, made in the database by the sign-in role.

Every way of signing in ends here, and so do `/dev/login` and the testing kit: nobody comes in
by another door.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.identity import repository
from backend.identity.jws import encoded
from backend.identity.repository import Session
from backend.kernel import Transaction

APP: Final = "tinhs-app"
"""The client id of our own app."""

SESSION_IDLE: Final = timedelta(days=30)
SESSION_LIFE: Final = timedelta(days=180)
ACCOUNT_IDLE: Final = timedelta(minutes=15)
ACCOUNT_LIFE: Final = timedelta(hours=2)
CONSOLE_IDLE: Final = timedelta(minutes=30)
CONSOLE_LIFE: Final = timedelta(hours=12)

AMR: Final[dict[str, tuple[str, ...]]] = {"aal1": ("otp",), "aal2": ("hwk", "user")}
"""How it is proved who somebody is, where nobody says otherwise (RFC 8176)."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Who has signed in to which program, and how well that was proved."""

    person_id: UUID
    client_id: str
    scope: str
    ial: int
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime


class ConsoleLogin(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer's browser is given; the database keeps the hashes."""

    cookie: str
    csrf: str


async def mint_citizen(
    tx: Transaction,
    *,
    jkt: str,
    scopes: Collection[str],
    ial: int = 0,
    acr: Literal["aal1", "aal2"] = "aal1",
    person_id: UUID | None = None,
    client_id: str = APP,
) -> Session:
    """Sign a person in on the device whose key has the thumbprint `jkt`; a new one, if need be.

    An earlier session of that program on that device ends (step-up supersedes).
    """
    person = person_id or tx.new_id()
    await keep_citizen(tx, person, ial=ial)
    return await open_session(
        tx,
        Login(
            person_id=person,
            client_id=client_id,
            scope=" ".join(sorted(scopes)),
            ial=ial,
            acr=acr,
            amr=AMR[acr],
            auth_time=tx.now,
        ),
        jkt=jkt,
    )


async def keep_citizen(tx: Transaction, person_id: UUID, *, ial: int) -> None:
    """Let there be this person; one who is there already stays as they are."""
    status = "verified" if ial else "unverified"
    await tx.run(repository.KEEP_PERSON, person_id, status, ial, tx.now)


async def open_session(
    tx: Transaction,
    login: Login,
    *,
    jkt: str,
    idle: timedelta = SESSION_IDLE,
    life: timedelta = SESSION_LIFE,
) -> Session:
    """Open the session that a login was for, on the device whose key has the thumbprint `jkt`.

    An earlier session of that program on that device ends (step-up supersedes).
    """
    await tx.run(repository.LOCK_PERSON, login.person_id)
    await tx.run(repository.SUPERSEDE_SESSIONS, login.person_id, login.client_id, jkt, tx.now)
    session = Session(id=tx.new_id(), dpop_jkt=jkt, **msgspec.structs.asdict(login))
    await tx.run(
        repository.ADD_SESSION,
        *msgspec.structs.astuple(session),
        tx.now + idle,
        tx.now + life,
    )
    return session


async def open_account(tx: Transaction, login: Login) -> str:
    """Open a session of our own pages; return the cookie of 256 random bits that is its key."""
    cookie = secrets.token_urlsafe(32)
    await open_session(tx, login, jkt=cookie_key(cookie), idle=ACCOUNT_IDLE, life=ACCOUNT_LIFE)
    return cookie


def cookie_key(cookie: str) -> str:
    """Return what stands for a citizen's cookie where a device's key stands for other sessions."""
    return encoded(sha256(cookie.encode()).digest())


async def mint_ward(
    tx: Transaction,
    *,
    guardian_id: UUID,
    ward_id: UUID | None = None,
    of_age_at: datetime | None = None,
) -> UUID:
    """Make somebody whom the guardian represents from now on; return the person id.

    A child is `of_age_at` the eighteenth birthday; other wards never are.
    """
    ward = ward_id or tx.new_id()
    await tx.run(repository.KEEP_PERSON, ward, "unverified", 0, tx.now)
    await tx.run(
        repository.KEEP_WARD,
        tx.new_id(),
        ward,
        guardian_id,
        "parent",
        "birth certificate",
        "counter",
        tx.now,
        of_age_at,
    )
    return ward


async def mint_staff(
    tx: Transaction,
    *,
    name: str,
    roles: Collection[str],
    agency_id: UUID,
    areas: Collection[str],
    staff_id: UUID | None = None,
) -> UUID:
    """Let an officer work for an agency, with these roles, in these areas; repeating adds none.

    `areas` are commune codes, or a province's for all of its communes.
    """
    staff = staff_id or tx.new_id()
    await tx.run(repository.KEEP_STAFF, staff, name)
    await tx.run(repository.GRANT_ROLES, staff, sorted(roles), agency_id, tx.now)
    await tx.run(repository.GRANT_AREAS, staff, sorted(areas), tx.now)
    return staff


def form_token(cookie: str) -> str:
    """Return what the forms of a session carry: known to whoever holds its cookie."""
    return encoded(sha256(f"form|{cookie}".encode()).digest())


def new_console_login() -> ConsoleLogin:
    """Return a cookie of 256 random bits, and the token of its forms."""
    cookie = secrets.token_urlsafe(32)
    return ConsoleLogin(cookie=cookie, csrf=form_token(cookie))


async def mint_console_session(tx: Transaction, staff_id: UUID) -> ConsoleLogin:
    """Open an officer's console session, as one that has just been proved with a passkey."""
    login = new_console_login()
    await tx.run(
        repository.ADD_CONSOLE_SESSION,
        sha256(login.cookie.encode()).digest(),
        staff_id,
        tx.now,
        sha256(login.csrf.encode()).digest(),
        tx.now + CONSOLE_IDLE,
        tx.now + CONSOLE_LIFE,
    )
    return login


async def mint_partner(
    tx: Transaction,
    *,
    client_id: str,
    name: str,
    scopes: Collection[str],
    purposes: Collection[str] = (),
) -> None:
    """Register a partner's program, with what its agreement allows."""
    await tx.run(repository.KEEP_PARTNER, client_id, name, sorted(scopes), sorted(purposes))

"""`/v1/account/sessions` and `/v1/account/claims`: where one is signed in, and who else says so."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import delete, get
from litestar.params import FromPath, FromQuery, QueryParameter

from backend.identity.account import repository
from backend.identity.account.repository import Claim, OpenSession
from backend.identity.entry import AS_SIGN_IN
from backend.identity.scopes import READ, WRITE
from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """Where one is signed in, the newest first."""

    items: tuple[OpenSession, ...]
    current_id: UUID | None
    """The one that asks."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Devices that say they are the owner's, and wait."""

    items: tuple[Claim, ...]


@get(
    "/v1/account/sessions",
    operation_id="listSessions",
    tags=["identity"],
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True},
)
async def list_sessions(snapshot: Injected[Snapshot]) -> Sessions:
    """List where you are signed in."""
    return await sessions_of(snapshot)


async def sessions_of(snapshot: Snapshot) -> Sessions:
    """Return where the caller is signed in, and which session asks."""
    caller = snapshot.principal
    found = await snapshot.all(repository.SESSIONS, caller.person_id, snapshot.now)
    return Sessions(items=tuple(found), current_id=caller.session_id)


@delete(
    "/v1/account/sessions/{session_id:uuid}",
    operation_id="endSession",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound),
)
async def end_session(session_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Sign a device out; its next request is refused."""
    await end_one(tx, session_id)


async def end_one(tx: Transaction, session_id: UUID) -> None:
    """End a session of the caller. Raises `NotFound`."""
    if not await tx.run(repository.END_SESSION, tx.principal.person_id, session_id, tx.now):
        raise NotFound


@delete(
    "/v1/account/sessions",
    operation_id="endOtherSessions",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
)
async def end_other_sessions(
    others: Annotated[  # noqa: ARG001 - said so that a missing id does not end everything
        FromQuery[Literal[1]], QueryParameter(description="Always 1.")
    ],
    tx: Injected[Transaction],
) -> None:
    """Sign every other device out."""
    await end_others(tx)


async def end_others(tx: Transaction) -> None:
    """End every session of the caller but the one that asks."""
    caller = tx.principal
    await tx.run(repository.END_OTHERS, caller.person_id, caller.session_id, tx.now)


@get(
    "/v1/account/claims",
    operation_id="listDeviceClaims",
    tags=["identity"],
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True},
)
async def list_claims(snapshot: Injected[Snapshot]) -> Claims:
    """List devices that hold your number, say that they are yours, and will be believed soon."""
    found = await snapshot.all(repository.CLAIMS, snapshot.principal.person_id, snapshot.now)
    return Claims(items=tuple(found))


@delete(
    "/v1/account/claims",
    operation_id="objectToDeviceClaims",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound),
)
async def object_to_claims(tx: Injected[Transaction]) -> None:
    """Object: none of the devices that wait is yours. They never get in this way."""
    await object_to_all(tx)


async def object_to_all(tx: Transaction) -> None:
    """Turn every device away that waits for the caller's account. Raises `NotFound`."""
    if not await tx.run(repository.OBJECT, tx.principal.person_id, tx.now):
        raise NotFound


SESSIONS: Final[tuple[Any, ...]] = (
    list_sessions,
    end_session,
    end_other_sessions,
    list_claims,
    object_to_claims,
)

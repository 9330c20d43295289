"""`/v1/admin`: partners' programs, signing keys, reorganisations, and how signing in goes."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from backend.identity import repository as keys_repository
from backend.identity.admin import repository
from backend.identity.admin.figures import SignInFigures, figures
from backend.identity.admin.handlers import AS, Asking, Cursor, Limit, proposed
from backend.identity.admin.model import (
    ClientDraft,
    Decided,
    NewProgram,
    NewReorganisation,
    PartnerProgram,
    Reorganisation,
    Reorganised,
)
from backend.identity.errors import (
    DayPast,
    SoleAdmin,
    UnknownAgency,
    UnknownArea,
    UnknownRole,
    UnknownScope,
)
from backend.identity.handlers import authority_of
from backend.identity.repository import KeyState, SigningKey
from backend.identity.scopes import ADMINISTER, OVERSEE
from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page


class KeyOfOurs(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs tokens, and where it is in its life."""

    kid: str
    state: KeyState
    published_at: datetime
    active_from: datetime | None
    retired_at: datetime | None


class KeysOfOurs(msgspec.Struct, frozen=True, kw_only=True):
    """The living keys, the oldest first."""

    items: tuple[KeyOfOurs, ...]


ClientId = Annotated[
    str,
    PathParameter(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", description="As it names itself."),
]
Kid = Annotated[
    str, PathParameter(pattern="^[A-Za-z0-9_-]{1,64}$", description="As `/oauth/jwks` names it.")
]


@get(
    "/v1/admin/clients",
    operation_id="listPrograms",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_programs(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[PartnerProgram]:
    """List partners' programs by their names."""
    return await snapshot.page(repository.PROGRAMS, cursor, limit)


@post(
    "/v1/admin/clients",
    operation_id="proposeProgram",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, SoleAdmin, UnknownScope),
)
async def propose_program(
    request: Asking, data: JSONBody[NewProgram], tx: Injected[Transaction]
) -> Decided:
    """Propose a partner's program, or all that one shall be from now on.

    Tokens that it was given before end when this is approved.
    """
    return await proposed(request, tx, ClientDraft(**msgspec.structs.asdict(data)))


@post(
    "/v1/admin/clients/{client_id:str}/disable",
    operation_id="disableProgram",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=204,
    responses=refuses(StepUpNeeded, NotFound),
)
async def disable_program(client_id: ClientId, tx: Injected[Transaction]) -> None:
    """Shut a program out at its next request; a new proposal lets it in again."""
    if not await tx.run(repository.DISABLE_PROGRAM, client_id, tx.now):
        raise NotFound


@get(
    "/v1/admin/keys",
    operation_id="listSigningKeys",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_keys(snapshot: Injected[Snapshot]) -> KeysOfOurs:
    """List the keys that tokens are signed with; they turn by themselves."""
    return KeysOfOurs(items=tuple(map(_shown, await snapshot.all(keys_repository.LIVING_KEYS))))


@delete(
    "/v1/admin/keys/{kid:str}",
    operation_id="dropSigningKey",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    responses=refuses(StepUpNeeded, NotFound),
)
async def drop_key(request: Asking, kid: Kid, tx: Injected[Transaction]) -> None:
    """Drop a key that others may have, now; the next one signs. Sessions stay, apps refresh."""
    if not await authority_of(request).keys.drop(tx, kid):
        raise NotFound


@get(
    "/v1/admin/reorganisations",
    operation_id="listReorganisations",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_reorganisations(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Reorganised]:
    """List reorganisations that were approved, the newest first."""
    return await snapshot.page(repository.REORGANISATIONS, cursor, limit)


@post(
    "/v1/admin/reorganisations",
    operation_id="proposeReorganisation",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, SoleAdmin, UnknownRole, UnknownAgency, UnknownArea, DayPast),
)
async def propose_reorganisation(
    request: Asking, data: JSONBody[NewReorganisation], tx: Injected[Transaction]
) -> Decided:
    """Propose which agencies take over from which, and on which day."""
    return await proposed(request, tx, Reorganisation(**msgspec.structs.asdict(data)))


@get(
    "/v1/admin/sign-in",
    operation_id="readSignInFigures",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def read_figures(snapshot: Injected[Snapshot]) -> SignInFigures:
    """Read how signing in by phone goes: a day of codes, and where sending is stopped."""
    return await figures(snapshot)


def _shown(key: SigningKey) -> KeyOfOurs:
    return KeyOfOurs(
        kid=key.kid,
        state=key.state,
        published_at=key.published_at,
        active_from=key.active_from,
        retired_at=key.retired_at,
    )

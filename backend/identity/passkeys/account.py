"""A citizen's own passkeys: `/v1/account/passkeys`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import LastPasskey, PasskeyRefused, PasskeyTaken, TooManyPasskeys
from backend.identity.handlers import authority_of
from backend.identity.passkeys import repository
from backend.identity.passkeys.ceremonies import (
    CreationOptions,
    Made,
    Refused,
    can_have_passkeys,
    judge_made,
    to_make,
    user_of,
)
from backend.identity.passkeys.repository import Passkey, Taken
from backend.identity.scopes import READ, WRITE
from backend.kernel import (
    Injected,
    Name,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    Unauthenticated,
    composed,
    refuses,
    requires,
    t,
)
from backend.kms import Kms
from contracts.identity import PasskeysChanged

PASSKEYS_MAX: Final = 10
FIRST_WITHIN: Final = timedelta(minutes=10)
"""How old a sign-in may be that adds the first passkey without one."""

_STEP_UP: Final = 'DPoP error="insufficient_user_authentication", acr_values="aal2"'


class Passkeys(msgspec.Struct, frozen=True, kw_only=True):
    """The passkeys of an account, the oldest first."""

    items: tuple[Passkey, ...]


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator has answered, and what the owner calls the passkey."""

    name: Name
    credential: Made

    def __post_init__(self) -> None:
        """Keep the name composed and trimmed."""
        composed(self)


@get(
    "/v1/account/passkeys",
    operation_id="listPasskeys",
    tags=["identity"],
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True},
)
async def list_passkeys(snapshot: Injected[Snapshot]) -> Passkeys:
    """List your own passkeys."""
    return Passkeys(
        items=tuple(await snapshot.all(repository.OF_PERSON, snapshot.principal.person_id))
    )


@post(
    "/v1/account/passkeys/options",
    operation_id="beginPasskey",
    tags=["identity"],
    guards=[requires(WRITE)],
    status_code=200,
    opt={AS_SIGN_IN: True},
    responses=refuses(StepUpNeeded, TooManyPasskeys, PasskeyRefused),
)
async def begin_passkey(
    request: Request[Any, Any, Any], tx: Injected[Transaction]
) -> CreationOptions:
    """Ask for a new passkey: hand the answer to `navigator.credentials.create`.

    Needs `aal2`; the first passkey needs a sign-in of the last ten minutes that has proved all
    that was ever proved about you.
    """
    return await to_add(tx, authority_of(request).kms)


async def to_add(tx: Transaction, kms: Kms) -> CreationOptions:
    """Return what to ask of the authenticator. Raises as `beginPasskey` refuses."""
    person_id, taken = await _may_add(tx)
    name = t("identity.passkeys.account")
    return to_make(
        tx,
        kms,
        about=_about(tx),
        user=user_of(person_id, name),
        taken=[each.credential_id for each in taken],
    )


@post(
    "/v1/account/passkeys",
    operation_id="addPasskey",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(StepUpNeeded, TooManyPasskeys, PasskeyRefused, PasskeyTaken),
)
async def add_passkey(
    request: Request[Any, Any, Any], data: JSONBody[NewPasskey], tx: Injected[Transaction]
) -> Passkey:
    """Keep the passkey that the authenticator has made. Whoever signs in with it is `aal2`."""
    return await add(tx, authority_of(request).kms, data)


async def add(tx: Transaction, kms: Kms, data: NewPasskey) -> Passkey:
    """Keep a passkey of the caller. Raises as `addPasskey` refuses."""
    person_id, _ = await _may_add(tx)
    try:
        made = await judge_made(tx, kms, data.credential, about=_about(tx))
    except Refused as error:
        raise PasskeyRefused from error
    passkey = Passkey(
        id=tx.new_id(), name=data.name, is_copied=made.bs, added_at=tx.now, last_used_at=None
    )
    added = await tx.run(
        repository.ADD,
        passkey.id,
        made.credential_id,
        person_id,
        None,
        made.public_key,
        made.sign_count,
        made.aaguid,
        made.be,
        made.bs,
        tx.principal.ial,
        passkey.name,
        tx.now,
    )
    if not added:
        raise PasskeyTaken
    await tx.publish(PasskeysChanged(person_id=person_id, passkey_id=passkey.id, change="added"))
    return passkey


@delete(
    "/v1/account/passkeys/{passkey_id:uuid}",
    operation_id="removePasskey",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(StepUpNeeded, NotFound, LastPasskey),
)
async def remove_passkey(passkey_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Let one of your passkeys open nothing any more; the last one cannot be removed."""
    await remove(tx, passkey_id)


async def remove(tx: Transaction, passkey_id: UUID) -> None:
    """Remove a passkey of the caller. Raises as `removePasskey` refuses."""
    person_id = _person(tx)
    await tx.one(repository.LOCK_OWNER, person_id)
    passkeys = await tx.all(repository.OF_PERSON, person_id)
    if passkey_id not in {passkey.id for passkey in passkeys}:
        raise NotFound
    if tx.principal.acr != "aal2":
        raise StepUpNeeded(headers={"WWW-Authenticate": _STEP_UP})
    if len(passkeys) == 1:
        raise LastPasskey
    await tx.run(repository.REVOKE, passkey_id, person_id, tx.now)
    await tx.publish(PasskeysChanged(person_id=person_id, passkey_id=passkey_id, change="removed"))


async def _may_add(tx: Transaction) -> tuple[UUID, Sequence[Taken]]:
    """Return who may add a passkey to which others. Raises `StepUpNeeded` or `TooManyPasskeys`."""
    if not can_have_passkeys(tx.base_url):
        raise PasskeyRefused
    caller, person_id = tx.principal, _person(tx)
    owner = await tx.one(repository.LOCK_OWNER, person_id)
    taken = await tx.all(repository.TAKEN_BY_PERSON, person_id)
    is_fresh = caller.auth_time is not None and tx.now - caller.auth_time < FIRST_WITHIN
    is_first = not taken and is_fresh and caller.ial == owner.ial
    if caller.acr != "aal2" and not is_first:
        raise StepUpNeeded(headers={"WWW-Authenticate": _STEP_UP})
    if len(taken) >= PASSKEYS_MAX:
        raise TooManyPasskeys
    return person_id, taken


def _person(tx: Transaction) -> UUID:
    if tx.principal.person_id is None:
        raise Unauthenticated
    return tx.principal.person_id


def _about(tx: Transaction) -> str:
    """Name what the challenge is for: this session adds a passkey."""
    return f"add|{tx.principal.session_id}"

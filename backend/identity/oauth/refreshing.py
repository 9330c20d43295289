"""Refresh tokens that a lost answer does not break and a thief does not keep.

A token is `rt_<session>.<generation>.<secret>`, and each secret is derived from the one before, so
that the row needs only the digest of the newest: an older one is recognised by deriving forward.

| presented | answer |
|---|---|
| the newest | the next one |
| the one before | the newest again: our answer was lost |
| an older one, within a minute of the last rotation | the newest again: one app, two processes |
| an older one, later | the session ends: two parties hold the family |
| any, with another device's key | refused; the session stays, for its owner has done nothing |
"""

import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from backend.identity.jws import NotGenuine, decoded, encoded
from backend.identity.minting import SESSION_IDLE
from backend.identity.oauth import repository
from backend.identity.oauth.repository import Renewable
from backend.identity.repository import REVOKE_SESSION, Session
from backend.kernel import Transaction
from backend.kms import Kms
from contracts.identity import SessionSuspected, Suspicion

_STEPS_MAX: Final = 256
_SIDE_BY_SIDE: Final = timedelta(seconds=60)
_SHAPE: Final = re.compile(r"rt_([0-9a-f]{32})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A session that goes on, and the refresh token that is the newest now."""

    session: Session
    refresh_token: str


class Shown(NamedTuple):
    """A refresh token taken apart; nothing of it is believed before it is derived."""

    session_id: UUID
    generation: int
    secret: bytes


async def begin(tx: Transaction, session_id: UUID) -> str:
    """Return the first refresh token of a session."""
    first = Shown(session_id, 0, secrets.token_bytes(32))
    pepper = await tx.one(repository.PEPPER_IN_USE)
    digest = sha256(first.secret).digest()
    await tx.run(repository.BEGIN_REFRESHING, session_id, digest, pepper.name, tx.now)
    return _text(first)


async def renew(
    tx: Transaction, kms: Kms, token: str, *, client_id: str, jkt: str
) -> Renewed | None:
    """Return the session and its newest refresh token, or None when this one is refused."""
    shown = _shown(token)
    found = None if shown is None else await _family(tx, kms, shown, client_id)
    if shown is None or found is None:
        return None
    renewable, newest = found
    session = renewable.session
    if session.dpop_jkt != jkt:
        await _suspect(tx, session, "other_key", ended=False)
        return None
    age = newest.generation - shown.generation
    if age == 0:
        newest = _following(kms, renewable.rt_pepper, newest)
        digest = sha256(newest.secret).digest()
        await tx.run(repository.ROTATE, session.id, digest, tx.now, tx.now + SESSION_IDLE)
    elif age == 1 or tx.now - renewable.rt_rotated_at <= _SIDE_BY_SIDE:
        await tx.run(repository.KEEP_AWAKE, session.id, tx.now + SESSION_IDLE)
    else:
        await tx.run(REVOKE_SESSION, session.id, tx.now, "rt_reuse")
        await _suspect(tx, session, "rt_reuse", ended=True)
        return None
    return Renewed(session=session, refresh_token=_text(newest))


async def session_of(tx: Transaction, kms: Kms, token: str, *, client_id: str) -> UUID | None:
    """Return the living session that a refresh token belongs to, whatever its generation."""
    shown = _shown(token)
    found = None if shown is None else await _family(tx, kms, shown, client_id)
    return None if found is None else found[0].session.id


async def _family(
    tx: Transaction, kms: Kms, shown: Shown, client_id: str
) -> tuple[Renewable, Shown] | None:
    """Return the session and its newest token, if the one that is shown leads there."""
    row = await tx.maybe(repository.RENEWABLE, shown.session_id, tx.now)
    if row is None or row.client_id != client_id:
        return None
    if not 0 <= row.rt_gen - shown.generation <= _STEPS_MAX:
        return None
    newest = shown
    while newest.generation < row.rt_gen:
        newest = _following(kms, row.rt_pepper, newest)
    if sha256(newest.secret).digest() != row.rt_hash:
        return None
    return row.renewable(), newest


def _following(kms: Kms, pepper: str, shown: Shown) -> Shown:
    generation = shown.generation + 1
    message = b"%s|%d|%s" % (shown.session_id.bytes, generation, shown.secret)
    return Shown(shown.session_id, generation, kms.mac(pepper, message))


def _shown(token: str) -> Shown | None:
    found = _SHAPE.fullmatch(token)
    if found is None:
        return None
    try:
        secret = decoded(found[3].encode())
    except NotGenuine:
        return None
    return Shown(UUID(found[1]), int(found[2]), secret)


def _text(shown: Shown) -> str:
    return f"rt_{shown.session_id.hex}.{shown.generation}.{encoded(shown.secret)}"


async def _suspect(tx: Transaction, session: Session, why: Suspicion, *, ended: bool) -> None:
    event = SessionSuspected(
        session_id=session.id, person_id=session.person_id, why=why, ended=ended
    )
    await tx.publish(event)

"""The signing keys: made, published, used, kept for a day, dropped.

`next → current → previous → dead`. A key is published a week before it signs: one that appears
with its first token fails every verifier that holds an older list.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.identity import repository
from backend.identity.jws import Jwk, jwk_of, public_key
from backend.identity.repository import KeyState, SigningKey
from backend.kernel import Transaction
from backend.kms import Kms

PUBLISHED_BEFORE_USE: Final = timedelta(days=7)
SIGNS_FOR: Final = timedelta(days=90)
KEPT_AFTERWARDS: Final = timedelta(hours=24)
SEEN_BY_ALL: Final = timedelta(minutes=10)
"""How long a key is published, at the least, before a person may let it sign: twice as long as
`/oauth/jwks` may be kept by whoever reads it."""
RELOAD_SECONDS: Final = 5
"""How far behind a process may be when a key is dropped; the question costs next to nothing."""


class Jwks(msgspec.Struct, frozen=True, kw_only=True):
    """A JWK set (RFC 7517 §5)."""

    keys: tuple[Jwk, ...]


class KeyRing:
    """The keys as this process knows them; `turn` brings it up to date."""

    def __init__(self, kms: Kms) -> None:
        self._kms = kms
        self._kids: tuple[str, ...] = ()
        self._signing: tuple[str, str] | None = None
        self._verifying: dict[str, EllipticCurvePublicKey] = {}
        self.jwks = Jwks(keys=())
        self.generation = 0
        """Counts the changes: what was verified with an earlier set has to be looked at again."""

    def verifying(self, kid: str) -> EllipticCurvePublicKey | None:
        """Return the key of that name, unless it is dead or not ours."""
        return self._verifying.get(kid)

    def signing(self) -> tuple[str, str]:
        """Return the name of the current key, and its reference in the store of keys."""
        if self._signing is None:
            raise LookupError("no signing key has been loaded")
        return self._signing

    def sign(self, reference: str, message: bytes) -> bytes:
        """Return the signature of the message (RFC 7518 §3.4)."""
        return self._kms.sign(reference, message)

    async def turn(self, tx: Transaction) -> None:
        """Do what the calendar says is due, and learn the result. Safe to repeat anywhere."""
        keys = await tx.all(repository.LIVING_KEYS)
        if _is_due(keys, tx.now):
            await tx.run(repository.LOCK_KEYS)
            keys = await tx.all(repository.LIVING_KEYS)
            if _is_due(keys, tx.now):  # unless another process has just done it
                await self._advance(tx, keys)
                keys = await tx.all(repository.LIVING_KEYS)
        self._learn(keys)

    async def advance(self, tx: Transaction) -> bool:
        """Let the next key sign from here on, ahead of the calendar; nothing signed is refused.

        Returns False when there is none that has been published for `SEEN_BY_ALL`.
        """
        await tx.run(repository.LOCK_KEYS)
        keys = await tx.all(repository.LIVING_KEYS)
        current, following = _in_state(keys, "current"), _in_state(keys, "next")
        if following is None or tx.now < following.published_at + SEEN_BY_ALL:
            return False
        await self._promote(tx, current, following)
        await self._create(tx, "next", None)
        self._learn(await tx.all(repository.LIVING_KEYS))
        return True

    async def drop(self, tx: Transaction, kid: str) -> bool:
        """Let a key die now that others may have; the next one signs from here on.

        Returns False when there is no living key of that name. Every token that it has signed is
        refused, so apps refresh; their sessions stay.
        """
        await tx.run(repository.LOCK_KEYS)
        if not await tx.run(repository.DROP_KEY, kid, tx.now):
            return False
        await self.turn(tx)
        return True

    async def _advance(self, tx: Transaction, keys: Sequence[SigningKey]) -> None:
        current, following = _in_state(keys, "current"), _in_state(keys, "next")
        if current is None and following is None:
            await self._create(tx, "current", tx.now)
        elif following is not None and _is_wanted(current, following, tx.now):
            await self._promote(tx, current, following)
            following = None
        if following is None:
            await self._create(tx, "next", None)
        await tx.run(repository.BURY_KEYS, tx.now - KEPT_AFTERWARDS)

    async def _promote(
        self, tx: Transaction, current: SigningKey | None, following: SigningKey
    ) -> None:
        if current is not None:
            await tx.run(repository.RETIRE_KEY, current.kid, tx.now)
        await tx.run(repository.PROMOTE_KEY, following.kid, tx.now)

    async def _create(self, tx: Transaction, state: KeyState, active_from: datetime | None) -> None:
        reference = self._kms.create("p256")
        key = load_der_public_key(self._kms.public(reference))
        if not isinstance(key, EllipticCurvePublicKey):
            raise TypeError("a key that signs tokens is a P-256 key")
        jwk = jwk_of(key)
        kid = public_key(jwk).thumbprint
        await tx.run(
            repository.ADD_KEY,
            kid,
            msgspec.to_builtins(jwk),
            reference,
            state,
            tx.now,
            active_from,
        )

    def _learn(self, keys: Sequence[SigningKey]) -> None:
        current = _in_state(keys, "current")
        if current is None:
            raise LookupError("no signing key is current")
        if self._signing is None or self._signing[0] != current.kid:
            self._kms.public(current.private_ref)  # a key that is gone is found out now
            self._signing = current.kid, current.private_ref
        kids = tuple(key.kid for key in keys)
        if kids == self._kids:
            return
        self._kids = kids
        self._verifying = {key.kid: public_key(key.public_jwk).key for key in keys}
        self.jwks = Jwks(keys=tuple(_published(key) for key in keys))
        self.generation += 1


def _published(key: SigningKey) -> Jwk:
    return msgspec.structs.replace(key.public_jwk, kid=key.kid, alg="ES256", use="sig")


def _in_state(keys: Sequence[SigningKey], state: KeyState) -> SigningKey | None:
    return next((key for key in keys if key.state == state), None)


def _is_due(keys: Sequence[SigningKey], now: datetime) -> bool:
    current, following = _in_state(keys, "current"), _in_state(keys, "next")
    if current is None or following is None or _is_wanted(current, following, now):
        return True
    return any(_may_die(key, now) for key in keys)


def _is_wanted(current: SigningKey | None, following: SigningKey, now: datetime) -> bool:
    """Tell whether the next key should sign: when it is time, or when there is no other."""
    if current is None:
        return True
    signed_enough = current.active_from is not None and now >= current.active_from + SIGNS_FOR
    return signed_enough and now >= following.published_at + PUBLISHED_BEFORE_USE


def _may_die(key: SigningKey, now: datetime) -> bool:
    return key.retired_at is not None and now >= key.retired_at + KEPT_AFTERWARDS

"""The authority that signs tokens and knows its own again: one for each process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from backend.identity.addresses import Crowds
from backend.identity.dpop import ProofVerifier
from backend.identity.keys import RELOAD_SECONDS, KeyRing
from backend.identity.login.gateways import Gateway
from backend.identity.repository import Session
from backend.identity.tokens import TokenVerifier, id_token, partner_token, person_token
from backend.identity.upstream.method import AtProvider
from backend.identity.upstream.provider import Provider
from backend.identity.upstream.settings import Upstream
from backend.kernel import House, Principal, Scope, Snapshot, Transaction
from backend.kernel.pool import Pool, PoolExhausted
from backend.kms import KeyUnreachable, Kms, kms_of

_LOG: Final = logging.getLogger("tinhs.identity")
_BEGIN: Final = "begin; select set_config('tinhs.kind', 'job', true)"
"""Row policies of identity's own tables let the house itself see all of them."""
_THE_HOUSE: Final = Principal(kind="job", client_id="identity")


class Authority:
    """Signing keys, verifier and nonces, and the only way to what the sign-in role may read."""

    def __init__(
        self,
        house: House,
        scopes: Iterable[Scope],
        clock: Callable[[], datetime],
        *,
        is_dev: bool = False,
        crowded: Iterable[str] = (),
        upstreams: Mapping[str, Upstream] | None = None,
        gateways: Mapping[str, Gateway] | None = None,
    ) -> None:
        self._house, self._clock = house, clock
        self._pool: Pool | None = None
        self.scopes = tuple(scopes)
        """What the modules of this installation declare."""
        self.is_dev = is_dev
        """On a developer's machine an app may listen on a loopback address (RFC 8252 §7.3)."""
        self.kms: Kms = kms_of(Snapshot(None, house, clock()))
        self.is_crowded = Crowds(crowded).hold
        """Tells whether thousands may share an address, as behind a mobile carrier."""
        self.keys = KeyRing(self.kms)
        self.tokens = TokenVerifier(self.keys, house.base_url)
        self.proofs = ProofVerifier(house.base_url, house.secrets)
        self.gateways = gateways or {}
        """Providers of text messages that are described in the settings, by name."""
        self.upstreams: Mapping[str, AtProvider] = {
            name: AtProvider(
                Provider(
                    name,
                    upstream,
                    callback=f"{house.base_url}/login/cb/{name}",
                    clock=clock,
                    is_dev=is_dev,
                )
            )
            for name, upstream in (upstreams or {}).items()
        }
        """Identity providers of somebody else, by name."""

    @property
    def issuer(self) -> str:
        """Who signs: the address of this installation, without a final slash."""
        return self._house.base_url

    @property
    def data_dir(self) -> Path:
        """Where this installation keeps what is not in the database."""
        return self._house.data_dir

    def now(self) -> datetime:
        """Return the moment."""
        return self._clock()

    @asynccontextmanager
    async def open(self, pool: Pool) -> AsyncGenerator[None]:
        """Be at work over the sign-in role's connections, with keys that are made if none exist."""
        self._pool = pool
        await self._turn()
        turning = asyncio.create_task(self._keep_turning())
        try:
            yield
        finally:
            turning.cancel()
            with suppress(asyncio.CancelledError):
                await turning
            self._pool = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Lend a transaction of the sign-in role; it is kept unless the block raises."""
        if self._pool is None:
            raise RuntimeError("the authority is not open")
        async with self._pool.connection() as connection:
            await connection.execute(_BEGIN)
            try:
                yield Transaction(connection, self._house, self._clock(), _THE_HOUSE)
            except BaseException:
                await connection.execute("rollback")
                raise
            await connection.execute("commit")

    def id_token(self, session: Session, *, nonce: str) -> str:
        """Return what tells an app who has signed in (OpenID Connect Core §2)."""
        return id_token(self.keys, self.issuer, session, nonce=nonce, now=self._clock())

    def person_token(self, session: Session) -> str:
        """Return an access token for a session that was just opened."""
        return person_token(self.keys, self.issuer, session, self._clock())

    def partner_token(self, *, client_id: str, scopes: Iterable[str], jkt: str) -> str:
        """Return an access token for a partner's program that has proved who it is."""
        scope = " ".join(sorted(scopes))
        now = self._clock()
        return partner_token(
            self.keys, self.issuer, client_id=client_id, scope=scope, jkt=jkt, now=now
        )

    async def _turn(self) -> None:
        async with self.transaction() as tx:
            await self.keys.turn(tx)

    async def _keep_turning(self) -> None:
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            try:
                await self._turn()
            except (
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                OSError,
                PoolExhausted,
                KeyUnreachable,
            ):
                _LOG.warning("the signing keys could not be read; those known stay in use")

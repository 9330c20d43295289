"""People who call the house: real persons, sessions and signed requests, made for a test."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from backend.identity.authority import Authority
from backend.identity.entry import COOKIE
from backend.identity.minting import (
    mint_citizen,
    mint_console_session,
    mint_partner,
    mint_staff,
)
from backend.identity.signer import Signer
from backend.kernel import Scope, new_id
from backend.testing.clock import Clock

BASE_URL: Final = "http://testserver.local"
"""Where the house under test stands; the issuer of its tokens."""

_COMES_BACK_AFTER: Final = timedelta(minutes=4)
_FRESH: Final = "a fresh key"
_Show = Callable[[str, str], dict[str, str]]
"""Makes the headers of a request, from its method and address."""


class Client(httpx.AsyncClient):
    """A caller without credentials before the whole application, in the test's own event loop."""

    def __init__(self, app: Litestar) -> None:
        # A bug is an answer here as it is outside: 500, and its traceback in the log.
        asgi: Any = app  # the two spell the types of ASGI differently
        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        super().__init__(transport=transport, base_url=BASE_URL)
        self.app = app


@asynccontextmanager
async def alive(app: Litestar) -> AsyncGenerator[None]:
    """Start the application, and stop it afterwards, in one task of its own as a server does.

    pytest begins and ends a fixture in different tasks, which what the application opens forbids.
    """
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    leaving = asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set_result(None)
            await leaving.wait()

    living = asyncio.create_task(live())
    await asyncio.wait({ready, living}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if ready.done():
            yield
    finally:
        leaving.set()
        await living


class Caller:
    """Somebody signed in. Whoever comes back minutes later signs in again, as people do.

    `person_id`, `staff_id` and `agency_id` are known at once; the database knows them from the
    first request on.
    """

    def __init__(
        self,
        client: Client,
        clock: Callable[[], datetime],
        sign_in: Callable[[], Awaitable[_Show]],
        *,
        person_id: UUID | None = None,
        staff_id: UUID | None = None,
        agency_id: UUID | None = None,
        client_id: str = "",
    ) -> None:
        self._client, self._clock, self._sign_in = client, clock, sign_in
        self.person_id, self.staff_id, self.agency_id = person_id, staff_id, agency_id
        self.client_id = client_id
        self._signing_in = asyncio.Lock()
        self._show: _Show | None = None
        self._came_at: datetime | None = None

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """Read; `more` is what `httpx` takes."""
        return await self.send("GET", path, **more)

    async def post(self, path: str, *, key: str | None = _FRESH, **more: Any) -> httpx.Response:
        """Create or change, under a fresh `Idempotency-Key`, the one given, or none."""
        if key is not None:
            sent = uuid4().hex if key == _FRESH else key
            more["headers"] = {"Idempotency-Key": sent, **(more.get("headers") or {})}
        return await self.send("POST", path, **more)

    async def put(self, path: str, **more: Any) -> httpx.Response:
        """Replace."""
        return await self.send("PUT", path, **more)

    async def patch(self, path: str, **more: Any) -> httpx.Response:
        """Change in part."""
        return await self.send("PATCH", path, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        """Remove."""
        return await self.send("DELETE", path, **more)

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request with this caller's credential; headers that are given come on top."""
        show = await self._credential()
        headers = {**show(method, f"{BASE_URL}{path}"), **(more.pop("headers", None) or {})}
        return await self._client.request(method, path, headers=headers, **more)

    async def _credential(self) -> _Show:
        async with self._signing_in:
            now = self._clock()
            if self._came_at is None or now - self._came_at > _COMES_BACK_AFTER:
                self._show = await self._sign_in()
                self._came_at = now
        if self._show is None:
            raise RuntimeError("signing in gave no credential")
        return self._show


def _signed(authority: Authority, signer: Signer, token: str, clock: Clock) -> _Show:
    def show(method: str, url: str) -> dict[str, str]:
        nonce = authority.proofs.nonce(clock.now)
        return signer.headers(method, url, token, now=clock.now, nonce=nonce)

    return show


@pytest.fixture
def as_citizen(client: Client, clock: Clock) -> Callable[..., Caller]:
    """A new citizen at each call, who holds the scopes that are named.

    `as_citizen(FILE)`; `ial` and `acr` are what the scopes ask for, unless given. `person_id` makes
    it somebody who is known already.
    """
    authority: Authority = client.app.state.authority

    def citizen(
        *scopes: Scope,
        ial: int | None = None,
        acr: Literal["aal1", "aal2"] | None = None,
        person_id: UUID | None = None,
    ) -> Caller:
        signer = Signer()
        whose = person_id or new_id(clock.now)
        strongest = "aal2" if any(scope.acr == "aal2" for scope in scopes) else "aal1"

        async def sign_in() -> _Show:
            async with authority.transaction() as tx:
                session = await mint_citizen(
                    tx,
                    jkt=signer.thumbprint,
                    scopes=[scope.name for scope in scopes],
                    ial=max((scope.ial for scope in scopes), default=0) if ial is None else ial,
                    acr=acr or strongest,
                    person_id=whose,
                )
            return _signed(authority, signer, authority.person_token(session), clock)

        return Caller(client, clock, sign_in, person_id=whose)

    return citizen


@pytest.fixture
def as_staff(client: Client, clock: Clock) -> Callable[..., Caller]:
    """A new officer at each call, at a console of their own.

    `as_staff("moderator", areas=["14797"])`; the agency is a new one, unless `agency_id` is given.
    """
    authority: Authority = client.app.state.authority

    def officer(
        *roles: str, areas: tuple[str, ...] | list[str] = (), agency_id: UUID | None = None
    ) -> Caller:
        staff_id, agency = new_id(clock.now), agency_id or new_id(clock.now)

        async def sign_in() -> _Show:
            async with authority.transaction() as tx:
                await mint_staff(
                    tx,
                    name="Cán bộ thử",
                    roles=roles,
                    agency_id=agency,
                    areas=areas,
                    staff_id=staff_id,
                )
                login = await mint_console_session(tx, staff_id)
            cookie, form = f"{COOKIE}={login.cookie}", login.csrf
            return lambda *_: {
                "Cookie": cookie,
                "Origin": BASE_URL,
                "Sec-Fetch-Site": "same-origin",
                "X-CSRF-Token": form,
            }

        return Caller(client, clock, sign_in, staff_id=staff_id, agency_id=agency)

    return officer


@pytest.fixture
def as_partner(client: Client, clock: Clock) -> Callable[..., Caller]:
    """A new partner's program at each call, which holds the scopes and has agreed to a purpose.

    `as_partner(READ, purpose="feedback.handling")` names the purpose in each request too.
    """
    authority: Authority = client.app.state.authority

    def partner(*scopes: Scope, purpose: str | None = None) -> Caller:
        signer, client_id = Signer(), f"partner-{uuid4().hex[:8]}"
        names = [scope.name for scope in scopes]

        async def sign_in() -> _Show:
            async with authority.transaction() as tx:
                await mint_partner(
                    tx,
                    client_id=client_id,
                    name="Đối tác thử",
                    scopes=names,
                    purposes=[purpose] if purpose else [],
                )
            token = authority.partner_token(
                client_id=client_id, scopes=names, jkt=signer.thumbprint
            )
            signed = _signed(authority, signer, token, clock)
            stated = {"Tinhs-Purpose": purpose} if purpose else {}
            return lambda method, url: {**signed(method, url), **stated}

        return Caller(client, clock, sign_in, client_id=client_id)

    return partner

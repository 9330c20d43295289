"""What one request does to the database; nothing is taken until it is asked for."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec
from litestar.types import Scope as AsgiScope

from backend.gateway.idempotency import Answer, Claim, is_taken
from backend.gateway.limit import give_back, spend, subject_of
from backend.identity.entry import used_up
from backend.kernel import (
    NOBODY,
    BadRequest,
    House,
    Origin,
    Principal,
    Scope,
    Snapshot,
    Transaction,
    Tries,
    at_most,
)
from backend.kernel.auth import admit
from backend.kernel.database import Connection
from backend.kernel.forms import Form
from backend.kernel.pool import Pool, PoolExhausted
from contracts.event import Event
from contracts.problem import Fault

WRITES: Final = "writes"
"""Option of a route whose handler takes a Transaction; the host sets it."""

CREATES: Final = "creates"
"""Option of a route that makes something new at each call, and so asks for a key."""

_AWAY: Final = (PoolExhausted, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

Enter = Callable[..., Awaitable[Principal]]


class Visit:
    """One request's way through the house: its caller, its transaction, its claim.

    A token names its caller, so the door decides before anything is taken; whether the session
    still lives is seen by the first statement. A console cookie names nobody by itself: its door
    has to ask the database first.
    """

    def __init__(
        self, pool: Pool, house: House, now: datetime, scope: AsgiScope, enter: Enter
    ) -> None:
        self._pool, self._house, self._enter = pool, house, enter
        self._scope: Any = scope
        self._credential: Any = self._scope.get("credential")
        self._connection: Connection | None = None
        self._lent: list[Snapshot] = []
        self._right: list[tuple[at_most, str, str]] = []
        self._options: dict[str, Any] = scope["route_handler"].opt
        self._writes = bool(self._options.get(WRITES))
        self.now = now
        self.principal: Principal = (
            NOBODY if self._credential is None else self._credential.principal
        )
        self.claim: Claim | None = None
        self._is_signed = False

    async def admit(self, scope: Scope) -> None:
        """Let the caller through this door, or raise what `kernel.auth.admit` raises."""
        if self._credential is not None and self._credential.is_opaque:
            await self._connected()
        admit(self.principal, scope, self.now)
        self._is_signed = True

    async def spend(self, allowance: at_most, about: str = "") -> None:
        """Use up one call of an allowance, or raise `TooManyRequests`.

        An officer's door holds a connection already. It is given back first: were everybody to
        wait for a second one while holding a first, nobody would get either.
        """
        await self.rollback()
        route, subject = self._counted(allowance, about)
        await spend(self._pool, allowance, route=route, subject=subject, now=self.now)

    def give_back(self, allowance: at_most, about: str = "") -> None:
        """Undo one `spend`, once the request has ended and holds no connection."""
        self._right.append((allowance, *self._counted(allowance, about)))

    def _counted(self, allowance: at_most, about: str) -> tuple[str, str]:
        route: str = self._scope["path_template"]
        if about:
            return f"{route} about", about
        return route, subject_of(self.principal, self._scope["exchange"], allowance.by)

    def tries(self) -> Tries:
        """Return what counts guesses: the visit itself, of which a handler sees no more."""
        return self

    def origin(self) -> Origin:
        """Return where the request came from."""
        address: str = self._scope["exchange"].address
        authority = self._scope["litestar_app"].state.authority
        is_shared = authority is not None and authority.is_crowded(address)
        return Origin(address=address, is_shared=is_shared)

    def form(self) -> Form:
        """Return what a browser sent with a page's form."""
        form: Form = self._scope["form"]
        return form

    def transaction(self) -> Transaction:
        """Return the request's transaction; it begins with its first statement."""
        if self._options.get(CREATES) and self.claim is None:
            raise BadRequest(errors=[Fault(parameter="Idempotency-Key", code="required")])
        principal = self._traced(self.principal)
        return Transaction(None, self._house, self.now, principal, connect=self._open)

    def snapshot(self) -> Snapshot:
        """Return the request's snapshot; it begins with its first statement."""
        return Snapshot(
            None,
            self._house,
            self.now,
            self.principal,
            connect=self._open,
            let_go=self.rollback,
        )

    async def commit(self, answer: Answer) -> None:
        """Keep everything and the answer too, then give the connection back.

        A signed request that asked the database nothing is entered here, so that no session
        outlives its end.
        """
        if self._connection is None and self._is_signed:
            await self._connected()
        if self._connection is not None and self._only_reads:
            connection, self._connection = self._connection, None
            self._pool.give_open(connection)
        elif self._connection is not None:
            keep = "" if self.claim is None else f"{self.claim.keep(answer)}; "
            await self._end(f"{keep}commit")
        if self._right:
            await self._repay()

    async def rollback(self) -> None:
        """Keep nothing, and give the connection back."""
        if self._connection is not None:
            await self._end("rollback")

    async def refuse(self, event: Event | None = None) -> None:
        """Keep nothing but that the caller's proof was used: a proof says nothing of the body.

        And an event that the refusal leaves for whoever has to know of it.
        """
        spent = used_up(self._credential, self.now)
        if event is not None:
            with suppress(*_AWAY):  # the refusal goes out all the same
                await self._leave(event)
        elif self._connection is not None:
            await self._end(f"rollback; {spent}")
        elif spent:
            with suppress(*_AWAY):  # the refusal goes out all the same
                self._connection = await self._pool.take()
                await self._end(spent)
        if self._right:
            await self._repay()

    async def _repay(self) -> None:
        right, self._right = self._right, []
        with suppress(*_AWAY):  # the answer goes out all the same
            for allowance, route, subject in right:
                await give_back(self._pool, allowance, route=route, subject=subject)

    async def _leave(self, event: Event) -> None:
        """Begin anew, as the same caller, and keep an event: that uses the proof up too."""
        await self.rollback()
        self.claim = None
        principal = self._traced(self.principal)
        tx = Transaction(None, self._house, self.now, principal, connect=self._open)
        await tx.publish(event)
        await self._end("commit")

    def abandon(self) -> None:
        """Drop what an interrupted request left open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.drop(connection)

    def _traced(self, principal: Principal) -> Principal:
        """Let what this request tells others, and leaves to be done, go on under its trace."""
        trace: str = self._scope["exchange"].trace_id
        return msgspec.structs.replace(principal, request_id=trace)

    @property
    def _only_reads(self) -> bool:
        """Whether the database refuses every write: neither a proof nor a cookie is noted."""
        if self._writes:
            return False
        shown = self._credential
        return shown is None or (not shown.is_opaque and shown.proof is None)

    async def _end(self, how: str) -> None:
        connection = self._connection
        if connection is None:
            return
        await connection.execute(how)
        self._connection = None
        while self._lent:  # somebody else's by the time that one of them says its next statement
            self._lent.pop().part()
        self._pool.give(connection)

    async def _open(self, snapshot: Snapshot) -> Connection:
        connection = await self._connected()
        self._lent.append(snapshot)
        snapshot.principal = self.principal
        return connection

    async def _connected(self) -> Connection:
        if self._connection is not None:
            return self._connection
        connection = self._connection = await self._pool.take_over()
        claim, self.claim = self.claim if self._writes else None, None
        try:
            await self._entered(connection, claim)
        except asyncpg.UniqueViolationError as error:
            if claim is None or not is_taken(error):
                raise
            await connection.execute("rollback")
            await self._entered(connection, None)
            await claim.replay(connection)
        self.claim = claim  # from now on: neither a refusal nor a replayed answer is kept
        return connection

    async def _entered(self, connection: Connection, claim: Claim | None) -> None:
        """Begin, claim the key and let the caller in: one round trip where the token names them."""
        is_known = self._credential is None or not self._credential.is_opaque
        first = claim.stake(self.principal, self.now) if claim is not None and is_known else ""
        principal = await self._enter(
            connection, self._credential, writes=self._writes, now=self.now, first=first
        )
        self.principal = self._traced(principal) if self._writes else principal
        if claim is not None and not is_known:
            await connection.execute(claim.stake(self.principal, self.now))

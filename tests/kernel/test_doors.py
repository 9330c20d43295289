"""A door lets in whoever holds its scope and has proved enough, and tells the others why not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.kernel import (
    NOBODY,
    VIETNAM,
    Anyone,
    DomainError,
    Forbidden,
    Principal,
    Scope,
    StepUpNeeded,
    TooManyRequests,
    Unauthenticated,
    at_most,
    requires,
)
from backend.kernel.auth import Door, admit

NOW = datetime(2026, 11, 22, 8, tzinfo=VIETNAM)

READ = Scope(name="notes:read")
SIGN = Scope(name="notes:sign", ial=2, acr="aal2", max_age=timedelta(minutes=5))
TRIAGE = Scope(
    name="notes:triage", kinds=frozenset({"staff"}), roles=frozenset({"moderator"}), acr="aal2"
)
EXCHANGE = Scope(
    name="notes:exchange", kinds=frozenset({"partner"}), purposes=frozenset({"notes.handling"})
)
RECENT = Scope(name="notes:recent", max_age=timedelta(minutes=5))

CITIZEN = Principal(
    kind="citizen",
    person_id=UUID(int=1),
    scopes=frozenset({"notes:read", "notes:sign", "notes:recent"}),
    ial=2,
    acr="aal2",
    auth_time=NOW - timedelta(minutes=5),
)
OFFICER = Principal(kind="staff", roles=frozenset({"moderator", "clerk"}), acr="aal2")
PARTNER = Principal(kind="partner", scopes=frozenset({"notes:exchange"}), purpose="notes.handling")


def but(principal: Principal, **changes: Any) -> Principal:
    return Principal(**{f: getattr(principal, f) for f in principal.__struct_fields__} | changes)


@pytest.mark.parametrize(
    ("principal", "scope"),
    [
        (CITIZEN, READ),
        (CITIZEN, SIGN),
        (but(CITIZEN, ial=0, acr="", auth_time=None), READ),
        (OFFICER, TRIAGE),
        (PARTNER, EXCHANGE),
    ],
)
def test_whoever_may_come_in_comes_in(principal: Principal, scope: Scope) -> None:
    admit(principal, scope, NOW)


@pytest.mark.parametrize(
    ("principal", "scope", "refusal"),
    [
        (NOBODY, READ, Unauthenticated),
        (OFFICER, READ, Forbidden),
        (CITIZEN, TRIAGE, Forbidden),
        (but(CITIZEN, scopes=frozenset()), READ, Forbidden),
        (but(OFFICER, roles=frozenset({"clerk"})), TRIAGE, Forbidden),
        (but(PARTNER, purpose=None), EXCHANGE, Forbidden),
        (but(PARTNER, purpose="curiosity"), EXCHANGE, Forbidden),
        (but(OFFICER, acr="aal1"), TRIAGE, StepUpNeeded),
        (but(CITIZEN, acr="aal1"), SIGN, StepUpNeeded),
        (but(CITIZEN, ial=1), SIGN, StepUpNeeded),
        (but(CITIZEN, auth_time=None), SIGN, StepUpNeeded),
        (but(CITIZEN, auth_time=NOW - timedelta(minutes=5, seconds=1)), SIGN, StepUpNeeded),
    ],
)
def test_the_others_are_refused(
    principal: Principal, scope: Scope, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        admit(principal, scope, NOW)


def test_a_caller_without_a_credential_is_told_which_one_to_show() -> None:
    with pytest.raises(Unauthenticated) as refused:
        admit(NOBODY, READ, NOW)

    assert refused.value.headers == {"WWW-Authenticate": 'DPoP algs="ES256"'}


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (SIGN, ', acr_values="aal2", max_age="300"'),
        (RECENT, ', max_age="300"'),
        (Scope(name="notes:read", ial=2), ""),
    ],
)
def test_a_caller_who_can_prove_more_is_told_what(scope: Scope, wanted: str) -> None:
    little = but(CITIZEN, ial=0, acr="aal1", auth_time=None)
    with pytest.raises(StepUpNeeded) as refused:
        admit(little, scope, NOW)

    challenge = refused.value.headers["WWW-Authenticate"]
    assert challenge == f'DPoP error="insufficient_user_authentication"{wanted}'


class Visit:
    """What a gateway knows of one request."""

    def __init__(self, principal: Principal, calls: int) -> None:
        self._principal, self._calls = principal, calls

    async def admit(self, scope: Scope) -> None:
        admit(self._principal, scope, NOW)

    async def spend(self, allowance: at_most) -> None:
        self._calls += 1
        if self._calls > allowance.n:
            raise TooManyRequests


class Connection:
    """A request as a guard sees it."""

    def __init__(self, principal: Principal, calls: int = 0) -> None:
        self.scope = {"visit": Visit(principal, calls)}


async def test_a_guard_asks_the_visit() -> None:
    handler: Any = None
    guards: list[Any] = [requires(READ), Anyone(), at_most(2, per=timedelta(hours=1))]
    connection: Any = Connection(CITIZEN)
    for guard in guards:
        await guard(connection, handler)

    with pytest.raises(Unauthenticated):
        await guards[0](Connection(NOBODY), handler)
    with pytest.raises(TooManyRequests):
        await guards[2](Connection(CITIZEN, calls=2), handler)


async def test_a_door_of_nobody_is_no_door() -> None:
    with pytest.raises(NotImplementedError):
        await Door().ask(Visit(CITIZEN, 0))

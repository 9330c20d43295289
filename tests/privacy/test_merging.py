"""Two accounts that were one human being's: nothing is left behind, and nothing is lost."""

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from backend.host.registry import BrokenModules, check, discover
from backend.identity import merging
from backend.identity.authority import Authority
from backend.identity.scopes import READ
from backend.kernel import Module, Transaction
from backend.kernel.database import Connection
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.testing import Caller
from contracts.personal_data import DataItem, Exported, Hold, PersonalData
from tests.people import clinic
from tests.privacy.conftest import COMPLAINT, Drain
from tests.privacy.test_erasure import dumped, found_in, values


@pytest.fixture
def survivor(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(clinic.TELL, READ, ASK, TAKE_OUT, ial=2)


async def merged(authority: Authority, old: Caller, new: Caller) -> None:
    async with authority.transaction() as tx:
        await merging.merge(tx, cast("UUID", old.person_id), cast("UUID", new.person_id))


async def test_what_the_old_account_told_is_the_new_ones(
    known: Caller, visit: UUID, survivor: Caller, authority: Authority, drain: Drain
) -> None:
    note = {"kind": "access", "note": "Xin cho biết ai đã xem"}
    asked = await known.post("/v1/account/requests", json=note)
    await survivor.get("/v1/account")
    before = await survivor.get(f"/v1/clinic/visits/{visit}")

    await merged(authority, known, survivor)
    await drain()

    after = await survivor.get(f"/v1/clinic/visits/{visit}")
    assert (before.status_code, after.status_code) == (404, 200)
    assert after.json()["complaint"] == COMPLAINT
    (request,) = (await survivor.get("/v1/account/requests")).json()["items"]
    assert request["code"] == asked.json()["code"]


async def test_nothing_that_was_sealed_for_the_old_account_is_left(
    known: Caller,
    survivor: Caller,
    authority: Authority,
    drain: Drain,
    superuser: Connection,
) -> None:
    wanted = await values(superuser, known)
    await survivor.get("/v1/account")
    before = found_in(await dumped(superuser), wanted)

    await merged(authority, known, survivor)
    await drain()

    assert "wrapped key" in before, "the control: it is found while it is there"
    assert found_in(await dumped(superuser), wanted) == set()
    key: Any = await superuser.fetchrow(
        "select wrapped, destroyed_at from identity.subject_key where subject_id = $1",
        known.person_id,
    )
    assert (key["wrapped"], key["destroyed_at"] is None) == (None, False)


class ForgetsToMerge:
    """Keeps something of people, and was written before accounts could be merged."""

    module = "forgetful"

    def __init__(self, tx: Transaction) -> None: ...

    def inventory(self) -> Sequence[DataItem]:
        return ()

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        return ()

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        return ()

    async def erase(self, person_id: UUID, receipt: UUID) -> None: ...


def test_a_module_that_does_not_merge_keeps_the_house_from_starting() -> None:
    forgetful = Module(name="forgetful", provides={PersonalData: ForgetsToMerge})

    with pytest.raises(BrokenModules) as refused:
        check([*discover(guests=()), forgetful])

    assert refused.value.breaches == (
        "forgetful: ForgetsToMerge answers PersonalData without 'merge'",
    )

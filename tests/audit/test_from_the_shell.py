"""Power that is given from the shell is told to everybody who may know, like any look.

A file of its own: an administrator is made here only while the house has at most one.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from backend.identity.console import enrolling
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from tests.audit.conftest import Verify

Seal = Callable[..., Awaitable[None]]


async def test_an_administrator_from_the_shell_leaves_a_sealed_line(
    client: Client,
    as_staff: Callable[..., Caller],
    connection: Connection,
    seal: Seal,
    verify: Verify,
) -> None:
    authority: Any = client.app.state.authority
    async with authority.transaction() as tx:
        await enrolling.recover(tx, name="Cứu hộ", agency_id=uuid4())
    staff_id = await connection.fetchval("select id from identity.staff where name = 'Cứu hộ'")
    await seal()

    told = await as_staff("auditor").get("/v1/admin/audit", params={"person_id": str(staff_id)})

    lines = [
        (each["by"]["kind"], each["action"], each["purpose"], each["about"])
        for each in told.json()["items"]
        if each["purpose"] == "identity.recovery"
    ]
    assert lines == [("job", "write", "identity.recovery", f"identity.staff {staff_id}")]
    assert (await verify()).findings == ()

"""Who administers, from the command line: for the first one, and when nearly nobody is left."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from backend.host.installation import Installation
from backend.host.keyring import as_sign_in
from backend.host.labour import opened
from backend.identity.console import enrolling, repository
from backend.identity.console.enrolling import AdminsExist
from backend.kernel import Transaction
from backend.local import LocalProblem
from contracts.territory import Agency, AgencyRegister

_SCHEME = "h56"


async def first_admin(installed: Installation, name: str, agency: str) -> str:
    """Make the first administrator; return what to do next. Raises `LocalProblem`."""
    try:
        return await _linked(installed, name, agency, enrolling.bootstrap)
    except AdminsExist as error:
        raise LocalProblem(
            "There is an administrator already, who invites others in the console.\n"
            "When their keys are lost, type: tinhs staff recover --name … --agency …"
        ) from error


async def another_admin(installed: Installation, name: str, agency: str) -> str:
    """Make an administrator while there is at most one. Raises `LocalProblem`."""
    try:
        return await _linked(installed, name, agency, enrolling.recover)
    except AdminsExist as error:
        raise LocalProblem("There are two administrators or more: ask them for a link.") from error


async def disabled(installed: Installation, staff_id: UUID) -> str:
    """Shut an officer out. Raises `LocalProblem` when there is none of that id."""
    async with as_sign_in(installed) as tx:
        await tx.run(repository.LOCK_ADMINS)
        if not await tx.run(repository.DISABLE, staff_id, tx.now):
            raise LocalProblem(f"No officer {staff_id} could come in.")
        await tx.run(repository.END_SESSIONS, staff_id, tx.now)
        await tx.run(repository.VOID_LINKS, staff_id, tx.now)
    return f"{staff_id} is shut out"


async def _linked(
    installed: Installation, name: str, agency: str, make: Callable[..., Awaitable[str]]
) -> str:
    where = await _agency(installed, agency)
    async with as_sign_in(installed) as tx:
        link = await make(tx, name=name, agency_id=where.id)
    return (
        f"{name} will administer for {where.name}.\n"
        f"Within fifteen minutes, in the browser with their key, once:\n{link}"
    )


async def _agency(installed: Installation, text: str) -> Agency:
    async with opened(installed) as shop, shop.transaction() as tx:
        found = await _found(tx, text)
    if found is None:
        raise LocalProblem(
            f"No agency of today is called {text}.\n"
            f"Look at {installed.ours.base_url}/v1/territory/agencies"
        )
    return found


async def _found(tx: Transaction, text: str) -> Agency | None:
    register = tx.ask_maybe(AgencyRegister)
    if register is None:
        raise LocalProblem("No module that is installed keeps a register of agencies.")
    try:
        agency_id = UUID(text)
    except ValueError:
        return await register.find(_SCHEME, text, tx.today)
    return await register.in_force(agency_id, tx.today)

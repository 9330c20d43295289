"""The auditor's page: who looked at a person, and how old the seal of the log is."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post

from backend.audit import reading, repository
from backend.audit.scopes import INQUIRE
from backend.kernel import BadRequest, Form, Injected, Nav, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from contracts.problem import Fault

_AT_ONCE: Final = 100

NAV: Final = (Nav(name="log", path="/console/audit/log", scope=INQUIRE, icon="eye"),)


@get("/log", guards=[requires(INQUIRE)])
async def show_log(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show how the log is sealed, and ask about whom an auditor inquires."""
    return work_page(
        "audit/log.html",
        snapshot.principal,
        seal=await snapshot.maybe(repository.LATEST),
        now=snapshot.now,
        person="",
        looks=None,
    )


@post("/log", guards=[requires(INQUIRE)], status_code=200)
async def show_looks(form: Injected[Form], tx: Injected[Transaction]) -> Response[str]:
    """Show the newest looks at a person: which is a look too, and noted as one.

    It is a form and not an address, so that no log of addresses says whom an auditor looked for.
    """
    try:
        person_id = UUID(form.text("person_id").strip())
    except ValueError as error:
        raise BadRequest(errors=[Fault(pointer="/person_id", code="format")]) from error
    return work_page(
        "audit/log.html",
        tx.principal,
        seal=await tx.maybe(repository.LATEST),
        now=tx.now,
        person=str(person_id),
        looks=await reading.inquire(tx, person_id, None, None, _AT_ONCE),
    )


PAGES: Final = (show_log, show_looks)

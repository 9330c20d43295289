"""The auditor's page: who looked at a person, how old the seal is, and whether all is as sealed."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post

from backend.audit import reading, repository, verifications
from backend.audit.handlers import TAKEN
from backend.audit.scopes import EXPORT, INQUIRE
from backend.kernel import BadRequest, Form, Injected, Nav, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from contracts.personal_data import AccessLogEntry
from contracts.problem import Fault

_AT_ONCE: Final = 100
_LOG: Final = "/console/audit/log"

NAV: Final = (Nav(name="log", path=_LOG, scope=INQUIRE, icon="eye"),)


@get("/log", guards=[requires(INQUIRE)])
async def show_log(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show how the log is sealed, and ask about whom an auditor inquires."""
    return await _page(snapshot, "", None)


@post("/log", guards=[requires(INQUIRE)], status_code=200)
async def show_looks(form: Injected[Form], tx: Injected[Transaction]) -> Response[str]:
    """Show the newest looks at a person: which is a look too, and noted as one.

    It is a form and not an address, so that no log of addresses says whom an auditor looked for.
    """
    person_id = _person(form)
    looks = await reading.inquire(tx, person_id, None, None, _AT_ONCE)
    return await _page(tx, str(person_id), looks)


@post("/log/export", guards=[requires(EXPORT)], status_code=200)
async def export_looks(form: Injected[Form], tx: Injected[Transaction]) -> Response[bytes]:
    """Take the newest looks at a person along as a table."""
    return Response(await reading.export(tx, _person(form)), media_type="text/csv", headers=TAKEN)


@post("/log/verification", guards=[requires(INQUIRE)], status_code=303)
async def verify_log(tx: Injected[Transaction]) -> Response[Any]:
    """Have the whole log looked through."""
    await verifications.ask(tx)
    return Response(None, status_code=303, headers={"Location": _LOG})


def _person(form: Form) -> UUID:
    try:
        return UUID(form.text("person_id").strip())
    except ValueError as error:
        raise BadRequest(errors=[Fault(pointer="/person_id", code="format")]) from error


async def _page(
    snapshot: Snapshot, person: str, looks: list[AccessLogEntry] | None
) -> Response[str]:
    return work_page(
        "audit/log.html",
        snapshot.principal,
        seal=await snapshot.maybe(repository.LATEST),
        last=await snapshot.maybe(verifications.LATEST),
        now=snapshot.now,
        person=person,
        looks=looks,
    )


PAGES: Final = (show_log, show_looks, export_looks, verify_log)

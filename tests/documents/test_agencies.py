"""An agency's registrar sees how its documents stand; another agency's sees none of them."""

from collections.abc import Callable
from typing import Any

from backend.kernel import new_id
from backend.testing import Caller, Clock
from tests.documents.conftest import DOCUMENTS


async def test_a_registrar_sees_the_standing_of_their_own_agencys_documents(
    issued: str, connection: Any, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    agency = new_id(clock.now)
    await connection.execute("alter table documents.document no force row level security")
    await connection.execute(
        "update documents.document set agency_id = $1 where id = $2", agency, issued
    )
    await connection.execute("alter table documents.document force row level security")
    ours, theirs = as_staff("registrar", agency_id=agency), as_staff("registrar")

    listed = [(await who.get(DOCUMENTS)).json()["items"] for who in (ours, theirs)]
    standing = [(await who.get(f"{DOCUMENTS}/{issued}")).status_code for who in (ours, theirs)]
    words = [
        (await ours.get(f"{DOCUMENTS}/{issued}/{name}")).status_code
        for name in ("content.json", "bundle.json", "original.pdf", "package.zip", "revisions/1")
    ]

    assert [[each["document_id"] for each in items] for items in listed] == [[issued], []]
    assert standing == [200, 404]
    assert set(words) == {404}


async def test_no_officer_finds_what_belongs_to_no_agency(
    issued: str, as_staff: Callable[..., Caller]
) -> None:
    officer = as_staff("registrar", "officer", "lead", "admin")

    assert (await officer.get(f"{DOCUMENTS}/{issued}")).status_code == 404
    assert (await officer.get(DOCUMENTS)).json()["items"] == []

"""An agency's registrars see how its documents stand and stop them; another agency's see none."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from backend.kernel import new_id
from backend.testing import Caller, Client, Clock
from modules.documents.model import kit as kits
from modules.documents.model import offline
from tests.documents.conftest import DOCUMENTS, Phone, Read
from tests.pressing import press, shown

CONSOLE = "/console/documents"


async def belongs(connection: Any, document: str, agency: UUID) -> None:
    """Let a document be an agency's: drafting one for it takes a module of another kind."""
    await connection.execute("alter table documents.document no force row level security")
    await connection.execute(
        "update documents.document set agency_id = $1 where id = $2", agency, document
    )
    await connection.execute("alter table documents.document force row level security")


async def test_a_registrar_sees_the_standing_of_their_own_agencys_documents(
    issued: str, connection: Any, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    agency = new_id(clock.now)
    await belongs(connection, issued, agency)
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


async def test_a_registrar_sees_whose_turn_it_is_and_two_of_them_revoke(
    submitted: str,
    employer: Phone,
    employee: Phone,
    tick: Callable[..., Awaitable[None]],
    connection: Any,
    as_staff: Callable[..., Caller],
    clock: Clock,
) -> None:
    agency = new_id(clock.now)
    await belongs(connection, submitted, agency)
    first, second = (as_staff("registrar", agency_id=agency) for _ in range(2))
    stranger = as_staff("registrar")
    page = f"{CONSOLE}/papers/{submitted}"

    waiting = await shown(first, CONSOLE)
    elsewhere = await shown(stranger, CONSOLE)
    hidden = [(await stranger.get(path)).status_code for path in (page, f"{DOCUMENTS}/{submitted}")]
    for phone in (employee, employer):
        await phone.sign(submitted)
    await tick()
    done = await shown(first, CONSOLE)
    held = await press(first, f"{page}/status", page, status="suspended", reason="Có đơn khiếu nại")
    stopped = await shown(first, page)
    asked = await press(first, f"{page}/status", page, status="revoked", reason="Ký nhầm người")
    alone = await shown(first, page)
    seen = await shown(second, page)
    gone = await press(second, f"{page}/status", page, status="revoked", reason="Đúng là nhầm")
    late = await press(second, f"{page}/status", page, status="valid", reason="Nhầm tay")

    assert "người lao động" in waiting
    assert "Mỗi người ký bằng khóa của chính mình" in waiting
    assert "Không có văn bản nào" in elsewhere
    assert hidden == [404, 404]
    assert "Không có văn bản nào" in done
    assert held.headers["location"] == f"{page}?done=suspended"
    assert "đang tạm đình chỉ" in stopped
    assert asked.headers["location"] == f"{page}?done=asked"
    assert "Cần thêm một người khác" in alone
    assert "Ký nhầm người" in seen
    assert gone.headers["location"] == f"{page}?done=revoked"
    assert late.status_code == 409
    assert "không ở trạng thái cho phép" in late.text
    assert (await second.get(f"{DOCUMENTS}/{submitted}/status")).json()["counts"] == "revoked"


async def test_what_is_amended_is_listed_with_its_reason(
    issued: str, connection: Any, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    agency = new_id(clock.now)
    await belongs(connection, issued, agency)
    await connection.execute("alter table documents.revision no force row level security")
    await connection.execute(
        """
        insert into documents.revision (document_id, rev, schema, state, data, amends_because)
        select document_id, 2, schema, 'draft', '{}', 'Sai ngày sinh'
          from documents.revision
         where document_id = $1
        """,
        UUID(issued),
    )
    await connection.execute("alter table documents.revision force row level security")
    registrar = as_staff("registrar", agency_id=agency)

    page = await shown(registrar, f"{CONSOLE}/amendments")
    listed = (await registrar.get(f"{DOCUMENTS}/issuance/amendments")).json()["items"]

    assert "Sai ngày sinh" in page
    assert [(each["document_id"], each["rev"]) for each in listed] == [(issued, 2)]


async def test_the_kit_of_an_agency_judges_its_pdfs_alone_and_nobody_elses(
    submitted: str,
    employer: Phone,
    employee: Phone,
    tick: Callable[..., Awaitable[None]],
    connection: Any,
    client: Client,
    clock: Clock,
) -> None:
    agency, another = new_id(clock.now), new_id(clock.now)
    await belongs(connection, submitted, agency)
    await employee.sign(submitted)
    await employer.sign(submitted)
    await tick()
    pdf = (await employee.caller.get(f"{DOCUMENTS}/{submitted}/original.pdf")).content

    async def ruled(which: str, file: bytes = pdf) -> tuple[str, str | None]:
        answer = await client.get(f"{DOCUMENTS}/trust/kit{which}")
        assert answer.status_code == 200, answer.text
        said = offline.judged(file, kits.unpacked(answer.content), clock.now)
        return said.verdict, said.subindication

    assert await ruled(f"?org={agency}") == ("VALID", None)
    assert await ruled("") == ("INDETERMINATE", "NOT_LOGGED")
    assert await ruled(f"?org={another}") == ("INDETERMINATE", "NOT_LOGGED")
    assert (await ruled(f"?org={agency}", pdf + b"\n"))[0] == "INVALID"
    assert (await client.get(f"{DOCUMENTS}/trust/kit?org=x")).status_code == 400


async def test_the_kit_of_one_document_judges_its_pdf_alone_and_knows_no_other(
    issued: str,
    employee: Phone,
    read: Read,
    original: bytes,
    tick: Callable[..., Awaitable[None]],
    client: Client,
    clock: Clock,
) -> None:
    await tick()  # what was issued is known by its hash a moment later
    content = await read(employee, issued, "content.json")
    known = [sha256(each).hexdigest() for each in (original, content)]
    where = f"{DOCUMENTS}/trust/kit?sha256="

    *ours, others = [
        kits.unpacked((await client.get(f"{where}{digest}")).content)
        for digest in (*known, sha256(b"another").hexdigest())
    ]

    for kit in ours:
        assert offline.judged(original, kit, clock.now).verdict == "VALID"
        assert kit.part is not None
        assert [each.content_sha256 for each in kit.part.lines] == [known[1]]
    assert offline.judged(original, others, clock.now).subindication == "NOT_LOGGED"
    assert (await client.get(f"{where}{known[0]}&org={new_id(clock.now)}")).status_code == 400
    assert (await client.get(f"{where}x")).status_code == 400


async def test_the_kit_of_a_large_agency_comes_in_parts(
    issued: str, connection: Any, client: Client, clock: Clock
) -> None:
    agency = new_id(clock.now)
    await connection.execute(
        """
        insert into documents.sealed_content (content_sha256, log_id, agency_id)
        select sha256(number::text::bytea || uuid_send($1)), log_id, $1
          from generate_series(1, 2000) as number
         cross join (select log_id from documents.revision where document_id = $2) as known
        """,
        agency,
        UUID(issued),
    )

    first = await client.get(f"{DOCUMENTS}/trust/kit?org={agency}")
    following = first.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    last = await client.get(following)

    parts = [kits.unpacked(each.content).part for each in (first, last)]
    assert [None if part is None else len(part.lines) for part in parts] == [2000, 0]
    assert "Link" not in last.headers

"""A contract as a PDF: what it says, and what nobody can do to it unseen."""

import random
import struct
import tracemalloc
import zipfile
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
import segno
from cryptography import x509
from msgspec import structs

from backend.testing import Caller, Client, Clock
from modules.documents.model import packages, pdf, printing, qr
from modules.documents.model.canonical import canonical
from modules.documents.model.printed_verdict import MAGIC, content_of
from modules.documents.model.task import Task, judged
from modules.documents.scopes import READ
from modules.documents.service import judging
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.printed import Read, end_of_update, updates


@pytest.fixture
def ask(client: Client) -> Callable[[bytes], Awaitable[dict[str, Any]]]:
    """Asks the house about a file, as anybody may."""

    async def asked(raw: bytes) -> dict[str, Any]:
        kind = "application/zip" if packages.is_package(raw) else "application/pdf"
        answer = await client.post(
            f"{DOCUMENTS}/verifications/files", content=raw, headers={"Content-Type": kind}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


def short(said: dict[str, Any]) -> tuple[str, str, str | None]:
    return said["verdict"], said["indication"], said["subindication"]


def rule(task: Task, raw: bytes) -> tuple[str, str | None]:
    said = judged(Task(**{**{n: getattr(task, n) for n in task.__struct_fields__}, "raw": raw}))
    return said.verdict, said.subindication


async def test_what_both_have_signed_is_valid_for_anybody(
    original: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]]
) -> None:
    said = await ask(original)

    assert short(said) == ("VALID", "TOTAL-PASSED", None)
    assert said["content_matches"] is True
    assert [each["signer"] for each in said["signatures"]] == ["Hà Văn Đạt", "Lê Thị Hòa"]
    assert said["log"]["witnesses"] == 1


async def test_without_the_short_way_the_verdict_is_the_same(task: Task, original: bytes) -> None:
    assert rule(task, original) == ("VALID", None)


async def test_the_same_content_is_the_same_print(task: Task, original: bytes) -> None:
    content = content_of(original)
    assert content is not None
    form = task.forms[content[1].renderer.template]

    printing._printed.cache_clear()
    first = printing.based(*content, form)
    printing._printed.cache_clear()

    assert first == printing.based(*content, form)
    assert original.startswith(first[0])
    assert pdf.reopened(first[0]) == first[1]


@pytest.mark.parametrize("letters", [1, 20, 33, 47, 90, 200, 800])
def test_a_code_is_drawn_as_the_library_draws_it(letters: int) -> None:
    dice = random.Random(letters)  # noqa: S311 - any address
    for _ in range(4):
        address = f"https://example.vn/v#{''.join(dice.choices(ascii_letters, k=letters))}"
        drawn = BytesIO()
        made = segno.make(address, error="m", micro=False)

        made.save(drawn, kind="svg", border=0, xmldecl=False)

        assert qr.svg(address) == drawn.getvalue()


async def test_no_byte_of_it_can_be_changed(task: Task, original: bytes) -> None:
    dice = random.Random(20261122)  # noqa: S311 - positions, not keys

    genuine = []
    for _ in range(2000):
        place = dice.randrange(len(original))
        flipped = bytes((original[place] ^ dice.choice((1, 0x20, 0x80)),))
        verdict, _ = rule(task, original[:place] + flipped + original[place + 1 :])
        if verdict in {"VALID", "SUPERSEDED"}:
            genuine.append(place)

    assert genuine == []


def _more(raw: bytes, objects: bytes) -> bytes:
    """Add an update as any PDF program would."""
    return raw + objects + b"\nxref\n0 0\ntrailer\n<</Size 200/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


def _before_signatures(raw: bytes, objects: bytes) -> bytes:
    base = pdf.unsigned(raw)
    return _more(base, objects) + raw[len(base) :]


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (lambda raw: raw + b"\n", "NOT_AS_SIGNED"),
        (lambda raw: raw + b"% a remark\n", "NOT_AS_SIGNED"),
        (lambda raw: _more(raw, b"9 0 obj\n<</Type/Page>>\nendobj"), "NOT_AS_SIGNED"),
        (lambda raw: _more(raw, b"99 0 obj\n<</FT/Tx/T(x)/V(y)>>\nendobj"), "NOT_AS_SIGNED"),
        (lambda raw: raw[: raw.rindex(b"%%EOF")], "NOT_AS_SIGNED"),
        (lambda raw: raw[: end_of_update(raw, 0)], None),
        (lambda raw: raw.replace(b"/F 132", b"/F 130", 1), "CONTENT_MISMATCH"),
        (lambda raw: raw.replace(b"0" * 64, b"1" * 64, 1), "NOT_AS_SIGNED"),
        (lambda raw: raw.replace(b"%PDF-1.7", b"%PDF-1.4", 1), "CONTENT_MISMATCH"),
        (
            lambda raw: _before_signatures(raw, b"9 0 obj\n<</Type/Page>>\nendobj\n"),
            "NOT_AS_SIGNED",
        ),
        (lambda raw: raw.replace(b"/Prev ", b"/XRefStm 9/Prev ", 1), "CONTENT_MISMATCH"),
        (lambda raw: _more(raw, b"98 0 obj\n<</Subtype/FreeText>>\nendobj"), "NOT_AS_SIGNED"),
        (lambda raw: b"%PDF-1.7\n" + raw, "CONTENT_MISMATCH"),
    ],
    ids=[
        "line break",
        "remark",
        "page replaced",
        "field added",
        "end cut off",
        "signatures cut off",
        "field changed",
        "padding filled",
        "version changed",
        "edited before the first signature",
        "hybrid table of objects",
        "annotation",
        "wrapped",
    ],
)
async def test_what_is_added_or_replaced_is_seen(
    task: Task, original: bytes, attack: Callable[[bytes], bytes], said: str | None
) -> None:
    verdict, subindication = rule(task, attack(original))

    assert verdict in {"INVALID", "INDETERMINATE"}
    if said is not None:
        # The log is asked as well, and either reason would do.
        assert subindication in {said, "NOT_AS_ISSUED"}


async def test_a_signature_cannot_be_put_into_another_field(task: Task, original: bytes) -> None:
    first, second, *_ = (e for e in updates(original, task) if isinstance(e, pdf.Signature))
    content = content_of(original)
    assert content is not None
    raw, shape = printing.based(*content, task.forms[content[1].renderer.template])
    for field in ("party-0", "party-1"):
        slot = pdf.prepared(raw, shape, field, first.claimed_at)
        raw, shape = pdf.filled(slot, first.contents), slot.shape

    assert rule(task, raw)[0] == "INVALID"
    assert second.contents != first.contents


async def test_another_attachment_is_not_believed(
    task: Task, original: bytes, issued: str, employee: Phone, read: Read
) -> None:
    content = await read(employee, issued, "content.json")
    assert b"9500000" in content
    other = content.replace(b"9500000", b"9900000")
    swapped = original.replace(b"%%EOF\n", b"%%EOF\n" + _attachment(other), 1)
    before = _attachment(other) + original

    for forged in (swapped, before):
        assert rule(task, forged)[0] == "INVALID"


def _attachment(content: bytes) -> bytes:
    head = b"<</Length %d/Type/EmbeddedFile/Subtype/application#2Fjson>>\nstream\n" % len(content)
    return b"1 0 obj\n" + head + content + b"\nendstream\nendobj\n"


async def test_a_package_verifies_and_its_halves_cannot_be_mixed(
    issued: str,
    employee: Phone,
    read: Read,
    ask: Callable[[bytes], Awaitable[dict[str, Any]]],
) -> None:
    package = await read(employee, issued, "package.zip")
    halves = packages.unpacked(package)
    assert halves is not None
    mixed = packages.packed(packages.Package(halves.original[:-1], halves.bundle))

    assert short(await ask(package))[0] == "VALID"
    assert (await ask(mixed))["verdict"] == "INVALID"
    assert (await ask(package + b"\n"))["verdict"] == "INVALID"


async def test_what_would_be_a_command_to_the_printer_is_only_text(
    task: Task, original: bytes
) -> None:
    content = content_of(original)
    assert content is not None
    form = task.forms[content[1].renderer.template]
    said = {**content[1].data, "job": '#read("content.json") $x$ *_`#panic()`_* @a <b> // \\u{0}'}
    envelope = structs.replace(content[1], data=said)

    printed, _ = printing.based(canonical(envelope), envelope, form)

    assert printed.startswith(MAGIC)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_package_is_never_inflated(
    method: int, ask: Callable[[bytes], Awaitable[dict[str, Any]]]
) -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr(packages.ORIGINAL, b"%PDF-" + bytes(64 << 20))
        archive.writestr(packages.BUNDLE, b"{}")
    bomb = target.getvalue()
    # It claims to be small, so that nobody looks.
    small = bomb.replace(struct.pack("<I", (64 << 20) + 5), struct.pack("<I", 1000))
    broken = bomb[:60] + bytes(200) + bomb[260:]

    tracemalloc.start()
    said = [await ask(each) for each in (bomb, small, broken)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [short(each) for each in said] == [("INVALID", "TOTAL-FAILED", "FORMAT_FAILURE")] * 3
    assert peak < 16 << 20


async def test_a_file_that_finds_too_many_waiting_is_asked_to_come_again(
    original: bytes,
    tick: Callable[..., Awaitable[None]],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await tick()
    monkeypatch.setattr(judging, "_WAITING_MAX", 0)

    where, kind = f"{DOCUMENTS}/verifications/files", {"Content-Type": "application/pdf"}
    unknown = await client.post(where, content=original + b"\n", headers=kind)
    known = await client.post(where, content=original, headers=kind)

    assert unknown.status_code == 503
    assert unknown.json()["type"].endswith("/documents/judges-busy")
    assert int(unknown.headers["retry-after"]) > 0
    assert known.json()["verdict"] == "VALID"


async def test_a_code_tells_how_it_stands_and_not_what_it_says(
    issued: str, original: bytes, client: Client, employee: Phone, read: Read
) -> None:
    content = content_of(original)
    assert content is not None

    said = [
        (await client.post(f"{DOCUMENTS}/verifications", json=question)).json()
        for question in ({"code": content[1].code}, {"document_id": issued})
    ]
    none = await client.post(f"{DOCUMENTS}/verifications", json={"code": "HD-26-AAAAAAAAA-A"})
    both = await client.post(
        f"{DOCUMENTS}/verifications", json={"code": content[1].code, "document_id": issued}
    )

    assert [each["document"]["status"] for each in said] == ["VALID"] * 2
    assert [each["verdict"] for each in said] == ["INDETERMINATE"] * 2
    assert "Hà Văn Đạt" not in str(said)
    assert (none.status_code, both.status_code) == (404, 422)


async def test_a_file_that_kills_its_judge_is_answered(
    original: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]], client: Client
) -> None:
    content = content_of(original)
    assert content is not None
    text = "a " * 2000
    heavy = content[0].replace(b'"workplaces":[', b'"workplaces":[' + f'"{text}",'.encode() * 240)
    hostile = b"%PDF-1.7\n" + _attachment(heavy)
    assert content_of(hostile) is not None

    said = await ask(hostile)

    assert said["verdict"] == "INVALID"
    assert (await ask(original))["verdict"] == "VALID"


@pytest.mark.parametrize("raw", [b"%PDF-1.7\n", b"%PDF-" + b"0" * 100_000, b"PK\3\4", b"", b"\0"])
async def test_whatever_the_bytes_are_the_answer_is_a_verdict(
    raw: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]]
) -> None:
    assert short(await ask(raw)) == ("INVALID", "TOTAL-FAILED", "FORMAT_FAILURE")


async def test_a_lost_phone_signs_nothing_more_and_what_it_signed_stands(
    issued: str,
    original: bytes,
    employee: Phone,
    clock: Clock,
    draft: Callable[..., Awaitable[str]],
    employer: Phone,
    client: Client,
    task: Task,
    tmp_path: Path,
    ask: Callable[[bytes], Awaitable[dict[str, Any]]],
) -> None:
    clock.advance(minutes=1)
    where = f"{DOCUMENTS}/signing/certificates/{employee.fingerprint}/revoke"

    gone = await employee.caller.post(where)
    another = await draft()
    await employer.caller.post(f"/v1/labour-contracts/{another}/submission")
    refused = await employee.prepare(another)
    listed = (await employee.caller.get(f"{DOCUMENTS}/signing/certificates")).json()["items"]
    crl = (await client.get(f"{DOCUMENTS}/pki/pilot.crl")).content

    assert gone.status_code == 204
    assert refused.status_code == 403
    assert [each["revoked_at"] is None for each in listed] == [False]
    assert len(list(x509.load_der_x509_crl(crl))) >= 1
    assert (await ask(original))["verdict"] == "VALID"


async def test_a_stranger_cannot_tell_a_pdf_from_nothing(
    issued: str, as_citizen: Callable[..., Caller], as_staff: Callable[..., Caller]
) -> None:
    for who in (as_citizen(READ), as_staff("registrar")):
        for name in ("original.pdf", "package.zip", "log-proof", "revisions/1"):
            assert (await who.get(f"{DOCUMENTS}/{issued}/{name}")).status_code == 404

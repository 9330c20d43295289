"""Timestamps from outside count if we trust who gives them, and know that they still may."""

import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.kernel.outside import Reach
from backend.testing import Caller, Clock
from backend.testing.sites import Asked, Site, Told, standing
from backend.work import Workshop
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import answers, certificates, jws, timestamps
from modules.documents.model import bundle as bundles
from modules.documents.model import verdict as of_data
from modules.documents.model.answers import NotAnAnswer
from modules.documents.model.findings import Listing, Trust, Verdict
from modules.documents.model.printed_verdict import content_of
from modules.documents.model.task import Task, judged
from modules.documents.service import verification
from modules.documents.service.answers import Lookups
from modules.documents.settings import Settings
from tests.documents.conftest import DOCUMENTS, Given, Phone
from tests.documents.judges import program
from tests.documents.printed import Read

CHANGES: Final = f"{DOCUMENTS}/trust/changes"
_FILES: Final = ("-reqin", "question", "-respout", "answer")


@pytest.fixture(scope="module")
def settings(settings: Given) -> Given:
    """A developer's house, which may ask its own machine."""
    return {**settings, Settings: Settings(fetch_private=True)}


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    """Where an authority answers."""
    async with standing(lambda _: Told(status=404)) as found:
        yield found


class Stamper:
    """A timestamp authority outside; OpenSSL answers for its certificate."""

    def __init__(self, site: Site, now: datetime, folder: Path) -> None:
        self._folder, self.now, self.revoked = folder, now, False
        self._program = program("openssl", "openssl")
        root, self._key = (generate_private_key(SECP256R1()) for _ in range(2))
        self.anchor = certificates.authority(root, now - timedelta(days=2))
        where = certificates.Addresses(f"{site.url}/ocsp", f"{site.url}/crl")
        above = certificates.Above(root, self.anchor, where)
        self.paper = certificates.stamping(above, self._key.public_key(), now - timedelta(days=1))
        paper = x509.load_der_x509_certificate(self.anchor)
        self.pem = paper.public_bytes(Encoding.PEM).decode()
        key = root.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "ca.pem").write_text(self.pem)
        (folder / "ca.key").write_bytes(key)

    def answer(self, asked: Asked) -> Told:
        if asked.path == "/tsa":
            wish = timestamps.asked(asked.body)
            by = timestamps.Authority(self._key, self.paper, self.anchor)
            return Told(body=timestamps.granted(timestamps.token(wish, by, 1, self.now)))
        return Told(body=self._openssl(asked.body)) if asked.path == "/ocsp" else Told(status=404)

    def _openssl(self, question: bytes) -> bytes:
        """Ask OpenSSL's responder, with an index as its own authority writes it."""
        serial = f"{x509.load_der_x509_certificate(self.paper).serial_number:X}"
        how, when = ("R", "260101000000Z") if self.revoked else ("V", "")
        even = serial.zfill(len(serial) + len(serial) % 2)
        index = f"{how}\t491231235959Z\t{when}\t{even}\tunknown\t/CN=TSA\n"
        (self._folder / "index").write_text(index)
        (self._folder / "question").write_bytes(question)
        command = "ocsp -index index -CA ca.pem -rsigner ca.pem -rkey ca.key -ndays 3650"
        subprocess.run(
            [self._program, *command.split(), *_FILES],
            cwd=self._folder, check=True, capture_output=True,
        )  # fmt: skip
        return (self._folder / "answer").read_bytes()


@pytest.fixture
def stamper(site: Site, clock: Clock, tmp_path: Path, settings: Given) -> Iterator[Stamper]:
    """Whom the house asks for timestamps during a test."""
    found = Stamper(site, clock.now.replace(microsecond=0), tmp_path)
    site.answer = found.answer
    msgspec.structs.force_setattr(settings[Settings], "tsa_urls", (f"{site.url}/tsa",))
    yield found
    msgspec.structs.force_setattr(settings[Settings], "tsa_urls", ())


@pytest.fixture
def trusted(stamper: Stamper, as_staff: Callable[..., Caller]) -> Callable[[], Awaitable[None]]:
    """Two people agree that its timestamps count."""

    async def decided() -> None:
        one, another = as_staff("trust_keeper"), as_staff("trust_keeper")
        order = {
            "action": "add",
            "tree": "tsa",
            "certificates": stamper.pem,
            "since": (stamper.now - timedelta(days=2)).isoformat(),
            "reason": "Danh sách công bố",
        }
        proposed = await one.post(CHANGES, json=order)
        assert proposed.status_code == 201, proposed.text
        where = f"{CHANGES}/{proposed.json()['id']}/decision"
        assert (await another.post(where, json={"accepted": True})).status_code == 204

    return decided


async def test_a_timestamp_of_somebody_whom_nobody_trusts_is_none(
    stamper: Stamper, submitted: str, employee: Phone
) -> None:
    prepared = (await employee.prepare(submitted)).json()
    signed = employee.handed_in(prepared["documents"][0])

    refused = await employee.finalise(prepared["id"], *signed)

    assert refused.status_code == 503
    assert refused.json()["type"].endswith("/documents/timestamp-unavailable")


def test_a_stamp_for_something_else_is_none(stamper: Stamper) -> None:
    digest, by = bytes(32), timestamps.Authority(stamper._key, stamper.paper, stamper.anchor)

    def token(imprint: bytes, nonce: int | None) -> bytes:
        wish = timestamps.Asked(imprint, nonce, wants_certificate=True)
        return timestamps.token(wish, by, 1, stamper.now)

    good = token(digest, 7)
    timestamps.require_answer(good, digest, 7)
    another = bytes((*good[:-1], good[-1] ^ 1))
    for raw in (token(b"\1" * 32, 7), token(digest, 8), token(digest, None), another, good[:-1]):
        with pytest.raises(timestamps.NotStamped):
            timestamps.require_answer(raw, digest, 7)


async def test_what_a_stampers_authority_says_of_it_is_in_the_file_and_asked_once(
    stamper: Stamper,
    site: Site,
    trusted: Callable[[], Awaitable[None]],
    draft: Callable[..., Awaitable[str]],
    employer: Phone,
    employee: Phone,
    read: Read,
    tick: Callable[..., Awaitable[None]],
) -> None:
    await trusted()
    documents = [await draft(), await draft()]
    for document in documents:
        await employer.caller.post(f"/v1/labour-contracts/{document}/submission")
        await employee.sign(document)
        await employer.sign(document)
        await tick()

    files = [await read(employee, document, "original.pdf") for document in documents]

    asked = [each.path for each in site.asked]
    answer = (stamper._folder / "answer").read_bytes()
    assert (asked.count("/ocsp"), asked.count("/tsa")) == (1, 10)
    assert all(answer in file and stamper.paper in file for file in files)


async def test_nothing_is_sealed_on_the_word_of_a_stamper_that_was_revoked(
    stamper: Stamper,
    site: Site,
    trusted: Callable[[], Awaitable[None]],
    submitted: str,
    employer: Phone,
    employee: Phone,
    tick: Callable[..., Awaitable[None]],
) -> None:
    stamper.revoked = True
    await trusted()
    await employee.sign(submitted)
    await employer.sign(submitted)

    await tick()

    shown = (await employee.caller.get(f"{DOCUMENTS}/{submitted}")).json()
    assert site.asked[-1].path == "/ocsp"
    assert shown["state"] == "signing"


def test_whoever_may_not_answer_for_an_authority_is_not_believed(
    stamper: Stamper, site: Site, clock: Clock, tmp_path: Path
) -> None:
    paper, above = (x509.load_der_x509_certificate(d) for d in (stamper.paper, stamper.anchor))
    (tmp_path / "another").mkdir()
    another = Stamper(site, stamper.now, tmp_path / "another")
    theirs = x509.load_der_x509_certificate(another.paper)
    good = stamper._openssl(answers.question(paper, above))
    for_another = another._openssl(
        answers.question(theirs, x509.load_der_x509_certificate(another.anchor))
    )
    changed = good.replace(b"\x80\x00", b"\x82\x00", 1)

    said = answers.read_ocsp(good, paper, above, clock.now)

    assert said.revoked_at is None
    assert said.next_update > clock.now
    for raw in (for_another, changed, good[:-1], b"", b"<html>"):
        with pytest.raises(NotAnAnswer):
            answers.read_ocsp(raw, paper, above, clock.now)
    with pytest.raises(NotAnAnswer):
        answers.read_ocsp(good, paper, above, said.next_update)
    with pytest.raises(NotAnAnswer):
        answers.read_ocsp(good, theirs, above, clock.now)


async def test_an_address_inside_the_house_is_not_asked_in_production(
    stamper: Stamper, site: Site, clock: Clock
) -> None:
    away = Lookups(
        now=clock.now, reach=Reach(may_be_plain=True), anchors=(stamper.anchor,), known={}
    )

    with pytest.raises(TimestampUnavailable):
        await away.evidence([stamper.paper])

    assert site.asked == []


async def test_an_answer_that_never_ends_is_none(
    stamper: Stamper, site: Site, clock: Clock
) -> None:
    site.answer = lambda _: Told(body=bytes(answers.BYTES_MAX + 1))
    near = Reach(may_be_plain=True, may_be_private=True, bytes_max=answers.BYTES_MAX)
    looks = Lookups(now=clock.now, reach=near, anchors=(stamper.anchor,), known={})

    with pytest.raises(TimestampUnavailable):
        await looks.evidence([stamper.paper])

    assert [each.path for each in site.asked] == ["/ocsp", "/crl"]


@pytest.fixture
async def signed(
    stamper: Stamper,
    trusted: Callable[[], Awaitable[None]],
    submitted: str,
    employer: Phone,
    employee: Phone,
    clock: Clock,
    tick: Callable[..., Awaitable[None]],
) -> str:
    """A contract that the log has seen an hour after it was signed."""
    await trusted()
    await employee.sign(submitted)
    await employer.sign(submitted)
    clock.advance(hours=1)
    await tick()
    return submitted


@pytest.fixture
async def task(signed: str, employee: Phone, read: Read, shop: Workshop) -> Task:
    """What anybody has to judge its PDF by."""
    file = await read(employee, signed, "original.pdf")
    content = content_of(file)
    assert content is not None
    async with shop.transaction() as tx:
        return await verification._task(tx, file, await verification._logged(tx, content[0]))


async def test_a_stamp_of_one_that_was_revoked_since_says_nothing_of_time(
    stamper: Stamper, task: Task
) -> None:
    serial = f"{x509.load_der_x509_certificate(stamper.paper).serial_number:x}"
    gone = [msgspec.structs.replace(each, revoked={serial: 0}) for each in task.trust.listed]
    since = msgspec.structs.replace(task.trust, listed=tuple(gone))

    before, after = judged(task), judged(msgspec.structs.replace(task, trust=since))

    assert (before.verdict, after.verdict) == ("VALID", "VALID")
    assert before.log is not None
    assert {each.best_time for each in before.signatures} == {stamper.now}
    assert {each.best_time for each in after.signatures} == {before.log.logged_at}


def _states(
    trust: Trust, stamper: Stamper, papers: list[bytes], logged_at: datetime
) -> list[Trust]:
    """Return what a verifier may have learnt since, in every order of what can be revoked."""
    own = Listing(der=trust.anchors[0], tree="platform", since=0, until=None, known_until=1 << 33,
        revoked={})  # fmt: skip
    moments = [int(logged_at.timestamp()) + each for each in (-7200, -1800, 0, 1800)]
    found = [trust]
    for at in moments:
        gone = [(x509.load_der_x509_certificate(each), each) for each in papers]
        found += [
            msgspec.structs.replace(trust, revoked={sha256(each).hexdigest(): at})
            for _, each in gone
        ]
        listings = [
            msgspec.structs.replace(own, revoked={f"{gone[0][0].serial_number:x}": at}),
            msgspec.structs.replace(own, until=at),
            msgspec.structs.replace(own, since=at),
            msgspec.structs.replace(own, known_until=at),
        ]
        found += [
            msgspec.structs.replace(trust, anchors=(), stampers=(), listed=(*trust.listed, each))
            for each in listings
        ]
    serial = f"{x509.load_der_x509_certificate(stamper.paper).serial_number:x}"
    untrusted = [
        msgspec.structs.replace(
            each,
            listed=tuple(
                msgspec.structs.replace(one, revoked={serial: 0}) if one.tree == "tsa" else one
                for one in each.listed
            ),
        )
        for each in found
    ]
    return found + untrusted


def _told(said: Verdict) -> object:
    signatures = {each.role: each for each in said.signatures}
    return said.verdict, said.indication, said.subindication, signatures, said.log


async def test_pdf_and_bundle_of_a_document_are_told_alike_whoever_is_revoked_when(
    stamper: Stamper, signed: str, task: Task, employee: Phone, read: Read
) -> None:
    raw = await read(employee, signed, "bundle.json")
    carried = bundles.read(raw)
    papers = [jws.decoded(each) for each in carried.evidence.certificates]
    first = judged(task)
    assert first.log is not None
    states = _states(task.trust, stamper, papers, first.log.logged_at)

    unseen = msgspec.structs.replace(carried.evidence, log=None)
    unlogged = bundles.written(msgspec.structs.replace(carried, evidence=unseen))

    printed = [
        judged(msgspec.structs.replace(task, trust=each, evidence=evidence))
        for each in states
        for evidence in (task.evidence, None)
    ]
    data = [
        of_data.judged(file, each, lambda *_: task.found, task.now)
        for each in states
        for file in (raw, unlogged)
    ]

    assert first.verdict == "VALID"
    assert {each.best_time for each in first.signatures} == {stamper.now}
    assert [_told(each) for each in data] == [_told(each) for each in printed]
    assert {each.verdict for each in data} == {"VALID", "INVALID", "INDETERMINATE"}

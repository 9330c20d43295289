"""Whose certificates count is decided by two people; and nobody's word is taken for ever."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from backend.testing import Caller, Client, Clock
from backend.testing.sites import Asked, Site, Told, standing
from backend.work import Workshop
from modules.documents.model import bundle as bundles
from modules.documents.model import certificates, jws
from modules.documents.model.algorithms import ProviderHeader
from modules.documents.model.bundle import Bundle, Evidence
from modules.documents.model.canonical import canonical
from modules.documents.model.trusting import NotAList, read_list
from modules.documents.service.trusting import READ_LISTS
from modules.documents.settings import Settings
from tests.documents.conftest import DOCUMENTS, Given
from tests.documents.test_verdict import envelope, party
from tests.pressing import press, shown

CONSOLE: Final = "/console/documents"
CHANGES: Final = f"{DOCUMENTS}/trust/changes"


@pytest.fixture(scope="module")
def settings(settings: Given) -> Given:
    """A developer's house, which may ask its own machine."""
    return {**settings, Settings: Settings(fetch_private=True)}


class Authority:
    """Somebody else's authority, with one signer and a list of whom it revoked."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.key, self.phone = (generate_private_key(SECP256R1()) for _ in range(2))
        self.der = certificates.authority(self.key, now - timedelta(days=2))
        above = certificates.Above(self.key, self.der)
        begun = now - timedelta(days=1)
        self.paper = certificates.issued(above, self.phone.public_key(), "S-1", begun)
        self.pem = x509.load_der_x509_certificate(self.der).public_bytes(Encoding.PEM).decode()

    def crl(
        self, *serials: int, signer: Any = None, made: timedelta = timedelta(), limit: Any = ()
    ) -> bytes:
        subject = x509.load_der_x509_certificate(self.der).subject
        builder = x509.CertificateRevocationListBuilder(subject)
        builder = builder.last_update(self.now + made).next_update(
            self.now + made + timedelta(days=1)
        )
        for serial in serials:
            gone = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                gone.revocation_date(self.now - timedelta(hours=1)).build()
            )
        builder = builder.add_extension(*limit) if limit else builder
        return builder.sign(signer or self.key, SHA256()).public_bytes(Encoding.DER)

    def bundle(self, claimed: str | None = None) -> str:
        """Return a document of another house, signed by somebody whom this authority knows.

        They say of themselves which party they are, if that is `claimed`.
        """
        said = envelope(
            issuer="https://another.example", parties=(party(claimed or "S-1", "first"),)
        )
        der = self.paper.public_bytes(Encoding.DER)
        head: Any = jws.Header(
            alg="ES256",
            iat=int(self.now.timestamp()),
            kid=jws.thumbprint(self.phone.public_key()),
            typ="tinhs-doc+jws",
            x5t_s256=jws.encoded(sha256(der).digest()),
        )
        if claimed is not None:
            head = ProviderHeader(sub=claimed, **msgspec.structs.asdict(head))
        protected, payload = jws.protected(head), canonical(said)
        value = jws.sign(self.phone, jws.signing_input(protected, payload))
        made = jws.Signature(protected=protected, signature=jws.encoded(value))
        evidence = Evidence(certificates=(jws.encoded(der),))
        return bundles.written(
            Bundle(evidence=evidence, payload=jws.encoded(payload), signatures=(made,))
        ).decode()


def publishing(raw: bytes) -> Callable[[Asked], Told]:
    return lambda _: Told(body=raw)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    """Where an authority publishes its list: `site.answer` says which one."""
    async with standing(publishing(b"")) as found:
        yield found


@pytest.fixture
def authority(clock: Clock) -> Authority:
    return Authority(clock.now.replace(microsecond=0))


@pytest.fixture
def keepers(as_staff: Callable[..., Caller]) -> tuple[Caller, Caller]:
    return as_staff("trust_keeper"), as_staff("trust_keeper")


@pytest.fixture
def decide(
    keepers: tuple[Caller, Caller], authority: Authority, clock: Clock
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Two people agree on a change."""

    async def decided(**changed: Any) -> dict[str, Any]:
        clock.advance(seconds=1)  # so that the newest is the newest
        since = (authority.now - timedelta(days=2)).isoformat()
        order = {
            "action": "add",
            "tree": "foreign",
            "certificates": authority.pem,
            "since": since,
            "reason": "Danh sách công bố",
            **changed,
        }
        proposed = await keepers[0].post(CHANGES, json=order)
        assert proposed.status_code == 201, proposed.text
        where = f"{CHANGES}/{proposed.json()['id']}/decision"
        agreed = await keepers[1].post(where, json={"accepted": True})
        assert agreed.status_code == 204, agreed.text
        return proposed.json()

    return decided


@pytest.fixture
def read_lists(shop: Workshop) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        async with shop.transaction() as tx:
            asked = await READ_LISTS.prepare(tx)
        answers = await READ_LISTS.call(asked)
        async with shop.transaction() as tx:
            await READ_LISTS.settle(tx, asked, answers)

    return read


Decide = Callable[..., Awaitable[dict[str, Any]]]
Verdict = Callable[[str], Awaitable[dict[str, Any]]]
ReadLists = Callable[[], Awaitable[None]]


async def test_an_unknown_issuer_is_known_when_two_people_say_so(
    authority: Authority,
    decide: Decide,
    verdict: Verdict,
    site: Site,
    read_lists: ReadLists,
    clock: Clock,
) -> None:
    bundle, site.answer = authority.bundle(), publishing(authority.crl())

    unknown = await verdict(bundle)
    await decide(crl_url=site.url)
    unread = await verdict(bundle)
    await read_lists()
    known = await verdict(bundle)
    gone = x509.load_der_x509_certificate(authority.paper.public_bytes(Encoding.DER))
    clock.advance(hours=7)
    site.answer = publishing(authority.crl(gone.serial_number, made=timedelta(hours=6)))
    await read_lists()
    revoked = await verdict(bundle)

    assert (unknown["verdict"], unknown["subindication"]) == (
        "INDETERMINATE",
        "NO_CERTIFICATE_CHAIN_FOUND",
    )
    assert (unread["verdict"], unread["subindication"]) == ("INDETERMINATE", "TRY_LATER")
    assert (known["verdict"], known["indication"]) == ("SIGNATURES_ONLY", "TOTAL-PASSED")
    assert (revoked["verdict"], revoked["subindication"]) == ("INDETERMINATE", "REVOKED_NO_POE")


async def test_nobody_is_a_party_because_they_say_so(
    clock: Clock,
    decide: Decide,
    authority: Authority,
    verdict: Verdict,
    site: Site,
    read_lists: ReadLists,
) -> None:
    site.answer = publishing(authority.crl())
    await decide(crl_url=site.url)
    await read_lists()

    named = await verdict(authority.bundle())
    claimed = await verdict(authority.bundle(claimed="S-2"))

    assert [each["role"] for each in named["signatures"]] == ["first"]
    assert [each["role"] for each in claimed["signatures"]] == [""]
    assert (claimed["verdict"], claimed["subindication"]) == (
        "INDETERMINATE",
        "SIG_CONSTRAINTS_FAILURE",
    )


async def test_who_is_distrusted_counts_no_more_and_it_stays_written_down(
    authority: Authority,
    decide: Decide,
    verdict: Verdict,
    site: Site,
    read_lists: ReadLists,
    keepers: tuple[Caller, Caller],
) -> None:
    bundle, site.answer = authority.bundle(), publishing(authority.crl())
    await decide(crl_url=site.url)
    await read_lists()

    before = await verdict(bundle)
    ended = authority.now - timedelta(hours=1)
    await decide(action="distrust", until=ended.isoformat())
    after = await verdict(bundle)

    history = (await keepers[0].get(CHANGES)).json()["items"]
    listed = (await keepers[0].get(f"{DOCUMENTS}/trust/anchors?limit=100")).json()["items"]
    assert before["verdict"] == "SIGNATURES_ONLY"
    assert after["subindication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    digest = sha256(authority.der).hexdigest()
    mine = [each for each in history if digest in each["sha256"]]
    assert [each["action"] for each in mine] == ["distrust", "add"]
    assert mine[0]["proposed_by"] != mine[0]["decided_by"]
    assert [each["tree"] for each in listed if each["sha256"] == digest] == ["foreign"]


async def test_nobody_decides_alone_nor_twice(
    authority: Authority, keepers: tuple[Caller, Caller], as_staff: Callable[..., Caller]
) -> None:
    order = {
        "action": "add",
        "tree": "neac",
        "certificates": authority.pem,
        "since": authority.now.isoformat(),
        "reason": "Danh sách công bố",
    }
    where = f"{CHANGES}/{(await keepers[0].post(CHANGES, json=order)).json()['id']}/decision"

    own = await keepers[0].post(where, json={"accepted": True})
    registrar = await as_staff("registrar").post(where, json={"accepted": True})
    refused = await keepers[1].post(where, json={"accepted": False})
    again = await as_staff("trust_keeper").post(where, json={"accepted": True})
    listed = (await keepers[0].get(f"{DOCUMENTS}/trust/anchors?limit=100")).json()["items"]

    assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (
        409,
        "second-person-needed",
    )
    assert (registrar.status_code, refused.status_code, again.status_code) == (403, 204, 409)
    assert sha256(authority.der).hexdigest() not in [each["sha256"] for each in listed]


async def test_keepers_decide_on_pages_and_see_how_the_log_is(
    keepers: tuple[Caller, Caller],
    authority: Authority,
    as_staff: Callable[..., Caller],
    tick: Callable[..., Awaitable[None]],
    client: Client,
) -> None:
    first, second = keepers
    said = {"action": "add", "tree": "foreign", "reason": "Theo công bố", "since": "2026-11-20"}
    page = f"{CONSOLE}/trust"

    bad = await press(first, page, page, **said, certificates="chép thiếu")
    kept = await press(first, page, page, **said, certificates=authority.pem)
    own = (await first.get(page)).text
    accept = re.search(r'action="([^"]+/acceptance)"', (await second.get(page)).text)
    assert accept is not None
    decided = await press(second, accept[1], page)
    twice = await press(second, accept[1], f"{CONSOLE}/log")
    await tick()
    log = await shown(second, f"{CONSOLE}/log")
    health = (await second.get(f"{DOCUMENTS}/trust/log-health")).json()
    turn = re.search(r'action="([^"]+/rotation)"', (await second.get(f"{CONSOLE}/log")).text)
    assert turn is not None
    turned = await press(second, turn[1], f"{CONSOLE}/log")

    assert bad.status_code == 422
    assert "chép thiếu" in bad.text
    assert kept.headers["location"] == f"{page}?done=proposed"
    assert "/acceptance" not in own
    assert decided.headers["location"] == f"{page}?done=accepted"
    assert twice.status_code == 409
    assert f"{health['size']} dòng trong nhật ký 0 dòng chưa có mốc ký" in log
    assert health["signed_size"] == health["size"] > 0
    assert [each["is_witness"] for each in health["cosignatures"]] == [False, True]
    assert health["checkpoint"] == (await client.get(f"{DOCUMENTS}/log/checkpoint")).text
    assert turned.headers["location"] == f"{CONSOLE}/log?done=turned"
    assert (await as_staff("registrar").get(page)).status_code == 403


async def test_a_list_with_something_else_in_it_is_refused_as_a_whole(
    authority: Authority, keepers: tuple[Caller, Caller]
) -> None:
    leaf = authority.paper.public_bytes(Encoding.PEM).decode()
    order = {
        "action": "add",
        "tree": "neac",
        "since": authority.now.isoformat(),
        "reason": "Danh sách công bố",
    }

    answers = [
        await keepers[0].post(CHANGES, json={**order, "certificates": text, **more})
        for text, more in (
            (authority.pem + leaf, {}),
            ("rubbish", {}),
            (authority.pem, {"crl_url": "file:///etc/passwd"}),
            (authority.pem, {"crl_url": "http://a:b@localhost/"}),
            (authority.pem, {"crl_url": "http://[nonsense/"}),
            (authority.pem, {"crl_url": "http://example.com:99999/"}),
            (authority.pem, {"action": "distrust"}),
            (authority.pem, {"until": "0001-01-01T00:00:00+14:00"}),
            (authority.pem, {"since": "9999-12-31T23:59:59-12:00"}),
        )
    ]
    naive = await keepers[0].post(
        CHANGES, json={**order, "certificates": authority.pem, "since": "2026-11-22T00:00:00"}
    )

    assert [each.status_code for each in answers] == [422] * 9
    assert naive.status_code == 400


async def test_a_list_of_somebody_else_or_of_yesterday_changes_nothing(
    authority: Authority,
    decide: Decide,
    verdict: Verdict,
    site: Site,
    read_lists: ReadLists,
    clock: Clock,
) -> None:
    bundle, stranger = authority.bundle(), generate_private_key(SECP256R1())
    gone = authority.paper.serial_number
    await decide(crl_url=site.url)

    site.answer = publishing(authority.crl(signer=stranger))
    await read_lists()
    forged = await verdict(bundle)
    site.answer = publishing(authority.crl(gone))
    await read_lists()
    told = await verdict(bundle)
    clock.advance(hours=7)
    site.answer = publishing(authority.crl(made=timedelta(hours=-12)))
    await read_lists()
    replayed = await verdict(bundle)
    clock.advance(hours=18)
    stale = await verdict(bundle)

    assert forged["subindication"] == "TRY_LATER"
    assert told["subindication"] == replayed["subindication"] == "REVOKED_NO_POE"
    assert stale["subindication"] == "TRY_LATER"


def test_a_list_of_some_is_none_of_all_though_nobody_flags_it(authority: Authority) -> None:
    only = dict.fromkeys(("only_contains_user_certs", "only_contains_attribute_certs"), False)
    some = x509.IssuingDistributionPoint(
        None, None, only_contains_ca_certs=True, only_some_reasons=None, indirect_crl=False, **only
    )

    for limit in ((some, True), (some, False), (x509.DeltaCRLIndicator(1), False)):
        with pytest.raises(NotAList):
            read_list(authority.crl(limit=limit), authority.der)


def test_production_does_not_start_with_the_switch() -> None:
    told = Settings(fetch_private=True, pilot=True, tsa_urls=("https://tsa.example",))

    assert [*told.unfit] == ["fetch_private"]


async def test_the_public_log_says_that_the_store_was_changed(
    authority: Authority, decide: Decide, client: Client, tick: Callable[..., Awaitable[None]]
) -> None:
    await decide()
    await tick()

    size = int((await client.get(f"{DOCUMENTS}/log/checkpoint")).text.splitlines()[1])
    entries = await client.get(f"{DOCUMENTS}/log/tile/entries/000.p/{size}")

    assert b'"k":"trust"' in entries.content
    assert sha256(authority.der).hexdigest().encode() in entries.content

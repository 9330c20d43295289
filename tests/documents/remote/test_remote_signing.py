"""Signing with a key that a provider keeps, and every way in which it must not work."""

import json
import re
from base64 import b64decode
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from asn1crypto.ocsp import OCSPResponse
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader

from backend.kernel import Errand, Transaction
from backend.testing import Client, Clock
from backend.work import Workshop, drain
from modules.documents.model import kit as kits
from modules.documents.model.offline import judged
from modules.documents.repository import signing
from modules.documents.service.remote import sessions
from modules.documents.service.remote.trial import Reply
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.remote.conftest import Enter, Look, Provided, enrol, number_of
from tests.documents.test_ceremony import slug


@pytest.mark.parametrize(
    ("kept", "through"),
    [("p256", "trial"), ("rsa", "trial"), ("pkcs1", "trial"), ("pkcs1", "other")],
    indirect=True,
)
async def test_a_contract_is_signed_with_a_key_at_a_provider(
    submitted: str,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    look: Look,
    tick: Any,
    bundle_of: Any,
    verdict: Any,
    read: Any,
    client: Client,
    clock: Clock,
) -> None:
    session = (await remote.prepare(submitted)).json()

    waiting = await look(remote, session)
    provided.answer("yes")
    done = await look(remote, session)
    await employer.sign(submitted)
    await tick()
    said = await verdict(await bundle_of(remote, submitted))
    pdf = await read(remote, submitted, "original.pdf")
    printed = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=pdf,
        headers={"Content-Type": "application/pdf"},
    )
    store = PdfFileReader(BytesIO(pdf)).root["/DSS"]
    responses = [OCSPResponse.load(each.get_object().data) for each in store["/OCSPs"]]
    told = {
        each["cert_id"]["serial_number"].native
        for said in responses
        for each in said.basic_ocsp_response["tbs_response_data"]["responses"]
    }
    assert provided.provider is not None
    paper = x509.load_der_x509_certificate(provided.provider.paper(number_of(remote)))
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    offline = judged(await read(remote, submitted, "package.zip"), kit, clock.now)

    assert (waiting["state"], waiting["method"]) == ("waiting", "remote")
    assert (done["state"], done["signed"], done["reason"]) == ("finalised", [submitted], None)
    assert (said["verdict"], said["indication"]) == ("VALID", "TOTAL-PASSED")
    assert told  # of our own certificates
    assert paper.serial_number not in told  # and nothing in the name of somebody else's authority
    assert {each["role"] for each in said["signatures"]} == {"employer", "employee"}
    assert (printed.json()["verdict"], offline.verdict) == ("VALID", "VALID"), offline


async def test_what_is_learnt_of_a_signer_later_is_told_of_files_that_were_judged_before(
    remote: Phone,
    employer: Phone,
    submitted: str,
    provided: Provided,
    look: Look,
    tick: Any,
    bundle_of: Any,
    verdict: Any,
    read: Any,
    read_lists: Enter,
    client: Client,
    clock: Clock,
) -> None:
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)
    provided.answer("yes")
    await look(remote, session)
    await employer.sign(submitted)
    await tick()
    await tick()  # its verdict is kept now
    pdf, bundle = await read(remote, submitted, "original.pdf"), await bundle_of(remote, submitted)

    async def both() -> list[tuple[str, str | None]]:
        answer = await client.post(
            f"{DOCUMENTS}/verifications/files",
            content=pdf,
            headers={"Content-Type": "application/pdf"},
        )
        found = (answer.json(), await verdict(bundle))
        return [(each["verdict"], each["subindication"]) for each in found]

    fresh = await both()
    clock.advance(days=2)
    stale = await both()
    await read_lists()
    read_again = await both()
    assert provided.provider is not None
    provided.provider.revoke(provided.provider.paper(number_of(remote)))
    revoked = provided.provider._gone
    revoked.update({each: at - timedelta(days=3) for each, at in revoked.items()})
    clock.advance(hours=7)
    await read_lists()
    gone = await both()

    # While no list is current, what was said when the document was finished counts.
    assert fresh == stale == read_again == [("VALID", None)] * 2
    assert gone == [("INVALID", "REVOKED")] * 2


async def test_only_hashes_leave_the_house(
    submitted: str, remote: Phone, provided: Provided, look: Look
) -> None:
    session = (await remote.prepare(submitted)).json()
    (prepared,) = session["documents"]

    await look(remote, session)

    assert provided.provider is not None
    (request,) = [r for r in provided.provider.requests.values() if r.ref == session["id"]]
    wanted = {each["sha256"] for each in prepared["to_be_signed"]}
    assert {b64decode(each).hex() for each in request.hashes} == wanted
    assert re.fullmatch(r"https?://[^ ]+: HD-26-[0-9A-Z]{9}-[0-9A-Z]", request.about)


async def test_a_person_who_says_no_to_the_provider_has_not_signed(
    submitted: str, remote: Phone, employer: Phone, provided: Provided, look: Look
) -> None:
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)

    provided.answer("no")
    over = await look(remote, session)

    assert (over["state"], over["signed"]) == ("rejected", [])
    await employer.sign(submitted)  # nobody is held up


def swapped(status: int, body: bytes) -> Reply:
    """Sign the right things, each in the other's place."""
    told = json.loads(body)
    return status, json.dumps({**told, "signatures": told["signatures"][::-1]}).encode()


async def test_what_was_signed_over_something_else_is_not_kept(
    submitted: str, remote: Phone, provided: Provided, look: Look
) -> None:
    provided.change("signHash", swapped)
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)

    provided.answer("yes")
    over = await look(remote, session)

    assert (over["state"], over["signed"]) == ("failed", [])
    assert over["reason"] == "documents/signature-invalid"


async def test_a_provider_that_is_away_is_asked_again_until_the_session_ends(
    submitted: str, remote: Phone, employer: Phone, provided: Provided, look: Look, clock: Clock
) -> None:
    session = (await remote.prepare(submitted)).json()
    provided.change("credentials/authorize", lambda *_: (503, b""))

    waiting = await look(remote, session)
    clock.advance(minutes=2)
    over = await look(remote, session)

    assert (waiting["state"], over["state"]) == ("waiting", "expired")
    await employer.sign(submitted)


async def test_a_session_that_was_cancelled_takes_no_signature(
    submitted: str, remote: Phone, provided: Provided, look: Look
) -> None:
    session = (await remote.prepare(submitted)).json()
    where = f"{DOCUMENTS}/signing/sessions/{session['id']}"
    await look(remote, session)

    await remote.caller.delete(where)
    provided.answer("yes")
    over = await look(remote, session)

    assert (over["state"], over["signed"]) == ("cancelled", [])


async def test_what_is_signed_once_is_finished_once(
    submitted: str, remote: Phone, provided: Provided, look: Look, shop: Workshop
) -> None:
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)
    provided.answer("yes")
    errand = sessions.SIGN_REMOTELY.run
    assert isinstance(errand, Errand)
    async with shop.transaction() as tx:
        going = await errand.prepare(tx, await turn_of(tx, session["id"]))
    said = await errand.call(going)

    for _ in range(2):
        async with shop.transaction() as tx:
            await errand.settle(tx, going, said)
    over = await look(remote, session)
    late = await remote.finalise(session["id"], *remote.handed_in(session["documents"][0]))

    assert (over["state"], over["signed"]) == ("finalised", [submitted])
    assert late.json()["type"].endswith("documents/not-waiting")


async def turn_of(tx: Transaction, session: str) -> sessions.Turn:
    found = await tx.one(signing.SESSION, UUID(session))
    return sessions.Turn(session_id=found.id, turn=found.turn)


async def test_a_certificate_that_names_somebody_else_is_not_taken(
    known: Phone, enter: Enter, provided: Provided, shop: Workshop
) -> None:
    await enter()
    others = json.dumps({"credentialIDs": ["key-038000000001"]}).encode()
    provided.change("credentials/list", lambda status, _: (status, others))

    assert (await enrol(known, shop))["state"] == "none"


async def test_an_authority_that_nobody_has_entered_vouches_for_nobody(
    known: Phone, shop: Workshop
) -> None:
    assert (await enrol(known, shop))["state"] == "none"


async def test_a_provider_that_does_not_answer_is_asked_again_by_the_person(
    known: Phone, enter: Enter, provided: Provided, shop: Workshop
) -> None:
    await enter()
    provided.change("credentials/info", lambda *_: (200, b"<html>"))

    assert (await enrol(known, shop))["state"] == "away"


async def test_whom_nobody_knows_by_number_is_asked_to_prove_it_first(
    employer: Phone, remote: Phone, shop: Workshop
) -> None:
    where = f"{DOCUMENTS}/signing/remote-enrolments"
    mine = (await remote.caller.post(where, json={"provider": "trial"})).json()

    nameless = await employer.caller.post(where, json={"provider": "trial"})
    nobodys = await employer.caller.post(where, json={"provider": "nobody"})
    theirs = await employer.caller.get(f"{where}/{mine['id']}")
    await drain(shop)

    assert (nameless.status_code, slug(nameless)) == (409, "number-unknown")
    assert (nobodys.status_code, slug(nobodys)) == (422, "unknown-provider")
    assert theirs.status_code == 404


async def test_the_list_says_with_whom_one_may_sign(employee: Phone) -> None:
    told = (await employee.caller.get(f"{DOCUMENTS}/signing/providers")).json()

    assert told["items"] == [
        {"name": "other", "label": "Thử nghiệm hai"},
        {"name": "trial", "label": "Thử nghiệm"},
    ]

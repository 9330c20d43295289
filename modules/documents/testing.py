"""A contract that both sides have signed, and what one of them showed to a bank."""

from typing import Any, Final

import msgspec

from backend.kernel import Query
from contracts.samples import PROVINCE, PUBLIC, Cast, Samples
from modules.documents.jobs import PUBLISH, SEQUENCE, SIGN

NAMED: Final = {
    "issuance/runs/{run_id:uuid}": "tests/transcripts/test_years.py",
    "console/documents/runs/{run_id:uuid}": "tests/transcripts/test_years.py",
    "console/documents/papers/{document_id:uuid}": "tests/documents/test_agencies.py",
    "ocsp/{asked:path}": PUBLIC,
    "status-lists/{number:int}": PUBLIC,
    "tile/{level:int}": PUBLIC,
    "entries/{number:path}": PUBLIC,
    "changes/{change_id:uuid}": PROVINCE,
    "trust/keys/{key_id:uuid}": PROVINCE,
    "console/documents/trust/{change_id:uuid}": PROVINCE,
    "console/documents/keys/{key_id:uuid}": PROVINCE,
}

_PAPER: Final = "/account/documents/papers/{document_id:uuid}"
_TO_SIGN: Final = "/account/documents/signing"
_DOCUMENT: Final = "/v1/documents/{document_id:uuid}"
_SESSION: Final = "/v1/documents/signing/sessions/{session_id:uuid}"
_REMOTE: Final = "/v1/documents/signing/remote-enrolments"
_ORDER: Final = {
    "fields": ["employee", "employed_since"],
    "purpose": "Vay mua nhà",
    "recipient": "Ngân hàng Sông Mã",
    "hours": 24,
}


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has signed, and with what."""

    document: str
    enrolment: str
    session: str
    certificate: str


_SIGNED: Final = Query(
    Signed,
    """
    select (select id::text from documents.document limit 1) as document,
           (select id::text from documents.enrolment where person_id = $1 limit 1) as enrolment,
           (select id::text from documents.signing_session where person_id = $1 limit 1) as session,
           (select translate(encode(fingerprint, 'base64'), '+/=', '-_')
              from documents.certificate where person_id = $1 limit 1) as certificate
    """,
)


async def samples(cast: Cast) -> Samples:
    """Let the demo's phones sign the sample contract, and its employee share it."""
    await cast.seeded("documents", "labour_contracts")
    for job in (SEQUENCE, SIGN, PUBLISH):
        run: Any = job.run
        async with cast.house() as tx:
            await run(tx)
    async with cast.house() as tx:
        signed = await tx.one(_SIGNED, cast.citizen.person_id)
    shared, other = [
        await cast.made(cast.citizen, f"/v1/documents/{signed.document}/shares", json=_ORDER)
        for _ in range(2)
    ]
    return Samples(
        names={
            "documents/{document_id:uuid}": signed.document,
            "revisions/{rev:int}": "1",
            "enrolments/{enrolment_id:uuid}": signed.enrolment,
            "signing/sessions/{session_id:uuid}": signed.session,
            "documents/signing/{session_id:uuid}": signed.session,
            "signing/keys/{enrolment_id:uuid}": signed.enrolment,
            "certificates/{fingerprint:str}": signed.certificate,
            "shares/{share_id:uuid}": shared.json()["id"],
            "papers/{document_id:uuid}": signed.document,
            "papers/{document_id:uuid}/files/{name:str}": "original.pdf",
            "shared/{share_id:uuid}": other.json()["id"],
            "shared/{share_id:uuid}/{step:str}": "withdrawal",
        },
        asked={
            f"POST {_DOCUMENT}/shares": {"json": _ORDER},
            f"POST {_PAPER}/shares": {"data": {"recipient": "Ai đó", "purpose": "để xem"}},
        },
        silent={
            f"GET {_DOCUMENT}/status": "a contract is of no agency; test_agencies.py asks of one",
            f"DELETE {_DOCUMENT}/credentials/{{credential_id:uuid}}": "no app has asked for one",
            "POST /v1/documents/shares/{share_id:uuid}/consent": "who represents a child agrees",
            f"GET {_SESSION}/documents/{{document_id:uuid}}/prepared.pdf": "the session is over",
            f"GET {_REMOTE}/{{enrolment_id:uuid}}": "no provider is described in the demo",
            f"GET {_TO_SIGN}/keys/{{enrolment_id:uuid}}": "no provider is described in the demo",
            f"GET {_TO_SIGN}/papers/{{document_id:uuid}}": "it is signed, and waits for nobody",
            f"GET {_TO_SIGN}/papers/{{document_id:uuid}}/paper.pdf": "as the page that leads there",
            f"POST {_TO_SIGN}/papers/{{document_id:uuid}}/refusal": "who has signed cannot refuse",
            f"PUT {_SESSION}/signatures": "signatures are judged first: they name what they sign",
        },
    )

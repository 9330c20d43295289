"""A person's devices, what they sign, and what they refuse to sign."""

from uuid import UUID

import msgspec
from litestar import post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import Injected, NotFound, Transaction, refuses, requires
from modules.documents.errors import (
    AlreadyFinalised,
    CertificateNotYours,
    NotPossessed,
    NotWaiting,
    NotYourTurn,
    SessionExpired,
    SignatureInvalid,
    UnfitKey,
)
from modules.documents.model.ceremony import Intention, Outcomes, Refusal, Session, Signatures
from modules.documents.model.jws import Jwk
from modules.documents.scopes import SIGN
from modules.documents.service import ceremony, enrolment
from modules.documents.service.enrolment import DeviceCertificate, Enrolment


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device's public key. A request that carries a private one (`d`) is refused."""

    jwk: Jwk


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device's signature (r and s, base64url) over `to_be_signed` of its enrolment."""

    signature: str


@post("/enrolments", guards=[requires(SIGN)], responses=refuses(UnfitKey))
async def enrol_device(data: JSONBody[DeviceKey], tx: Injected[Transaction]) -> Enrolment:
    """Ask for a certificate for a key of this device; answer with what it has to sign."""
    return await enrolment.ask(tx, data.jwk)


@put(
    "/enrolments/{enrolment_id:uuid}/proof",
    guards=[requires(SIGN)],
    responses=refuses(NotFound, NotPossessed, SessionExpired),
)
async def prove_possession(
    enrolment_id: FromPath[UUID], data: JSONBody[Proof], tx: Injected[Transaction]
) -> DeviceCertificate:
    """Prove that the device holds the key, and receive its certificate: of a pilot, for a year."""
    return await enrolment.prove(tx, enrolment_id, data.signature)


@post(
    "/signing-sessions",
    guards=[requires(SIGN)],
    responses=refuses(NotFound, CertificateNotYours, NotWaiting, NotYourTurn),
)
async def prepare_signatures(data: JSONBody[Intention], tx: Injected[Transaction]) -> Session:
    """Prepare up to 25 documents to be signed by one device within ten minutes."""
    return await ceremony.prepare(tx, data)


@put(
    "/signing-sessions/{session_id:uuid}/signatures",
    guards=[requires(SIGN)],
    responses=refuses(
        NotFound, SignatureInvalid, AlreadyFinalised, SessionExpired, NotWaiting, NotYourTurn
    ),
)
async def finalise_signatures(
    session_id: FromPath[UUID], data: JSONBody[Signatures], tx: Injected[Transaction]
) -> Outcomes:
    """Hand in what the device signed. Sent again, the same signatures get the same answer."""
    return Outcomes(documents=await ceremony.finalise(tx, session_id, data.signatures))


@post(
    "/{document_id:uuid}/decline",
    guards=[requires(SIGN)],
    responses=refuses(NotFound, NotWaiting, NotYourTurn),
    status_code=204,
)
async def decline_document(
    document_id: FromPath[UUID], data: JSONBody[Refusal], tx: Injected[Transaction]
) -> None:
    """Refuse to sign a document. It is over then; whoever drafted it may write another."""
    await ceremony.decline(tx, document_id, data.reason)

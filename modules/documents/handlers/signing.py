"""A person's devices, what they sign, and what they refuse to sign."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from modules.documents.errors import (
    AlreadyFinalised,
    CertificateNotYours,
    LeaseHeld,
    NotPossessed,
    NotWaiting,
    NotYourTurn,
    NumberUnknown,
    SessionExpired,
    SignatureInvalid,
    TimestampUnavailable,
    TooManyDocuments,
    UnfitKey,
    UnknownProvider,
)
from modules.documents.model.ceremony import (
    Intention,
    Outcomes,
    Refusal,
    Session,
    SessionState,
    Signatures,
)
from modules.documents.model.jws import Jwk
from modules.documents.scopes import SIGN
from modules.documents.service import ceremony, enrolment, pki
from modules.documents.service.enrolment import DeviceCertificate, Enrolment, OwnCertificate
from modules.documents.service.remote import enrolment as remote_enrolment
from modules.documents.service.remote import sessions, signers
from modules.documents.service.remote.enrolment import RemoteEnrolment
from modules.documents.service.remote.signers import SigningProvider


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device's public key. A request that carries a private one (`d`) is refused."""

    jwk: Jwk


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device's signature (r and s, base64url) over `to_be_signed` of its enrolment."""

    signature: str


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With whom somebody wants to sign, by the name on the list of providers."""

    provider: Annotated[str, Meta(min_length=1, max_length=40)]


class Providers(msgspec.Struct, frozen=True, kw_only=True):
    """With whom one may sign, by their names; few, so all at once."""

    items: tuple[SigningProvider, ...]


@post("/signing/enrolments", guards=[requires(SIGN)], responses=refuses(UnfitKey))
async def enrol_device(data: JSONBody[DeviceKey], tx: Injected[Transaction]) -> Enrolment:
    """Ask for a certificate for a key of this device; answer with what it has to sign."""
    return await enrolment.ask(tx, data.jwk)


@put(
    "/signing/enrolments/{enrolment_id:uuid}/proof",
    guards=[requires(SIGN)],
    responses=refuses(NotFound, NotPossessed, SessionExpired),
)
async def prove_possession(
    enrolment_id: FromPath[UUID], data: JSONBody[Proof], tx: Injected[Transaction]
) -> DeviceCertificate:
    """Prove that the device holds the key, and receive its certificate: of a pilot, for a year."""
    return await enrolment.prove(tx, enrolment_id, data.signature)


@get("/signing/providers", guards=[requires(SIGN)])
async def list_providers(snapshot: Injected[Snapshot]) -> Providers:
    """List the providers with which one may sign by a key that is kept there."""
    return Providers(items=tuple(signers.listed(snapshot)))


@post(
    "/signing/remote-enrolments",
    guards=[requires(SIGN)],
    responses=refuses(NotFound, UnknownProvider, NumberUnknown),
    status_code=202,
)
async def ask_provider(data: JSONBody[Provider], tx: Injected[Transaction]) -> RemoteEnrolment:
    """Ask a provider for your keys there. It learns your personal number, and is asked at once."""
    return await remote_enrolment.ask(tx, data.provider)


@get(
    "/signing/remote-enrolments/{enrolment_id:uuid}",
    guards=[requires(SIGN)],
    responses=refuses(NotFound),
)
async def read_remote_enrolment(
    enrolment_id: FromPath[UUID], tx: Injected[Transaction]
) -> RemoteEnrolment:
    """Read what a provider has answered: certificates that it found are on the list of yours."""
    return await remote_enrolment.read(tx, enrolment_id)


@post(
    "/signing/sessions",
    guards=[requires(SIGN)],
    responses=refuses(
        NotFound, CertificateNotYours, NotWaiting, NotYourTurn, LeaseHeld, TooManyDocuments
    ),
)
async def prepare_signatures(data: JSONBody[Intention], tx: Injected[Transaction]) -> Session:
    """Prepare up to 25 documents to be signed by one confirmation within ten minutes.

    With the certificate of a device you hand the signatures in; with one of a provider's you
    confirm there, and read the session until it is `finalised`.
    """
    return await sessions.prepare(tx, data)


@put(
    "/signing/sessions/{session_id:uuid}/signatures",
    guards=[requires(SIGN)],
    responses=refuses(
        NotFound,
        SignatureInvalid,
        AlreadyFinalised,
        SessionExpired,
        NotWaiting,
        NotYourTurn,
        TimestampUnavailable,
        CertificateNotYours,
    ),
)
async def finalise_signatures(
    session_id: FromPath[UUID], data: JSONBody[Signatures], tx: Injected[Transaction]
) -> Outcomes:
    """Hand in what the device signed. Sent again, the same signatures get the same answer."""
    return Outcomes(documents=await ceremony.finalise(tx, session_id, data.signatures))


@get(
    "/signing/sessions/{session_id:uuid}",
    guards=[requires(SIGN)],
    responses=refuses(NotFound),
)
async def read_session(session_id: FromPath[UUID], tx: Injected[Transaction]) -> SessionState:
    """Read where a signing session of yours stands."""
    return await ceremony.read(tx, session_id)


@delete(
    "/signing/sessions/{session_id:uuid}",
    guards=[requires(SIGN)],
    responses=refuses(NotFound),
)
async def cancel_session(session_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """End a session before its time, so that the other parties need not wait."""
    await ceremony.cancel(tx, session_id)


@get(
    "/signing/sessions/{session_id:uuid}/documents/{document_id:uuid}/prepared.pdf",
    guards=[requires(SIGN)],
    responses=refuses(NotFound),
    media_type="application/pdf",
)
async def read_prepared(
    session_id: FromPath[UUID], document_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[bytes]:
    """Read the PDF with room for your signature: hash its byte range and compare."""
    raw = await ceremony.prepared_file(tx, session_id, document_id)
    return Response(raw, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@get("/signing/certificates", guards=[requires(SIGN)])
async def list_certificates(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[OwnCertificate]:
    """List the certificates of your devices."""
    return await enrolment.listed(snapshot, cursor, limit)


@post(
    "/signing/certificates/{fingerprint:str}/revoke",
    guards=[requires(SIGN)],
    responses=refuses(NotFound),
    status_code=204,
)
async def revoke_certificate(fingerprint: FromPath[str], tx: Injected[Transaction]) -> None:
    """Revoke the certificate of a lost device: what it signed until now stands."""
    await pki.revoke(tx, fingerprint)


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

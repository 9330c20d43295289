"""What anyone may read without asking: the log, the status lists, the keys; and the verdict."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from litestar import Request, Response, get, post
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from backend.kernel import (
    Anyone,
    BadRequest,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    at_most,
    refuses,
    requires,
)
from contracts.problem import Fault
from modules.documents.errors import JudgesBusy, OneQuestion
from modules.documents.model import kit as kits
from modules.documents.model import pdf
from modules.documents.model.bundle import BYTES_MAX
from modules.documents.model.credential_verdict import Asked
from modules.documents.model.findings import Trust, Verdict
from modules.documents.model.jws import Jwk
from modules.documents.model.paper import CHARACTERS_MAX
from modules.documents.model.sd_jwt import BYTES_MAX as CREDENTIAL_BYTES_MAX
from modules.documents.scopes import VERIFY
from modules.documents.service import credentials, log, renewing, statuses, verification

_LISTS_MAX: Final = 2**31
_LEVELS_MAX: Final = 8
_SOON: Final = {"Cache-Control": "public, max-age=1"}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_A_WHILE: Final = {"Cache-Control": "public, max-age=300"}


class AskedVerification(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One of these: a bundle, a credential, a printed code, or only a number, a code or a hash."""

    jws: Annotated[str, Meta(max_length=BYTES_MAX)] | None = None
    """The text of a `bundle.json`, exactly as it is in the file."""
    sd_jwt: Annotated[str, Meta(max_length=CREDENTIAL_BYTES_MAX)] | None = None
    """A credential as it was presented, with the holder's proof (RFC 9901)."""
    nonce: Annotated[str, Meta(min_length=8, max_length=200)] | None = None
    """The fresh number that you gave to whoever presents `sd_jwt`; `audience` is wanted too."""
    audience: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    """Your name, as you told it to whoever presents `sd_jwt`."""
    qr: Annotated[str, Meta(max_length=CHARACTERS_MAX)] | None = None
    """The text of the code on a paper copy, as a camera reads it."""
    document_id: UUID | None = None
    code: Annotated[str, Meta(pattern=r"^[A-Z]{2}-[0-9]{2}-[0-9A-Z]{9}-[0-9A-Z]$")] | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of the PDF or of the signed data, in hexadecimal."""


class ManyQuestions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to a thousand questions; each is answered by itself, in their order."""

    questions: Annotated[tuple[AskedVerification, ...], Meta(min_length=1, max_length=1000)]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question; null where it asks for nothing that there is."""

    verdict: Verdict | None


class ManyAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers, in the order of the questions."""

    answers: tuple[Answered, ...]


class JwkSet(msgspec.Struct, frozen=True, kw_only=True):
    """Public keys (RFC 7517 §5)."""

    keys: tuple[Jwk, ...]


@post(
    "/verifications",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    responses=refuses(NotFound, OneQuestion),
    status_code=200,
)
async def verify_document(
    data: JSONBody[AskedVerification], snapshot: Injected[Snapshot]
) -> Verdict:
    """Say whether a document is genuine. Whatever bundle is sent, the answer is a verdict.

    A number, code or hash alone tells how the document stands, and not a word of it.
    """
    return await _answered(data, snapshot)


@dataclass
class TakesFile(Operation):
    """Describes a route whose body is a file and nothing else; none is an empty one."""

    def __post_init__(self) -> None:
        kind = "application/octet-stream"
        file = Schema(type=OpenAPIType.STRING, content_media_type=kind, max_length=pdf.BYTES_MAX)
        self.request_body = RequestBody(content={kind: OpenAPIMediaType(schema=file)})


@post(
    "/verifications/files",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    responses=refuses(JudgesBusy),
    status_code=200,
    request_max_body_size=pdf.BYTES_MAX,
    operation_class=TakesFile,
)
async def verify_file(request: Request[Any, Any, Any], snapshot: Injected[Snapshot]) -> Verdict:
    """Say whether a file is genuine: a PDF, a package or a bundle, as the body of the request.

    Whatever is sent, the answer is a verdict; the file is not kept.
    """
    return await verification.verify_file(snapshot, await request.body())


@post("/verifications/bulk", guards=[requires(VERIFY)], status_code=200)
async def verify_documents(data: JSONBody[ManyQuestions], tx: Injected[Transaction]) -> ManyAnswers:
    """Say of many documents at once whether they are genuine, or how they stand."""
    believed = await verification.trust(tx)
    asked: list[tuple[bytes, Verdict | None]] = []
    for question in data.questions:
        try:
            verdict = await _answered(question, tx, believed)
        except (NotFound, OneQuestion):
            verdict = None
        asked.append((msgspec.json.encode(question), verdict))
    await verification.note(tx, asked)
    return ManyAnswers(answers=tuple(Answered(verdict=verdict) for _, verdict in asked))


async def _answered(
    question: AskedVerification, snapshot: Snapshot, believed: Trust | None = None
) -> Verdict:
    return await verification.answer(
        snapshot,
        believed=believed,
        bundle=question.jws,
        credential=question.sd_jwt,
        asked=_asked(question),
        qr=question.qr,
        document_id=question.document_id,
        code=question.code,
        sha256_hex=question.sha256,
    )


def _asked(question: AskedVerification) -> Asked | None:
    told = (question.audience, question.nonce)
    if told == (None, None):
        return None
    if question.sd_jwt is None or question.audience is None or question.nonce is None:
        raise OneQuestion
    return Asked(question.audience, question.nonce)


@get(
    "/trust/status-lists/{number:int}",
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type="application/statuslist+jwt",
)
async def read_status_list(number: FromPath[int], snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Read a status list as published: one token for a million documents."""
    if not 0 <= number < _LISTS_MAX:
        raise NotFound
    token = await statuses.token(snapshot, number)
    return Response(token.encode(), media_type="application/statuslist+jwt", headers=_A_WHILE)


@get("/log/checkpoint", guards=[Anyone()], responses=refuses(NotFound), media_type="text/plain")
async def read_checkpoint(snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Read the latest checkpoint, signed by the log and its witness (C2SP tlog-checkpoint)."""
    note = await log.checkpoint(snapshot)
    return Response(note.encode(), media_type="text/plain; charset=utf-8", headers=_SOON)


class EvidenceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An archival timestamp: RFC 3161 tokens over `stamped`; both in base64.

    `stamped` is JSON: a checkpoint of the log, and the hash of the record before: SHA-256 over
    what that one stamped, followed by the SHA-256 of each of its tokens.
    """

    number: int
    size: int
    stamped: bytes
    tokens: tuple[bytes, ...]
    made_at: datetime
    good_until: datetime


class EvidenceRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All archival timestamps, the first one first."""

    records: tuple[EvidenceRecord, ...]


@get("/log/evidence-records", guards=[Anyone()])
async def read_evidence_records(snapshot: Injected[Snapshot]) -> EvidenceRecords:
    """Read the archival timestamps that keep old documents provable: a few in a decade."""
    found = await renewing.records(snapshot)
    told = tuple(EvidenceRecord(**msgspec.structs.asdict(each)) for each in found)
    return EvidenceRecords(records=told)


@get(
    "/log/tile/{level:int}/{number:path}",
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type="application/octet-stream",
)
async def read_tile(
    level: FromPath[int], number: FromPath[str], snapshot: Injected[Snapshot]
) -> Response[bytes]:
    """Read a tile of hashes (C2SP tlog-tiles), such as `0/x001/067` or `1/000.p/8`."""
    if not 0 <= level < _LEVELS_MAX:
        raise NotFound
    tile = await log.tile(snapshot, level, _number(number))
    return Response(tile, media_type="application/octet-stream", headers=_FOR_EVER)


@get(
    "/log/tile/entries/{number:path}",
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type="application/octet-stream",
)
async def read_entries(number: FromPath[str], snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Read the entries below a tile of level 0: hashes and times, never a word of a document."""
    entries = await log.entries(snapshot, _number(number))
    return Response(entries, media_type="application/octet-stream", headers=_FOR_EVER)


@get("/trust/jwks.json", guards=[Anyone()])
async def read_keys(snapshot: Injected[Snapshot]) -> JwkSet:
    """Read the keys with which the house signs status lists, printed codes, extracts and seals."""
    return JwkSet(keys=await verification.published_keys(snapshot))


class VcIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose keys issue credentials of this name, and no others' do (SD-JWT VC, section 4)."""

    issuer: str
    jwks: JwkSet


@get(
    "/.well-known/jwt-vc-issuer",
    operation_id="readCredentialIssuer",
    tags=["documents"],
    guards=[Anyone()],
)
async def read_credential_issuer(snapshot: Injected[Snapshot]) -> Response[VcIssuer]:
    """Read the keys of credentials, where verifiers of SD-JWT VC look by themselves.

    Keys that issue no more are among them as long as a credential of theirs can be shown.
    """
    keys = JwkSet(keys=await credentials.issuing_keys(snapshot))
    told = VcIssuer(issuer=snapshot.base_url, jwks=keys)
    return Response(told, media_type="application/json", headers=_A_WHILE)


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs the log, and who has seen that it only grows (C2SP signed-note, tlog-cosignature).

    Keys are as `tinhs documents witness` and other programs of the transparency log take them; the
    first of `log_keys` is in use. `checkpoint` is the latest note with every signature on it.
    """

    origin: str
    log_keys: tuple[str, ...]
    witness_keys: tuple[str, ...]
    checkpoint: str | None


@get("/trust/witnesses", guards=[Anyone()])
async def read_witnesses(snapshot: Injected[Snapshot]) -> Response[Witnesses]:
    """Read the keys of the log and of its witnesses, and what they have signed last."""
    trust = await verification.trust(snapshot)
    told = Witnesses(
        origin=log.origin(snapshot.base_url),
        log_keys=tuple(filter(None, (trust.log, *trust.earlier_logs))),
        witness_keys=trust.witnesses,
        checkpoint=await log.latest(snapshot),
    )
    return Response(told, media_type="application/json", headers=_SOON)


@get(
    "/trust/anchors.pem",
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type="application/x-pem-file",
)
async def read_anchors(snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Read the certificates to which signers' certificates lead: a pilot's."""
    der = await verification.anchor(snapshot)
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    return Response(pem, media_type="application/x-pem-file", headers=_A_WHILE)


@get(
    "/trust/kit",
    guards=[Anyone(), at_most(60, per=timedelta(minutes=1), by="address")],
    media_type="application/zip",
)
async def read_kit(
    snapshot: Injected[Snapshot],
    org: Annotated[UUID | None, QueryParameter(description="An organisation's id.")] = None,
    after: Annotated[UUID | None, QueryParameter(description="As `Link` says it.")] = None,
    sha256: Annotated[
        str | None, QueryParameter(description="Of a PDF or data.", pattern="^[0-9a-f]{64}$")
    ] = None,
) -> Response[bytes]:
    """Read all that `tinhs verify` needs offline, as a zip; its statuses last a day.

    With an organisation (`org`) it says where the log holds that one's documents, so that their
    PDFs alone are judged as well: 2,000 in the order of the log, the rest at `Link: rel="next"`.
    With the hash of a document (`sha256`) it says so of that one, such as a contract of citizens.
    """
    if org is not None and sha256 is not None:
        raise BadRequest(errors=[Fault(parameter="sha256", code="inconsistent")])
    part, headers = None, dict(_A_WHILE)
    if sha256 is not None:
        part = await verification.of_document(snapshot, sha256)
    elif org is not None:
        part = await verification.of_agency(snapshot, org, after or verification.NOBODY)
    if part is not None and part.next is not None:
        where = f"{snapshot.base_url}/v1/documents/trust/kit?org={org}&after={part.next}"
        headers["Link"] = f'<{where}>; rel="next"'
    found = await verification.kit(snapshot, part)
    packed = await asyncio.to_thread(kits.packed, found)
    return Response(packed, media_type="application/zip", headers=headers)


def _number(path: str) -> str:
    return path.lstrip("/")

"""What the pilot's authority and its timestamps tell anyone who asks, in the forms of the RFCs."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any, Final
from urllib.parse import unquote

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.kernel import Anyone, Injected, NotFound, Transaction, refuses
from modules.documents.service import pki, stamping

_OCSP: Final = "application/ocsp-response"
_TIMESTAMP: Final = "application/timestamp-reply"
_CRL: Final = "application/pkix-crl"
_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


@get("/pki/pilot.crl", guards=[Anyone()], media_type=_CRL)
async def read_crl(tx: Injected[Transaction]) -> Response[bytes]:
    """Read the list of revoked certificates (RFC 5280), good for a day."""
    return Response(await pki.crl(tx), media_type=_CRL, headers=_AN_HOUR)


@get(
    "/pki/ocsp/{asked:path}",
    guards=[Anyone()],
    responses=refuses(NotFound),
    media_type=_OCSP,
)
async def ask_ocsp_by_address(asked: FromPath[str], tx: Injected[Transaction]) -> Response[bytes]:
    """Ask whether a certificate was revoked, the request in the address (RFC 6960 appendix A)."""
    try:
        raw = b64decode(unquote(asked).lstrip("/"), validate=True)
    except (NotBase64, ValueError) as error:
        raise NotFound from error
    return Response(await pki.ocsp(tx, raw), media_type=_OCSP, headers=_AN_HOUR)


@post("/pki/ocsp", guards=[Anyone()], status_code=200, media_type=_OCSP)
async def ask_ocsp(request: Request[Any, Any, Any], tx: Injected[Transaction]) -> Response[bytes]:
    """Ask whether a certificate was revoked (RFC 6960)."""
    return Response(await pki.ocsp(tx, await request.body()), media_type=_OCSP)


@post(
    "/tsa",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(NotFound),
    media_type=_TIMESTAMP,
)
async def ask_timestamp(
    request: Request[Any, Any, Any], tx: Injected[Transaction]
) -> Response[bytes]:
    """Ask the developer's authority for a timestamp (RFC 3161). It has no legal value.

    Where authorities outside give timestamps there is none here.
    """
    return Response(await stamping.answered(tx, await request.body()), media_type=_TIMESTAMP)

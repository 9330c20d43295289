"""A paper copy, and the signed code on it: who holds a phone needs no network to check it.

The code is an address of ours with a compact JWS behind the `#`, which no browser sends to any
server. Its payload is deflated, as in SMART Health Cards: `zip` is `DEF`.
"""

import re
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import typst
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from msgspec import Meta

from backend.kernel import VIETNAM
from modules.documents.model import jws, printing, qr
from modules.documents.model.entries import Hex
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import Jwk, NotGenuine, Thumbprint
from modules.documents.model.printing import Template, Unrenderable

PATH: Final = "/v#"
CHARACTERS_MAX: Final = 4296
_INFLATED_BYTES_MAX: Final = 64 << 10
_SAID_CHARACTERS_MAX: Final = 120
"""Of each fact: six of them of any letters fit into a code that a phone reads from paper."""


class CodeHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a signed code."""

    alg: Literal["ES256"]
    kid: Thumbprint
    zip: Literal["DEF"]


class CodeClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a signed code says: which document, how it is found, and what the paper shows."""

    code: str
    kind: str
    rev: Annotated[int, Meta(ge=1)]
    issued_on: date
    content_sha256: Hex
    status_uri: str
    status_idx: Annotated[int, Meta(ge=0)]
    says: dict[str, str]


def claims(envelope: Envelope, content_sha256: str, says: dict[str, str]) -> CodeClaims:
    """Return what the code on a paper copy says; a long fact ends in "…"."""
    return CodeClaims(
        code=envelope.code,
        kind=envelope.type,
        rev=envelope.rev,
        issued_on=envelope.issued_on,
        content_sha256=content_sha256,
        status_uri=envelope.status.uri,
        status_idx=envelope.status.idx,
        says={name: _cut(fact) for name, fact in says.items()},
    )


def _cut(fact: str) -> str:
    is_whole = len(fact) <= _SAID_CHARACTERS_MAX
    return fact if is_whole else f"{fact[: _SAID_CHARACTERS_MAX - 1]}…"


def signed(said: CodeClaims, issuer: str, key: EllipticCurvePrivateKey) -> str:
    """Return the address that is printed as a code."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(msgspec.json.encode(said, order="sorted")) + deflater.flush()
    head = CodeHeader(alg="ES256", kid=jws.thumbprint(key.public_key()), zip="DEF")
    return f"{issuer}{PATH}{jws.compact(key, head, packed)}"


def opened(address: str, issuer: str, keys: dict[str, Jwk]) -> CodeClaims:
    """Return what a printed code says, if one of `keys` has signed it for this issuer.

    Raises `NotGenuine`, also for another host's address: what it shows is not ours to vouch for.
    """
    start = f"{issuer}{PATH}"
    if len(address) > CHARACTERS_MAX or not address.startswith(start):
        raise NotGenuine
    token = address.removeprefix(start)
    jwk = keys.get(jws.header(token.partition(".")[0], CodeHeader).kid)
    if jwk is None:
        raise NotGenuine
    _, packed = jws.opened(token, jws.public_key(jwk), CodeHeader)
    inflater = zlib.decompressobj(-15)
    try:
        raw = inflater.decompress(packed, _INFLATED_BYTES_MAX)
        found = msgspec.json.decode(raw, type=CodeClaims)
    except (zlib.error, msgspec.MsgspecError, UnicodeError) as error:
        raise NotGenuine from error
    if not inflater.eof or inflater.unused_data:
        raise NotGenuine
    return found


def linked(raw: bytes, issuer: str) -> str | None:
    """Return the code that a PDF carries as a link, as a paper copy does; None without one.

    Nothing is parsed, and nothing chosen: a file with several codes has none.
    """
    start = re.escape(f"/URI({issuer}{PATH}".encode())
    link = re.compile(rb"%b([A-Za-z0-9_.-]{1,%d})\)" % (start, CHARACTERS_MAX))
    token = None
    for found in link.finditer(raw):
        if token not in (None, found[1]):
            return None
        token = found[1]
    return None if token is None else f"{issuer}{PATH}{token.decode()}"


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """Who turned the document into paper, and when (Nghị định 137/2024/NĐ-CP)."""

    made_at: datetime
    made_by: str
    system: str
    numbers: Sequence[str] = ()
    """What others have numbered it since."""
    notice: str | None = None
    """What is still missing after all have signed."""


def printed(content: bytes, form: Template, address: str, copy: Copy) -> bytes:
    """Return the paper copy as a PDF. Raises `Unrenderable`."""
    moment = copy.made_at.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")
    shown = {**msgspec.to_builtins(copy), "made_at": moment, "address": address}
    sources: Any = {
        **printing.parts(form),
        "main": printing.source("paper.typ").encode(),
        "content.json": content,
        "copy.json": msgspec.json.encode(shown),
        "code.svg": qr.svg(address),
    }
    try:
        return typst.compile(sources, format="pdf", font_paths=printing.own_fonts())
    except typst.TypstError as error:
        raise Unrenderable(str(error)) from error

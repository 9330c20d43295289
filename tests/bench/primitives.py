"""What a bare script would do for one document: print it, sign it three times, look at that."""

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

import msgspec
import segno
import typst
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)

from modules.documents.model import cms, jws, pdf, printing, timestamps
from modules.documents.model.envelope import Envelope, kept
from modules.documents.model.timestamps import Asked, Authority

_SERIAL = 1 << 126


class Made(NamedTuple):
    """A document that is signed: its file, and one of the messages with its signature."""

    raw: bytes
    message: bytes
    value: bytes

    def require_genuine(self, key: EllipticCurvePublicKey) -> None:
        """Check one signature."""
        key.verify(self.value, self.message, jws.ES256)


def printed(content: bytes, form: printing.Template) -> tuple[bytes, pdf.Shape, bytes]:
    """Return a content as a PDF with empty fields, from plain calls of typst and segno."""
    # Never the same twice: whatever a compiler remembers would be of no use to a school.
    fresh = content.replace(b'"salt":"', b'"salt":"A', 1)
    envelope: Envelope = kept(fresh)
    code = BytesIO()
    address = f"{envelope.issuer}/v#{envelope.code}"
    segno.make(address, error="m", micro=False).save(code, kind="svg", border=0, xmldecl=False)
    sources: Any = {
        **printing.parts(form),
        "main": form.frame.encode(),
        "content.json": fresh,
        "code.svg": code.getvalue(),
    }
    raw: Any = typst.compile(sources, format="pdf", pdf_standards="a-3a", ignore_system_fonts=True)
    return (*pdf.based(raw, printing.fields(envelope)), fresh)


def signed(
    base: bytes,
    shape: pdf.Shape,
    content: bytes,
    key: EllipticCurvePrivateKey,
    paper: bytes,
    by: Authority,
) -> Made:
    """Sign three times, each as a PDF with its timestamp (PAdES B-T) and as data (JWS)."""
    raw, at = base, datetime.now(UTC)
    protected = jws.encoded(msgspec.json.encode({"alg": "ES256", "kid": "0" * 43}))
    message = value = b""
    for seq in range(3):
        slot = pdf.prepared(raw, shape, printing.field_of(seq), at)
        digest = slot.digest()
        message = cms.signed_attributes(digest, paper)
        value = key.sign(message, jws.ES256)
        wish = Asked(sha256(value).digest(), nonce=None, wants_certificate=True)
        token = timestamps.token(wish, by, _SERIAL, at)
        made = cms.Signed((paper, by.above), digest, value, token)
        raw, shape = pdf.filled(slot, cms.written(made)), slot.shape
        jws.sign(key, jws.signing_input(protected, content))
    return Made(raw, message, value)

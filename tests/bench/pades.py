"""What a signature with its timestamp costs in a PDF of ours, against pyHanko's bare one."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.tsp import TimeStampReq, TimeStampResp
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from modules.documents.model import cms, jws, pdf, printing, timestamps
from modules.documents.model.timestamps import Asked, Authority


def ours(
    base: bytes, shape: pdf.Shape, key: EllipticCurvePrivateKey, paper: bytes, by: Authority
) -> Callable[[datetime], bytes]:
    """Return what puts a B-T signature into the first field, as the house does."""

    def signed(at: datetime) -> bytes:
        slot = pdf.prepared(base, shape, printing.field_of(0), at)
        digest = slot.digest()
        value = key.sign(cms.signed_attributes(digest, paper), jws.ES256)
        wish = Asked(sha256(value).digest(), nonce=None, wants_certificate=True)
        token = timestamps.token(wish, by, 1 << 126, at)
        return pdf.filled(slot, cms.written(cms.Signed((paper,), digest, value, token)))

    return signed


def pyhankos(
    base: bytes, key: EllipticCurvePrivateKey, paper: bytes, by: Authority
) -> Callable[[], bytes]:
    """Return what has pyHanko put one into the same field, with a timestamp of the same key."""
    store = SimpleCertificateStore()
    signer = signers.SimpleSigner(
        signing_cert=Certificate.load(paper), signing_key=_key(key), cert_registry=store
    )
    meta = signers.PdfSignatureMetadata(
        field_name=printing.field_of(0), md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    pdf_signer: Any = signers.PdfSigner(meta, signer=signer, timestamper=_Stamper(by))

    def signed() -> bytes:
        out = asyncio.run(
            pdf_signer.async_sign_pdf(
                IncrementalPdfFileWriter(BytesIO(base)), bytes_reserved=2 * pdf.CONTENTS_BYTES
            )
        )
        return out.getvalue()

    return signed


class _Stamper(TimeStamper):
    """The same authority, in the same process."""

    def __init__(self, by: Authority) -> None:
        super().__init__()
        self._by = by

    async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
        wish = timestamps.asked(req.dump())
        token = timestamps.token(wish, self._by, 1 << 126, datetime.now(UTC))
        return TimeStampResp.load(timestamps.granted(token))


def _key(key: EllipticCurvePrivateKey) -> PrivateKeyInfo:
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return PrivateKeyInfo.load(raw)

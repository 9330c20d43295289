"""The caller's half: a key of the device, and the proofs that it signs (RFC 9449 §4)."""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from backend.identity.jws import Jwk, jwk_of, public_key


class Signer:
    """A P-256 key as an app keeps it; tests and `tinhs call` sign their requests with it."""

    def __init__(self, private: EllipticCurvePrivateKey | None = None) -> None:
        self._private = private or generate_private_key(SECP256R1())
        self.jwk: Jwk = jwk_of(self._private.public_key())
        self.thumbprint: str = public_key(self.jwk).thumbprint
        """RFC 7638; tokens for this caller are bound to it."""

    @classmethod
    def from_pem(cls, pem: bytes) -> "Signer":
        """Return the signer that `pem` made; raises ValueError for anything else."""
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, EllipticCurvePrivateKey):
            raise ValueError("not a P-256 key")
        return cls(private)

    def pem(self) -> bytes:
        """Return the private key, to be kept where only its owner reads."""
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def proof(
        self, method: str, url: str, *, now: datetime, token: str | None = None, nonce: str = ""
    ) -> str:
        """Return a fresh proof for one request; `url` may carry a query, which is not signed."""
        address = urlsplit(url)
        claims: dict[str, str | int] = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": f"{address.scheme}://{address.netloc}{address.path}",
            "iat": int(now.timestamp()),
        }
        if token is not None:
            digest = sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if nonce:
            claims["nonce"] = nonce
        return jwt.encode(
            claims,
            self._private,
            algorithm="ES256",
            headers={"typ": "dpop+jwt", "jwk": msgspec.to_builtins(self.jwk)},
        )

    def headers(
        self, method: str, url: str, token: str, *, now: datetime, nonce: str = ""
    ) -> dict[str, str]:
        """Return the two headers of a signed request."""
        proof = self.proof(method, url, now=now, token=token, nonce=nonce)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

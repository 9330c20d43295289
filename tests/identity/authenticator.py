"""An authenticator in software: makes passkeys and answers challenges, as browsers hand them on."""

import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

from backend.identity.jws import decoded, encoded

PRESENT, VERIFIED, MAY_BE_COPIED, COPIED, ATTESTED = 1, 4, 8, 16, 64


class Authenticator:
    """One device with at most one passkey; `count` is what it says of its uses, 0 for never."""

    def __init__(self, origin: str, *, flags: int = PRESENT | VERIFIED, count: int = 0) -> None:
        self.origin, self.flags, self.count = origin, flags, count
        self.id = uuid4().bytes
        self.user_handle = ""
        self._key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`, as `toJSON` writes it."""
        assert encoded(self.id) not in {one["id"] for one in options["excludeCredentials"]}
        self.user_handle = options["user"]["id"]
        said = self._said("webauthn.create", options)
        data = self._data(options["rp"]["id"], self.flags | ATTESTED) + self._attested()
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._told(clientDataJSON=encoded(said), attestationObject=encoded(told))

    def use(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get`; what is changed is changed before it is signed."""
        if self.count:
            self.count += 1
        said = self._said("webauthn.get", {**options, **changed})
        data = self._data(changed.get("rp_id", options["rpId"]), changed.get("flags", self.flags))
        signature = self._key.sign(data + sha256(said).digest(), ECDSA(SHA256()))
        return self._told(
            clientDataJSON=encoded(said),
            authenticatorData=encoded(data),
            signature=encoded(signature),
            userHandle=changed.get("user_handle", self.user_handle),
        )

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        origin = options.get("origin", self.origin)
        said = {"type": kind, "challenge": options["challenge"], "origin": origin}
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        hashed = sha256(rp_id.encode()).digest()
        return hashed + bytes([flags]) + self.count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        at = self._key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (at.x, at.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key

    def _told(self, **response: str) -> dict[str, Any]:
        name = encoded(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def challenge_of(options: dict[str, Any]) -> bytes:
    """Return the challenge of some options."""
    return decoded(options["challenge"].encode())

"""The envelope in which a facility's system sends (QĐ 1551/QĐ-BYT): header, content, signature.

There is one algorithm and no member that names one: the key's owner was registered beforehand, so a
message cannot choose how it is checked.
"""

import binascii
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from msgspec import Meta

SENDER_ID: Final = r"^([0-9]{5}|[0-9]{13})$"
MSG_ID: Final = r"^[A-Za-z0-9._-]{1,100}$"
_BASE64: Final = r"^[A-Za-z0-9+/]+={0,2}$"
_BITS_MIN: Final = 2048
_BITS_MAX: Final = 4096
_EXPONENT: Final = 65537

Base64 = Annotated[str, Meta(pattern=_BASE64, max_length=2_000_000)]


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends what to whom. `receiver_id` is the address of this installation."""

    sender_id: Annotated[str, Meta(pattern=SENDER_ID, examples=["38010"])]
    receiver_id: Annotated[str, Meta(pattern=r"^[!-~]{1,200}$")]
    msg_id: Annotated[str, Meta(pattern=MSG_ID)]
    msg_type: Literal["VISIT"]
    send_datetime: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$",
            examples=["2026-11-10T16:30:00+07:00"],
        ),
    ]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message as it comes: `signature` is RS256 over header and data together."""

    header: Header
    data: Base64
    signature: Base64

    def signed(self) -> bytes:
        """Return the bytes that are signed: `{"data":…,"header":…}` as RFC 8785 writes it."""
        return msgspec.json.encode({"data": self.data, "header": self.header}, order="sorted")

    def digest(self) -> bytes:
        """Return what the message is known by, signature included: nobody can guess it."""
        return sha256(self.signed() + self.signature.encode()).digest()


class NoSuchKey(ValueError):
    """Not a public RSA key of 2048 to 4096 bits."""


def key_of(pem: str) -> bytes:
    """Return a public key as it is kept (SubjectPublicKeyInfo, DER). Raises `NoSuchKey`."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NoSuchKey from error
    if not isinstance(key, RSAPublicKey) or not _BITS_MIN <= key.key_size <= _BITS_MAX:
        raise NoSuchKey
    if key.public_numbers().e != _EXPONENT:
        raise NoSuchKey
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed(envelope: Envelope, key: bytes) -> bool:
    """Tell whether the owner of a registered key has signed header and data."""
    signature, public = content(envelope.signature), load_der_public_key(key)
    if signature is None or not isinstance(public, RSAPublicKey):
        return False
    try:
        public.verify(signature, envelope.signed(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def content(text: str) -> bytes | None:
    """Return the bytes of a base64 text (RFC 4648 §4); None unless it is their one spelling."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if b64encode(raw).decode() == text else None

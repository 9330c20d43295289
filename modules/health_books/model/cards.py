"""SMART Health Cards of immunisations (https://spec.smarthealth.cards, framework 1.4).

A card is a JWS (ES256) over deflated JSON; printed, it is the digits of a QR code. It carries a
name, a date of birth and doses: what the framework asks to leave out is not there.
"""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from modules.health_books.model.content import Patient

CARD_CHARACTERS_MAX: Final = 1195
"""So many of a JWS fit into one code that every reader reads (version 22, level L)."""
_ORIGIN: Final = ord("-")
_COORDINATE_BYTES: Final = 32
_RAW: Final = -15
_TYPES: Final = (
    "https://smarthealth.cards#health-card",
    "https://smarthealth.cards#immunization",
)

Dose: TypeAlias = Mapping[str, Any]
Pack: TypeAlias = Callable[[bytes], str]
"""Makes a card of a payload, with the key in use."""


class CardKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that signs cards (RFC 7517), as the framework wants it published."""

    kid: str
    x: str
    y: str
    kty: str = "EC"
    crv: str = "P-256"
    alg: str = "ES256"
    use: str = "sig"


class CardKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Every key that ever signed a card here."""

    keys: tuple[CardKey, ...]


def card_key(public: bytes) -> CardKey:
    """Return a public key (SubjectPublicKeyInfo) as it is published; `kid` is its thumbprint."""
    key = load_der_public_key(public)
    if not isinstance(key, EllipticCurvePublicKey):
        raise TypeError(type(key))
    numbers = key.public_numbers()
    x, y = (_encoded(each.to_bytes(_COORDINATE_BYTES, "big")) for each in (numbers.x, numbers.y))
    told = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return CardKey(kid=_encoded(sha256(told.encode()).digest()), x=x, y=y)


def cards(
    issuer: str, system: str, patient: Patient, doses: Sequence[Dose], at: datetime, pack: Pack
) -> list[str]:
    """Return as few cards as carry all doses, each of them short enough for one code."""
    return _split(lambda some: _payload(issuer, system, patient, some, at), doses, pack)


def digits(card: str) -> str:
    """Return a card as its QR code says it."""
    return "shc:/" + "".join(f"{ord(letter) - _ORIGIN:02}" for letter in card)


def jws(kid: str, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """Return a payload deflated and signed; `sign` gives `r || s` (RFC 7518, section 3.4)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    packed = packer.compress(payload) + packer.flush()
    head = msgspec.json.encode({"zip": "DEF", "alg": "ES256", "kid": kid})
    signed = f"{_encoded(head)}.{_encoded(packed)}"
    return f"{signed}.{_encoded(sign(signed.encode()))}"


def _split(
    payload: Callable[[Sequence[Dose]], bytes], doses: Sequence[Dose], pack: Pack
) -> list[str]:
    made = pack(payload(doses))
    if len(made) <= CARD_CHARACTERS_MAX or len(doses) < 2:
        return [made]
    half = len(doses) // 2
    return [*_split(payload, doses[:half], pack), *_split(payload, doses[half:], pack)]


def _payload(
    issuer: str, system: str, patient: Patient, doses: Sequence[Dose], at: datetime
) -> bytes:
    family, _, given = patient.full_name.partition(" ")
    name = {"family": family, "given": given.split()} if given else {"family": family}
    who = {
        "resourceType": "Patient",
        "name": [name],
        "birthDate": patient.birth_date.isoformat(),
    }
    found = [who, *(_dose(each, system) for each in doses)]
    entries = [
        {"fullUrl": f"resource:{place}", "resource": each} for place, each in enumerate(found)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle}
    card = {"type": _TYPES, "credentialSubject": subject}
    return msgspec.json.encode({"iss": issuer, "nbf": int(at.timestamp()), "vc": card})


def _dose(body: Dose, system: str) -> dict[str, Any]:
    made = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": system, "code": " ".join(body["vaccine"].split())}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": body["given_on"],
    }
    return made if body.get("lot") is None else {**made, "lotNumber": body["lot"]}


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

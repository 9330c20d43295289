"""Bundles made by hand, with keys of our own and no database: what a verdict has to judge."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import UNSET, UnsetType

from backend.transparency import merkle, notes
from modules.documents.model import certificates, entries, hashtree, jws, timestamps
from modules.documents.model.bundle import Bundle, Evidence, LogEvidence, Revocations
from modules.documents.model.canonical import canonical
from modules.documents.model.envelope import Envelope, Party, Renderer, StatusPlace
from modules.documents.model.findings import Trust

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUER = "https://tinhs.example"
URI = f"{ISSUER}/v1/documents/trust/status-lists/0"
LOG, WITNESS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
LOG_NAME = "tinhs.example/v1/documents/log"
WITNESS_NAME = f"{LOG_NAME}/witness"
CA, STATUS = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
ANCHOR = certificates.authority(CA, NOW - timedelta(days=1))
ABOVE = certificates.Above(CA, ANCHOR)
PDF_HASH = "0" * 64
STAMPED = NOW - timedelta(minutes=30)
_TSA = generate_private_key(SECP256R1())
STAMPER = timestamps.Authority(
    _TSA, certificates.stamping(ABOVE, _TSA.public_key(), NOW - timedelta(hours=2)), ANCHOR
)
SAID = Revocations(crls=("MAE",), ocsp=("MAA", "MAI"))
"""What nobody looks at who knows it more recently."""
PHONES = {"S-1": generate_private_key(SECP256R1()), "S-2": generate_private_key(SECP256R1())}


def vkey(name: str, key: Ed25519PrivateKey, *, is_witness: bool) -> str:
    return notes.Verifier(name, notes.public_bytes(key), is_witness).vkey()


TRUST = Trust(
    issuer=ISSUER,
    anchors=(ANCHOR,),
    log=vkey(LOG_NAME, LOG, is_witness=False),
    witnesses=(vkey(WITNESS_NAME, WITNESS, is_witness=True),),
    deadlines={"sample": 10},
    stampers=(ANCHOR,),
)


def party(ref: str, role: str, *, required: bool = True) -> Party:
    return Party(role=role, order=1, required=required, assurance="L1", subject_ref=ref, name="Hòa")


def envelope(**changed: Any) -> Envelope:
    known: dict[str, Any] = {
        "type": "sample",
        "schema": "sample/1",
        "doc_id": UUID(int=7),
        "code": "XX-26-AAAAAAAAA-B",
        "rev": 1,
        "prev": None,
        "renderer": Renderer(template="0" * 64, typst="0"),
        "issuer": ISSUER,
        "parties": (party("S-1", "first"), party("S-2", "second")),
        "issued_on": date(2026, 11, 22),
        "status": StatusPlace(uri=URI, idx=5),
        "links": (),
        "salt": "AAAAAAAAAAAAAAAAAAAAAA",
        "data": {"mark": "8.6", "name": "Hòa"},
    }
    return Envelope(**{**known, **changed})


def paper(ref: str, made_at: datetime = NOW - timedelta(hours=1)) -> bytes:
    made = certificates.issued(ABOVE, PHONES[ref].public_key(), ref, made_at)
    return made.public_bytes(Encoding.DER)


def signed(
    payload: bytes, ref: str, der: bytes, key: EllipticCurvePrivateKey | None = None
) -> jws.Signature:
    signer = key or PHONES[ref]
    head = jws.Header(
        alg="ES256",
        iat=int(NOW.timestamp()),
        kid=jws.thumbprint(PHONES[ref].public_key()),
        typ="tinhs-doc+jws",
        x5t_s256=jws.encoded(sha256(der).digest()),
    )
    protected = jws.protected(head)
    value = jws.sign(signer, jws.signing_input(protected, payload))
    return jws.Signature(protected=protected, signature=jws.encoded(value))


def logged(
    entry: bytes, *, at: datetime = NOW, log: Ed25519PrivateKey = LOG, seen: bool = True
) -> LogEvidence:
    others = [merkle.leaf_hash(b"%d" % number) for number in range(5)]
    leaf = merkle.leaf_hash(entry)
    leaves = [*others[:3], leaf, *others[3:]]
    pairs = [merkle.parent_hash(*leaves[place : place + 2]) for place in (0, 2, 4)]
    left = merkle.parent_hash(pairs[0], pairs[1])
    point = notes.Checkpoint(LOG_NAME, 6, merkle.parent_hash(left, pairs[2]))
    note = notes.signed(point, LOG_NAME, log)
    if seen:
        note += notes.cosignature(point, WITNESS_NAME, WITNESS, int(at.timestamp()))
    proof = tuple(jws.encoded(each) for each in (leaves[2], pairs[0], pairs[2]))
    return LogEvidence(checkpoint=note, entry=jws.encoded(entry), index=3, proof=proof)


def stamped(signatures: Sequence[jws.Signature]) -> tuple[hashtree.Timestamp, ...]:
    """One token for all of them, an hour before the log."""
    tree = hashtree.grown([each.signature for each in signatures])
    asked = timestamps.Asked(sha256(tree.top).digest(), nonce=None, wants_certificate=True)
    token = timestamps.token(asked, STAMPER, 1, STAMPED)
    return tuple(hashtree.shown(token, path) for path in tree.paths)


def bundle(
    content: Envelope | None = None,
    refs: tuple[str, ...] = ("S-1", "S-2"),
    *,
    said: Revocations | UnsetType = SAID,
    **how: Any,
) -> Bundle:
    content = content or envelope()
    payload = canonical(content)
    papers = [paper(ref) for ref in refs]
    signatures = tuple(signed(payload, ref, der) for ref, der in zip(refs, papers, strict=True))
    digest, stamps = sha256(payload).hexdigest(), stamped(signatures)
    held = stamps if said is UNSET else (*stamps, said)
    entry = entries.of_document(digest, PDF_HASH, signatures, content.prev, NOW, held)
    return Bundle(
        evidence=Evidence(
            certificates=tuple(jws.encoded(der) for der in papers),
            log=logged(canonical(entry), **how),
            timestamps=stamps,
            revocations=said,
        ),
        payload=jws.encoded(payload),
        signatures=signatures,
    )

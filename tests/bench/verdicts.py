"""What a verdict on a bundle costs, against nothing but checking signatures and their stamps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from backend.transparency import merkle, notes
from modules.documents.model import bundle, certificates, entries, hashtree, jws, timestamps
from modules.documents.model.canonical import canonical
from modules.documents.model.envelope import Envelope
from modules.documents.model.findings import Found, Trust
from modules.documents.model.statuses import Status
from modules.documents.model.verdict import judged

_LEAVES: Final = 64
_ROUNDS: Final = 600
_CALLS: Final = 3


def cost(
    content: bytes, envelope: Envelope, above: certificates.Above, now: datetime
) -> tuple[float, str]:
    """Return the seconds of a verdict for one of the bare checks, and the verdict."""
    keys = [generate_private_key(SECP256R1()) for _ in envelope.parties]
    papers = [
        certificates.issued(above, key.public_key(), party.subject_ref, now).public_bytes(
            Encoding.DER
        )
        for key, party in zip(keys, envelope.parties, strict=True)
    ]
    bare: list[Callable[[], None]] = []
    signatures: list[jws.Signature] = []
    for key, paper in zip(keys, papers, strict=True):
        head = jws.Header(
            alg="ES256",
            iat=int(now.timestamp()),
            kid=jws.thumbprint(key.public_key()),
            typ="tinhs-doc+jws",
            x5t_s256=jws.encoded(sha256(paper).digest()),
        )
        protected = jws.protected(head)
        signed = jws.signing_input(protected, content)
        value = key.sign(signed, jws.ES256)
        bare.append(partial(key.public_key().verify, value, signed, jws.ES256))
        raw_value = jws.encoded(jws.sign(key, signed))
        signatures += [jws.Signature(protected=protected, signature=raw_value)]
    stamps = [_stamped(each.signature, above, now, bare) for each in signatures]
    evidence, log, witness = _logged(content, signatures, now, stamps)
    raw = bundle.written(
        bundle.Bundle(
            evidence=bundle.Evidence(
                certificates=tuple(map(jws.encoded, papers)),
                log=evidence,
                timestamps=tuple(stamps),
            ),
            payload=jws.encoded(content),
            signatures=tuple(signatures),
        )
    )
    trust = Trust(
        issuer=envelope.issuer,
        anchors=(above.certificate,),
        log=log,
        witnesses=(witness,),
        deadlines={},
        stampers=(above.certificate,),
    )

    def look(*_: object) -> Found:
        return Found(status=Status.VALID)

    later = now + timedelta(minutes=1)
    said = judged(raw, trust, look, later)
    alone = _quickest(lambda: [check() for check in bare])
    return _quickest(lambda: judged(raw, trust, look, later)) / alone, said.verdict


def _stamped(
    signature: str, above: certificates.Above, now: datetime, bare: list[Callable[[], None]]
) -> hashtree.Timestamp:
    """Return a stamp of a signature; to check it goes to `bare` as well."""
    key = generate_private_key(SECP256R1())
    by = timestamps.Authority(
        key, certificates.stamping(above, key.public_key(), now), above.certificate
    )
    asked = timestamps.Asked(hashtree.root(signature, ()), nonce=None, wants_certificate=True)
    value = key.sign(b"", jws.ES256)
    bare.append(partial(key.public_key().verify, value, b"", jws.ES256))
    return hashtree.shown(timestamps.token(asked, by, 1, now), b"")


def _logged(
    content: bytes,
    signatures: list[jws.Signature],
    now: datetime,
    stamps: list[hashtree.Timestamp],
) -> tuple[bundle.LogEvidence, str, str]:
    """Return a place in a small log, and the keys of the log and its witness."""
    digest = sha256(content).hexdigest()
    line = canonical(entries.of_document(digest, "0" * 64, signatures, None, now, stamps))
    leaves = [merkle.leaf_hash(line), *(merkle.leaf_hash(bytes([n])) for n in range(1, _LEAVES))]

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return merkle.parent_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    log, witness = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    seen = notes.Checkpoint("bench/log", _LEAVES, merkle.range_hash((0, _LEAVES), node))
    note = notes.signed(seen, "bench/log", log)
    note += notes.cosignature(seen, "bench/witness", witness, int(now.timestamp()))
    path = merkle.inclusion(0, _LEAVES)
    found = bundle.LogEvidence(
        checkpoint=note,
        entry=jws.encoded(line),
        index=0,
        proof=tuple(jws.encoded(merkle.range_hash(span, node)) for span in path),
    )
    ours = notes.Verifier("bench/log", notes.public_bytes(log)).vkey()
    theirs = notes.Verifier("bench/witness", notes.public_bytes(witness), is_witness=True).vkey()
    return found, ours, theirs


def _quickest(timed: Callable[[], object]) -> float:
    """Return the seconds of one call in the quickest of many rounds: others run here too."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = perf_counter()
        for _ in range(_CALLS):
            timed()
        best = min(best, (perf_counter() - began) / _CALLS)
    return best

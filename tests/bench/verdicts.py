"""What a verdict on a bundle costs, against nothing but checking signatures and their stamps."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from backend.transparency import merkle, notes
from modules.documents.model import bundle, certificates, entries, hashtree, jws, timestamps
from modules.documents.model.canonical import canonical
from modules.documents.model.envelope import Envelope, fresh_salt
from modules.documents.model.findings import Found, Trust
from modules.documents.model.statuses import Status
from modules.documents.model.verdict import judged

_ROUNDS: Final = 512
_CALLS: Final = 4
_STAMPED_BYTES: Final = 200
"""What a stamper signs is no shorter: some attributes, of which two are hashes."""

Check = Callable[[], object]


class _Signer(NamedTuple):
    key: EllipticCurvePrivateKey
    public: EllipticCurvePublicKey
    paper: bytes


class _Signed(NamedTuple):
    """A document of which nobody has a verdict yet, and what to check of it at the very least."""

    content: bytes
    signatures: list[jws.Signature]
    stamps: list[hashtree.Timestamp]
    bare: list[Check]


def cost(envelope: Envelope, above: certificates.Above, now: datetime) -> tuple[float, str]:
    """Return the seconds of a verdict for one of the bare checks, and the verdict.

    Every bundle is judged once, as one that nobody has seen before. Whoever signed it, stamped it
    and keeps the log is known, as it is of a class after its first record.
    """
    signers = [_signer(above, party.subject_ref, now) for party in envelope.parties]
    key = generate_private_key(SECP256R1())
    stamper = _Signer(key, key.public_key(), certificates.stamping(above, key.public_key(), now))
    by = timestamps.Authority(key, stamper.paper, above.certificate)
    contents = [_another(envelope, number) for number in range(_ROUNDS * _CALLS)]
    signed = [_signed(each, signers, (stamper, by), now) for each in contents]
    proofs, log, witness = _logged(signed, now)
    papers = tuple(jws.encoded(each.paper) for each in signers)
    raws = [_written(*each, papers) for each in zip(signed, proofs, strict=True)]
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
    told = {judged(raw, trust, look, later).verdict for raw in raws[:_CALLS]}
    judging = [partial(judged, raw, trust, look, later) for raw in raws[_CALLS:]]
    checking = [partial(_each, one.bare) for one in signed[_CALLS:]]
    ours, bare = _quickest(judging, checking)
    return ours / bare, ", ".join(told)


def _each(checks: Sequence[Check]) -> None:
    for check in checks:
        check()


def _signer(above: certificates.Above, ref: str, now: datetime) -> _Signer:
    key = generate_private_key(SECP256R1())
    paper = certificates.issued(above, key.public_key(), ref, now)
    return _Signer(key, key.public_key(), paper.public_bytes(Encoding.DER))


def _another(envelope: Envelope, number: int) -> bytes:
    """Return the content of a document of its own."""
    changed = {"doc_id": UUID(int=number), "salt": fresh_salt()}
    return canonical(msgspec.structs.replace(envelope, **changed))


def _signed(
    content: bytes,
    signers: Sequence[_Signer],
    stamping: tuple[_Signer, timestamps.Authority],
    now: datetime,
) -> _Signed:
    stamper, by = stamping
    found = _Signed(content, [], [], [])
    for signer in signers:
        head = jws.Header(
            alg="ES256",
            iat=int(now.timestamp()),
            kid=jws.thumbprint(signer.public),
            typ="tinhs-doc+jws",
            x5t_s256=jws.encoded(sha256(signer.paper).digest()),
        )
        protected = jws.protected(head)
        signed = jws.signing_input(protected, content)
        value = jws.encoded(jws.sign(signer.key, signed))
        found.signatures.append(jws.Signature(protected=protected, signature=value))
        asked = timestamps.Asked(hashtree.root(value, ()), nonce=None, wants_certificate=True)
        serial = int.from_bytes(sha256(value.encode()).digest()[:8], "big")
        token = timestamps.token(asked, by, serial, now)
        found.stamps.append(hashtree.shown(token, b""))
        for one, text in ((signer, signed), (stamper, content[:_STAMPED_BYTES])):
            made = one.key.sign(text, jws.ES256)
            found.bare.append(partial(one.public.verify, made, text, jws.ES256))
    return found


def _logged(signed: Sequence[_Signed], now: datetime) -> tuple[list[bundle.LogEvidence], str, str]:
    """Return the documents' places in one log, and the keys of the log and its witness."""
    lines = [
        canonical(
            entries.of_document(
                sha256(each.content).hexdigest(), "0" * 64, each.signatures, None, now, each.stamps
            )
        )
        for each in signed
    ]
    levels = [[merkle.leaf_hash(line) for line in lines]]  # a power of two of them
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=True)
        levels.append([merkle.parent_hash(*pair) for pair in pairs])

    def node(level: int, index: int) -> bytes:
        return levels[level][index]

    size = len(lines)
    log, witness = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    seen = notes.Checkpoint("bench/log", size, levels[-1][0])
    note = notes.signed(seen, "bench/log", log)
    note += notes.cosignature(seen, "bench/witness", witness, int(now.timestamp()))
    found = [
        bundle.LogEvidence(
            checkpoint=note,
            entry=jws.encoded(line),
            index=index,
            proof=tuple(
                jws.encoded(merkle.range_hash(span, node)) for span in merkle.inclusion(index, size)
            ),
        )
        for index, line in enumerate(lines)
    ]
    ours = notes.Verifier("bench/log", notes.public_bytes(log)).vkey()
    theirs = notes.Verifier("bench/witness", notes.public_bytes(witness), is_witness=True).vkey()
    return found, ours, theirs


def _written(signed: _Signed, proof: bundle.LogEvidence, papers: tuple[str, ...]) -> bytes:
    return bundle.written(
        bundle.Bundle(
            evidence=bundle.Evidence(
                certificates=papers, log=proof, timestamps=tuple(signed.stamps)
            ),
            payload=jws.encoded(signed.content),
            signatures=tuple(signed.signatures),
        )
    )


def _quickest(*timed: Sequence[Check]) -> tuple[float, ...]:
    """Return the seconds of one call of each kind, in the quickest of many rounds that take turns.

    Others run here too. No call comes twice.
    """
    best = [float("inf")] * len(timed)
    for start in range(0, len(timed[0]), _CALLS):
        for kind, calls in enumerate(timed):
            began = perf_counter()
            _each(calls[start : start + _CALLS])
            best[kind] = min(best[kind], (perf_counter() - began) / _CALLS)
    return tuple(best)

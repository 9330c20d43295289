"""What documents cost, in one process and on one core, against the primitives of the same run."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from time import perf_counter
from typing import Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding

from backend.transparency import merkle, tiles
from modules.documents.model import certificates, cms, jws, pdf, printing, timestamps
from modules.documents.model.canonical import accepted_as, canonical
from modules.documents.model.envelope import Envelope, Party, StatusPlace, fresh_salt
from modules.labour_contracts.demo import _SAMPLE
from modules.labour_contracts.model.contract import LabourContract
from tests.bench import pades, verdicts

_ROUNDS: Final = 60
_NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
_NO_GOAL: Final = float("inf")
_LEAVES: Final = 2048
_TILE: Final = tiles.WIDTH * merkle.HASH_BYTES

Timed = Callable[[], object]


def costs() -> Iterator[tuple[str, float, float]]:
    """Yield title, ratio to a primitive that the title names, and the ratio not to be exceeded."""
    content, envelope, form = _sample()
    decode = _seconds(lambda: msgspec.json.decode(content), 500)
    yield (
        "content accepted, against decoding it",
        (_of(lambda: accepted_as(content, Envelope), decode, 500)),
        4,
    )

    key = generate_private_key(SECP256R1())
    public, signed = key.public_key(), jws.signing_input("e30", content)
    der_signature = key.sign(signed, jws.ES256)
    raw_signature = jws.sign(key, signed)
    bare = _seconds(lambda: public.verify(der_signature, signed, jws.ES256), 100)
    strict = _of(lambda: jws.verify(public, signed, raw_signature), bare, 100)
    yield "a strict JWS signature checked, against a bare one", strict, 1.43
    bare = _seconds(lambda: key.sign(signed, jws.ES256), 100)
    yield "the same made, against a bare one", _of(lambda: jws.sign(key, signed), bare, 100), 1.43

    ratio, said = verdicts.cost(envelope, certificates.Above(_CA, _ANCHOR), _NOW)
    yield f"a verdict on a bundle ({said}), against checking signatures and stamps", ratio, 1.5

    base, shape = printing.based(content, envelope, form)
    print_again = _seconds(lambda: _printed_anew(content, envelope, form), 5)
    finished = _finished(base, shape)
    yield (
        "a PDF written with two signatures, against printing it",
        (_of(lambda: _finished(base, shape), print_again, 20)),
        0.5,
    )
    stamper = timestamps.Authority(_STAMPER, _STAMPER_PAPER, _ANCHOR)
    bare = _seconds(pades.pyhankos(base, _PHONE, _PAPER, stamper), 20)
    signed_by_us = pades.ours(base, shape, _PHONE, _PAPER, stamper)
    yield (
        "a signature with its timestamp put into a PDF, against bare pyHanko",
        _of(lambda: signed_by_us(_NOW), bare, 50),
        1.25,
    )
    digest = _seconds(lambda: sha256(finished).digest(), 200)
    yield (
        "a PDF's updates compared, against its SHA-256",
        (_of(lambda: list(pdf.updates(finished, shape)), digest, 50)),
        50,
    )
    yield (
        "a PDF printed anew, against the SHA-256 by which it is known",
        print_again / digest,
        _NO_GOAL,
    )
    yield from _costs_of_the_log()


def _costs_of_the_log() -> Iterator[tuple[str, float, float]]:
    hashes = _seconds(lambda: [sha256(bytes(64)).digest() for _ in range(_LEAVES)], 5)
    small, large = (_appending(size) for size in (10_112, 10_000_000))
    yield (
        "a log entry appended at 10 million, against SHA-256 of 64 bytes",
        (_of(large, hashes, 5)),
        5,
    )
    yield "the same, against appending at 10 thousand", _of(large, _seconds(small, 5), 5), 1.5
    small, large = (_proving(size) for size in (100_000, 10_000_000))
    ratio = _of(large, _seconds(small, 50), 50)
    yield "a log entry proved at 10 million, against 100 thousand", ratio, 1.5


def _sample() -> tuple[bytes, Envelope, printing.Template]:
    template = (files("modules.labour_contracts") / "contract.typ").read_text(encoding="utf-8")
    form = printing.template(template, LabourContract.title)
    parties = tuple(
        Party(role=name, order=1, required=True, assurance="L3", subject_ref=name, name="Hòa")
        for name in ("employer", "employee")
    )
    envelope = Envelope(
        type=LabourContract.name,
        schema=next(iter(LabourContract.schemas)),
        doc_id=UUID(int=7),
        code="HD-26-AAAAAAAAA-B",
        rev=1,
        prev=None,
        renderer=form.renderer(),
        issuer="https://tinhs.example",
        parties=parties,
        issued_on=date(2026, 11, 22),
        status=StatusPlace(uri="https://tinhs.example/lists/0", idx=5),
        links=(),
        salt=fresh_salt(),
        data=msgspec.to_builtins(_SAMPLE),
    )
    return canonical(envelope), envelope, form


def _printed_anew(content: bytes, envelope: Envelope, form: printing.Template) -> None:
    printing._printed.cache_clear()
    printing.based(content, envelope, form)


_CA: Final = generate_private_key(SECP256R1())
_ANCHOR: Final = certificates.authority(_CA, _NOW - timedelta(days=1))
_PHONE: Final = generate_private_key(SECP256R1())
_PAPER: Final = certificates.issued(
    certificates.Above(_CA, _ANCHOR), _PHONE.public_key(), "S-1", _NOW
).public_bytes(Encoding.DER)


_STAMPER: Final = generate_private_key(SECP256R1())
_STAMPER_PAPER: Final = certificates.stamping(
    certificates.Above(_CA, _ANCHOR), _STAMPER.public_key(), _NOW
)


def _finished(base: bytes, shape: pdf.Shape) -> bytes:
    raw = base
    for seq in range(2):
        slot = pdf.prepared(raw, shape, printing.field_of(seq), _NOW)
        digest = slot.digest()
        value = _PHONE.sign(cms.signed_attributes(digest, _PAPER), jws.ES256)
        made = cms.written(cms.Signed((_PAPER, _ANCHOR), digest, value, None))
        raw, shape = pdf.filled(slot, made), slot.shape
    return raw


def _appending(size: int) -> Timed:
    leaves = [merkle.leaf_hash(secrets.token_bytes(64)) for _ in range(_LEAVES)]
    edge: dict[tiles.Place, bytes] = {}
    level, hashes = 0, size
    while hashes:
        if hashes % tiles.WIDTH:
            place = (level, hashes // tiles.WIDTH)
            edge[place] = secrets.token_bytes(hashes % tiles.WIDTH * merkle.HASH_BYTES)
        level, hashes = level + 1, hashes // tiles.WIDTH
    return lambda: tiles.extended(size, edge, leaves)


def _proving(size: int) -> Timed:
    """Return what proves an entry from the middle, and looks at the proof."""
    index = size // 2 + 1
    spans = merkle.inclusion(index, size)
    held = {
        place: secrets.token_bytes(_TILE) for place in tiles.places([*spans, (index, index + 1)])
    }

    def path() -> list[bytes]:
        node = tiles.reader(held)
        return [merkle.range_hash(span, node) for span in spans]

    leaf = tiles.reader(held)(0, index)

    def proved() -> None:
        with suppress(merkle.NotProved):  # the tiles are of no one tree, so its root is another
            merkle.require_inclusion(leaf, index, size, path(), bytes(merkle.HASH_BYTES))

    return proved


def _of(timed: Timed, primitive: float, calls: int) -> float:
    return _seconds(timed, calls) / primitive


def _seconds(timed: Timed, calls: int) -> float:
    """Return the seconds of one call, in the quickest of many short rounds: others run here too."""
    best, calls = float("inf"), max(1, calls // 20)
    for _ in range(_ROUNDS):
        began = perf_counter()
        for _ in range(calls):
            timed()
        best = min(best, (perf_counter() - began) / calls)
    return best


if __name__ == "__main__":
    import sys

    for title, ratio, most in costs():
        sys.stdout.write(f"{title:66}{ratio:9.2f}×  {'' if most == _NO_GOAL else f'<= {most:g}'}\n")

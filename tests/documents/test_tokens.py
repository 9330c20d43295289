"""A timestamp token that is read by its places says what it would say if it were parsed."""

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from modules.documents.model import certificates, der, timestamps, tokens
from modules.documents.model.tokens import NotStamped, Token
from tests.documents.handmade import ABOVE, ANCHOR, NOW, STAMPED, STAMPER

DIGEST = sha256(b"a signature").digest()
USUAL = 71
"""Bytes of the value of half of all signatures; others have one or two less."""


@pytest.fixture(autouse=True)
def _nothing_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_shapes", {})


def token(
    digest: bytes = DIGEST,
    *,
    serial: int = 1 << 62,
    nonce: int | None = None,
    minutes: int = 0,
    by: timestamps.Authority = STAMPER,
) -> bytes:
    """One with a signature of the usual length."""
    asked = timestamps.Asked(digest, nonce, wants_certificate=True)
    at = STAMPED + timedelta(minutes=minutes)
    made = (timestamps.token(asked, by, serial, at) for _ in range(200))
    return next(each for each in made if len(tokens._parsed(each).value) == USUAL)


def met(raw: bytes) -> None:
    """Let somebody believe this one."""
    timestamps.stamped_at(raw, DIGEST, [ANCHOR])


def count() -> int:
    return sum(map(len, tokens._shapes.values()))


def parsed(raw: bytes) -> Token | None:
    with suppress(Exception):
        return tokens._parsed(raw)
    return None


def read(raw: bytes) -> Token | None:
    with suppress(NotStamped):
        return tokens.read(raw)
    return None


def test_what_is_like_one_that_was_met_need_not_be_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = token(), token(sha256(b"another").digest(), serial=(1 << 62) + 9, minutes=7)
    expected = parsed(other)
    met(first)

    monkeypatch.setattr(tokens, "_parsed", None)

    assert read(other) == expected != read(first)
    assert expected is not None


# Of a certificate with a changed byte the parser sometimes says that it is deprecated.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("flip", [1, 2, 3, 0x80])
def test_whichever_byte_is_changed_both_ways_say_the_same(flip: int) -> None:
    first, other = token(), token(sha256(b"another").digest(), minutes=7)
    met(first)

    for place in range(len(other)):
        changed = bytes((*other[:place], other[place] ^ flip, *other[place + 1 :]))
        assert read(changed) == parsed(changed)


def _longer(raw: bytes) -> bytes:
    """The outermost length in a byte more than it needs (X.690 §10.1)."""
    return raw[:1] + b"\x83\x00" + raw[2:]


def test_bytes_put_in_or_taken_off_are_seen() -> None:
    first = token()
    met(first)

    for raw in (first + b"\0", first[:-1], _longer(first), first[:40] + b"\0" + first[40:], b""):
        with pytest.raises(NotStamped):
            timestamps.stamped_at(raw, DIGEST, [ANCHOR])


def test_a_stamp_for_another_hash_or_by_another_key_is_none_however_it_is_read() -> None:
    first = token()
    met(first)
    forged = bytes((*first[:-1], first[-1] ^ 1))

    assert read(forged) is not None
    for raw, digest in ((first, bytes(32)), (forged, DIGEST)):
        with pytest.raises(NotStamped):
            timestamps.stamped_at(raw, digest, [ANCHOR])


def test_nobody_is_remembered_who_is_not_believed() -> None:
    key = generate_private_key(SECP256R1())
    root = generate_private_key(SECP256R1())
    anchor = certificates.authority(root, NOW - timedelta(days=1))
    above = certificates.Above(root, anchor)
    paper = certificates.stamping(above, key.public_key(), NOW - timedelta(hours=2))
    stranger = token(by=timestamps.Authority(key, paper, anchor))
    forged = token(by=timestamps.Authority(key, STAMPER.certificate, ANCHOR))

    for raw in (stranger, forged):
        with pytest.raises(NotStamped):
            timestamps.stamped_at(raw, DIGEST, [ANCHOR])

    assert count() == 0


def _reordered(raw: bytes) -> bytes:
    """The same with its attributes the other way round, as some authorities have them."""
    signer = der.places(raw, *tokens._SIGNER)[3]
    parts = [raw[each.start : each.end] for each in der.places(raw, *tokens._SIGNER, 3)]
    return raw[: signer.body] + b"".join(reversed(parts)) + raw[signer.end :]


def test_attributes_in_another_order_are_believed_and_parsed_each_time() -> None:
    raw = _reordered(token())

    assert timestamps.stamped_at(raw, DIGEST, [ANCHOR]) == STAMPED
    assert count() == 0

    met(token())
    assert read(raw) == parsed(raw)


def test_a_stamper_of_many_lengths_fills_no_memory() -> None:
    for size in range(70):
        raw = token(nonce=1 << (8 * size), serial=1 << size)
        met(raw)
        assert read(raw) == parsed(raw)

    assert 0 < count() <= 64


def test_two_stampers_are_told_apart() -> None:
    key = generate_private_key(SECP256R1())
    paper = certificates.stamping(ABOVE, key.public_key(), NOW - timedelta(hours=2))
    ours, theirs = token(), token(by=timestamps.Authority(key, paper, ANCHOR))
    met(ours)
    met(theirs)

    said = [read(each) for each in (ours, theirs)]

    assert [each.by.paper for each in said if each] == [STAMPER.certificate, paper]

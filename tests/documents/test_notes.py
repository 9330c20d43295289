"""Checkpoints: what a log says, who signed it, and when a witness saw it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.transparency import notes
from backend.transparency.notes import Checkpoint, NotSigned, Verifier

LOG, WITNESS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
STATED = Checkpoint("tinhs.example/log", 7, bytes(range(32)))
NAMED = Verifier("tinhs.example/log", notes.public_bytes(LOG))
WATCHER = Verifier("witness.example/w1", notes.public_bytes(WITNESS), is_witness=True)


def note() -> str:
    return notes.signed(STATED, NAMED.name, LOG) + notes.cosignature(
        STATED, WATCHER.name, WITNESS, 1_800_000_000
    )


def test_what_was_signed_is_read() -> None:
    assert notes.opened(note(), NAMED) == STATED
    assert notes.seen_at(note(), WATCHER) == 1_800_000_000
    assert notes.seen_at(notes.signed(STATED, NAMED.name, LOG), WATCHER) is None


def test_a_signature_as_the_specification_writes_it() -> None:
    """C2SP signed-note: the example of the document, PeterNeumann's key and note."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    found = notes.verifier(vkey)

    assert found.vkey() == vkey
    assert found.key_id().hex() == "c74f20a3"


@pytest.mark.parametrize("place", range(len(note().encode())))
def test_no_byte_of_a_note_can_be_changed(place: int) -> None:
    raw = bytearray(note().encode())
    raw[place] ^= 1
    try:
        text = raw.decode()
        opened = notes.opened(text, NAMED)
        seen = notes.seen_at(text, WATCHER)
    except (UnicodeDecodeError, NotSigned):
        return
    # Then the change was in the witness's line, which the log's signature does not cover.
    assert (opened, seen) == (STATED, None)


@pytest.mark.parametrize(
    "vkey",
    ["", "a+00000000+AQ==", "x+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+b+c"],
)
def test_a_key_that_contradicts_itself_is_refused(vkey: str) -> None:
    with pytest.raises(NotSigned):
        notes.verifier(vkey)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n\n",
        "a\n01\nAAAA\n\n",
        "a\n1\nAAAA\n\n",
        "a\n-1\nAAAA\n\n",
        "a\n1\nAAAA\nmore\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotSigned):
        notes.opened(text, NAMED)

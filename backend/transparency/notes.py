"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

Ed25519, as the specifications say. A checkpoint states origin, size and root; the log signs it,
and a witness signs it again together with the moment at which it saw that nothing was rewritten.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

NOTE_CHARACTERS_MAX: Final = 16_384
LINES_MAX: Final = 32
_LOG: Final = b"\x01"
_WITNESS: Final = b"\x04"
_DASH: Final = "\u2014 "


class NotSigned(Exception):
    """This is not a note, or not one that the key has signed."""


class Checkpoint(NamedTuple):
    """What a log says of itself at one moment."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed, with its final line break."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


class Verifier(NamedTuple):
    """Whose signature to look for: a name, an Ed25519 key, and whether it is a witness."""

    name: str
    key: bytes
    is_witness: bool = False

    def key_id(self) -> bytes:
        """Return the four bytes by which a signature line names its key."""
        kind = _WITNESS if self.is_witness else _LOG
        return sha256(self.name.encode() + b"\n" + kind + self.key).digest()[:4]

    def vkey(self) -> str:
        """Return the key as C2SP tools take it: `name+id+base64`."""
        kind = _WITNESS if self.is_witness else _LOG
        return f"{self.name}+{self.key_id().hex()}+{b64encode(kind + self.key).decode()}"


def verifier(vkey: str) -> Verifier:
    """Return what a verifier key says. Raises `NotSigned` when it contradicts itself."""
    name, _, rest = vkey.partition("+")
    key_id, _, text = rest.partition("+")
    raw = _unbase64(text)
    if not name or len(raw) != 33 or raw[:1] not in {_LOG, _WITNESS}:
        raise NotSigned
    found = Verifier(name, raw[1:], raw[:1] == _WITNESS)
    if found.key_id().hex() != key_id:
        raise NotSigned
    return found


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def signed(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note of a log: the checkpoint and the log's signature line."""
    return f"{checkpoint.text()}\n{signature(checkpoint, name, public_bytes(key), key.sign)}"


def signature(
    checkpoint: Checkpoint, name: str, public: bytes, sign: Callable[[bytes], bytes]
) -> str:
    """Return a log's line for the checkpoint, of a key that may lie in a hardware module."""
    who = Verifier(name, public)
    return _line(name, who.key_id() + sign(checkpoint.text().encode()))


def cosignature(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """Return a witness's line for the checkpoint; `at` is in seconds."""
    who = Verifier(name, public_bytes(key), is_witness=True)
    signature = key.sign(_cosigned(checkpoint, at))
    return _line(name, who.key_id() + at.to_bytes(8, "big") + signature)


def _cosigned(checkpoint: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{checkpoint.text()}".encode()


def _line(name: str, blob: bytes) -> str:
    return f"{_DASH}{name} {b64encode(blob).decode()}\n"


def opened(note: str, log: Verifier) -> Checkpoint:
    """Return the checkpoint of a note that the log has signed."""
    checkpoint = _stated(note)
    for blob in _blobs(note, log):
        if _is_valid(log.key, blob[4:], checkpoint.text().encode()):
            return checkpoint
    raise NotSigned


def seen_at(note: str, witness: Verifier) -> int | None:
    """Return when a witness saw the checkpoint, in seconds; None if it never signed it."""
    checkpoint = _stated(note)
    for blob in _blobs(note, witness):
        at = int.from_bytes(blob[4:12], "big")
        if len(blob) == 76 and _is_valid(witness.key, blob[12:], _cosigned(checkpoint, at)):
            return at
    return None


def _stated(note: str) -> Checkpoint:
    text, empty, _ = note.partition("\n\n")
    lines = text.split("\n")
    if len(note) > NOTE_CHARACTERS_MAX or not empty or len(lines) != 3 or not lines[0]:
        raise NotSigned
    origin, size, root = lines
    if not size.isascii() or not size.isdigit() or len(size) > 19 or str(int(size)) != size:
        raise NotSigned
    found = Checkpoint(origin, int(size), _unbase64(root))
    if len(found.root) != 32:
        raise NotSigned
    return found


def _blobs(note: str, who: Verifier) -> Iterator[bytes]:
    """Yield what follows the signature lines of that name and key; others are not ours to judge."""
    *lines, end = note.partition("\n\n")[2].split("\n")
    if end or len(lines) > LINES_MAX:
        raise NotSigned
    for line in lines:
        name, space, blob = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NotSigned
        raw = _unbase64(blob)
        if name == who.name and raw[:4] == who.key_id():
            yield raw


def _is_valid(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _unbase64(text: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise NotSigned from error
    if b64encode(raw).decode() != text:
        raise NotSigned
    return raw

"""DER (ITU-T X.690), as much of it as signatures need: written in one way, and read in that one."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

SEQUENCE: Final = 0x30
SET: Final = 0x31
OCTETS: Final = 0x04
INTEGER: Final = 0x02
OID: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
CONTEXT_0: Final = 0xA0
CONTEXT_1: Final = 0xA1
_SHORT: Final = 0x80
_LENGTH_BYTES_MAX: Final = 4


class NotDer(Exception):
    """These bytes are not DER, or not the element that is wanted here."""


class Element(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One element: its tag, what it holds, and all of its bytes."""

    tag: int
    body: bytes
    whole: bytes

    def parts(self) -> list["Element"]:
        """Return the elements of a constructed one."""
        raw, size, place = self.body, len(self.body), 0
        found: list[Element] = []
        while place < size:
            start, end = _span(raw, place, size)
            body, whole = raw[start:end], raw[place:end]
            found.append(Element(tag=raw[place], body=body, whole=whole))
            place = end
        return found


class Place(NamedTuple):
    """Where an element is: where it begins, where what it holds begins, and where both end."""

    start: int
    body: int
    end: int

    def held(self) -> slice:
        """Return where what it holds is."""
        return slice(self.body, self.end)


def der(tag: int, *parts: bytes) -> bytes:
    """Return an element that holds `parts`."""
    body = b"".join(parts)
    if len(body) < _SHORT:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return der(SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """Return a SET OF, in its order (X.690 §11.6)."""
    return der(SET, *sorted(parts))


def octets(raw: bytes) -> bytes:
    """Return an OCTET STRING."""
    return der(OCTETS, raw)


def integer(value: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return der(OID, b"".join(map(_base128, (40 * first + second, *rest))))


def read(raw: bytes, tag: int | None = None) -> Element:
    """Return the one element that these bytes are. Raises `NotDer`."""
    found = one(raw, tag)
    if len(found.whole) != len(raw):
        raise NotDer
    return found


def one(raw: bytes, tag: int | None = None) -> Element:
    """Return the element with which these bytes begin. Raises `NotDer`."""
    if tag is not None and raw[:1] != bytes((tag,)):
        raise NotDer
    start, end = _span(raw, 0, len(raw))
    return Element(tag=raw[0], body=raw[start:end], whole=raw[:end])


def places(raw: bytes, *path: int) -> list[Place]:
    """Return where the parts of an element are; 0, 2, 1 is the second of the third of the first.

    What an OCTET STRING holds may have parts as well. Raises `NotDer` and IndexError.
    """
    found = _places(raw, 0, len(raw))
    for step in path:
        _, start, end = found[step]
        found = _places(raw, start, end)
    return found


def _places(raw: bytes, place: int, end: int) -> list[Place]:
    found: list[Place] = []
    while place < end:
        found.append(Place(place, *_span(raw, place, end)))
        place = found[-1].end
    return found


def _span(raw: bytes, place: int, size: int) -> tuple[int, int]:
    """Return where the body of the element at a place begins, and its end. Raises `NotDer`."""
    start = place + 2
    if size < start or raw[place] & 0x1F == 0x1F:
        raise NotDer
    length = raw[place + 1]
    if length >= _SHORT:
        start, length = _long(raw, start, length & 0x7F)
    if size < start + length:
        raise NotDer
    return start, start + length


def _long(raw: bytes, first: int, count: int) -> tuple[int, int]:
    """Return where a body begins, and how long it is, by a length of several bytes."""
    start = first + count
    length = int.from_bytes(raw[first:start], "big")
    is_shortest = raw[first : first + 1] not in {b"", b"\0"} and length >= _SHORT
    if not 0 < count <= _LENGTH_BYTES_MAX or not is_shortest:
        raise NotDer
    return start, length


def number(element: Element) -> int:
    """Return the value of an INTEGER that is not negative."""
    body = element.body
    if element.tag != INTEGER or not body or body[0] & 0x80:
        raise NotDer
    return int.from_bytes(body, "big")


def moment(digits: str) -> datetime:
    """Return what fourteen digits say in UTC, from the year to the second. Raises ValueError."""
    if len(digits) != 14 or not digits.isdecimal() or not digits.isascii():
        raise ValueError(digits)
    return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}+00:00")


def _base128(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))

"""Videos, as far as we understand them: boxes of ISO/IEC 14496-12, and nothing decoded.

A film is kept for those who work on the matter, as an attachment. What a phone writes into it about
itself, its owner and its place (`udta`, `meta`, `uuid`) is overwritten where it stands, so that no
offset in the file moves.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from backend.kernel.files import FileTooLarge, FileUnreadable, VideoTooLong

FILM_BYTES_MAX: Final = 50 * 1024 * 1024
SECONDS_MAX: Final = 60
MEDIA_TYPE: Final = "video/mp4"

_BRANDS: Final = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"})
_CONTAINERS: Final = frozenset({b"moov", b"trak"})
_SAID: Final = frozenset({b"udta", b"meta", b"uuid"})
_BOXES_MAX: Final = 2_000
_HEADER: Final = 8
_LARGE_HEADER: Final = 16


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """A video of which only sound and picture are left."""

    content: bytes
    width: int
    height: int


class _Box(msgspec.Struct, frozen=True, kw_only=True):
    kind: bytes
    start: int
    body: int
    end: int


def is_film(content: bytes) -> bool:
    """Tell by its first box whether this is an MP4."""
    return content[4:8] == b"ftyp" and content[8:12] in _BRANDS


def cleaned(content: bytes) -> Film:
    """Return the film without what it says of its maker.

    Raises `FileTooLarge`, `VideoTooLong` or `FileUnreadable`.
    """
    if len(content) > FILM_BYTES_MAX:
        raise FileTooLarge(bytes_max=FILM_BYTES_MAX)
    boxes = list(_boxes(content, 0, len(content)))
    kinds = {box.kind for box in boxes}
    if not {b"ftyp", b"moov", b"mdat", b"mvhd", b"tkhd"} <= kinds:
        raise FileUnreadable
    if _seconds(content, next(box for box in boxes if box.kind == b"mvhd")) > SECONDS_MAX:
        raise VideoTooLong(seconds_max=SECONDS_MAX)
    sizes = [_size(content, box) for box in boxes if box.kind == b"tkhd"]
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    if not (0 < width <= 8192 and 0 < height <= 8192):
        raise FileUnreadable
    silent = bytearray(content)
    for box in boxes:
        if box.kind in _SAID:
            silent[box.start + 4 : box.start + 8] = b"free"
            silent[box.body : box.end] = bytes(box.end - box.body)
    return Film(content=bytes(silent), width=width, height=height)


def _boxes(content: bytes, start: int, end: int) -> Iterator[_Box]:
    """Yield the boxes of a file, those inside containers too, in their order."""
    waiting = [(start, end)]
    found = 0
    while waiting:
        place, until = waiting.pop()
        while place < until:
            box = _box(content, place, until)
            found += 1
            if found > _BOXES_MAX:
                raise FileUnreadable
            yield box
            if box.kind in _CONTAINERS:
                waiting.append((box.body, box.end))
            place = box.end


def _box(content: bytes, place: int, until: int) -> _Box:
    if until - place < _HEADER:
        raise FileUnreadable
    size, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
    header = _HEADER
    if size == 1:
        header, size = _LARGE_HEADER, int.from_bytes(content[place + 8 : place + 16])
    elif size == 0:
        size = until - place
    if size < header or place + size > until:
        raise FileUnreadable
    return _Box(kind=kind, start=place, body=place + header, end=place + size)


def _seconds(content: bytes, box: _Box) -> float:
    body = content[box.body : box.end]
    if len(body) < 32:
        raise FileUnreadable
    if body[0] == 1:
        scale, length = int.from_bytes(body[20:24]), int.from_bytes(body[24:32])
    else:
        scale, length = int.from_bytes(body[12:16]), int.from_bytes(body[16:20])
    if scale == 0:
        raise FileUnreadable
    return length / scale


def _size(content: bytes, box: _Box) -> tuple[int, int]:
    """Return width and height of a track: the last eight bytes of its header, in 16.16."""
    body = content[box.body : box.end]
    if len(body) < 84:
        raise FileUnreadable
    return int.from_bytes(body[-8:-6]), int.from_bytes(body[-4:-2])

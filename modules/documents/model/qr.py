"""QR codes (ISO/IEC 18004), bit for bit those of segno, for a fraction of what they cost there.

Nearly all of segno's time goes into trying the eight masks module by module (§7.8.3). Here a symbol
is one integer, row after row, and each rule looks at all of its modules at once.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any, Final, NamedTuple

import segno

# What segno's encoder is made of has no stubs. A test holds this module to its public results.
_encoder: Final[Any] = import_module("segno.encoder")
_MASKS: Final = 8
_MARGIN: Final = 4
"""Light modules after each row: a rule that looks four further never meets the next row."""
_DIGITS: Final = bytes.maketrans(b"\x00\x01", b"01")

Rows = Sequence[bytes | bytearray]


class _Mask(NamedTuple):
    """The modules that a mask turns, as rows, and as one integer both ways."""

    rows: tuple[bytes, ...]
    across: int
    down: int


class _Size(NamedTuple):
    """What is the same in all symbols of one width."""

    unwritten: tuple[tuple[int, int], ...]
    """Where format and version will stand; they are light while masks are compared."""
    masks: tuple[_Mask, ...]
    within: tuple[int, ...]
    """All modules with at least so many more to their right, by that number: 0 to 6."""


def svg(address: str) -> bytes:
    """Return an address as an SVG of one path, with no border."""
    target = BytesIO()
    _made(address).save(target, kind="svg", border=0, xmldecl=False)
    return target.getvalue()


def _made(address: str) -> segno.QRCode:
    """Return what `segno.make(address, error="m", micro=False)` does."""
    code = _encoder.encode(address, error="m", micro=False, mask=0)
    matrix: tuple[bytearray, ...] = code.matrix
    size = _size(len(matrix))
    for row, column in size.unwritten:
        matrix[row][column] = 0
    first = size.masks[0]
    across, down = _as_integer(matrix) ^ first.across, _as_integer(_turned(matrix)) ^ first.down
    scores = [
        _score(across ^ mask.across, down ^ mask.down, len(matrix), size.within)
        for mask in size.masks
    ]
    best = scores.index(min(scores))
    for row, masked, by_first in zip(matrix, size.masks[best].rows, first.rows, strict=True):
        row[:] = bytes(a ^ b ^ c for a, b, c in zip(row, masked, by_first, strict=True))
    _encoder.add_format_info(matrix, code.version, code.error, best)
    _encoder.add_version_info(matrix, code.version)
    anew: Any = segno.QRCode  # its stubs know no way to make one
    return anew(code._replace(mask=best))


@lru_cache(maxsize=40)
def _size(width: int) -> _Size:
    reserved = _encoder.make_matrix(width, width)
    open_to_all = _encoder.make_matrix(width, width, reserve_regions=False)
    places = [(row, column) for row in range(width) for column in range(width)]
    unwritten = tuple((r, c) for r, c in places if reserved[r][c] == 0 and open_to_all[r][c] > 1)
    _encoder.add_finder_patterns(reserved, width, width)
    _encoder.add_alignment_patterns(reserved, width, width)
    rules = _encoder.get_data_mask_functions(is_micro=False)
    turned = [
        tuple(
            bytes(reserved[row][column] > 1 and bool(rule(row, column)) for column in range(width))
            for row in range(width)
        )
        for rule in rules
    ]
    masks = tuple(_Mask(rows, _as_integer(rows), _as_integer(_turned(rows))) for rows in turned)
    within = tuple(
        _as_integer([bytes(column < width - more for column in range(width))] * width)
        for more in range(7)
    )
    return _Size(unwritten, masks, within)


def _turned(rows: Rows) -> list[bytes]:
    return [bytes(column) for column in zip(*rows, strict=True)]


def _as_integer(rows: Rows) -> int:
    """Return all modules as one number, each row followed by its margin, the first one lowest."""
    digits = b"".join(row.translate(_DIGITS) + b"0" * _MARGIN for row in rows)
    return int(digits[::-1], 2)


def _score(across: int, down: int, width: int, within: Sequence[int]) -> int:
    """Return the penalty of a symbol (§7.8.3.1): the mask with the lowest is taken."""
    dark = across.bit_count() / width**2
    same = ~(across ^ across >> 1) & within[1]
    below = ~(across ^ across >> width + _MARGIN) & within[0]
    blocks = same & same >> width + _MARGIN & below
    return (
        _runs(same)
        + _runs(~(down ^ down >> 1) & within[1])
        + 3 * blocks.bit_count()
        + 40 * (_finders(across, within[6]) + _finders(down, within[6]))
        + 10 * int(abs(dark * 100 - 50) / 5)
    )


def _runs(same: int) -> int:
    """Return the penalty of five or more alike in a line: three, and one for each more."""
    fours = same & same >> 1 & same >> 2 & same >> 3
    return fours.bit_count() + 2 * (fours & ~(fours << 1)).bit_count()


def _finders(line: int, starts: int) -> int:
    """Return how many look like a finder (1:1:3:1:1) with four light modules before or after."""
    light = ~line
    ends = line & line >> 2 & line >> 3 & line >> 4 & line >> 6
    found = ends & light >> 1 & light >> 5 & starts
    before = ~(line << 1 | line << 2 | line << 3 | line << 4)
    after = light >> 7 & light >> 8 & light >> 9 & light >> 10
    count, free = 0, 0
    while found:
        lowest = found & -found
        found ^= lowest
        # Two may share modules; segno looks for the next one behind what it has counted.
        if lowest >= free and lowest & (before | after):
            count, free = count + 1, lowest << 7
    return count

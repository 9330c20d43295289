"""What a file is, by its first bytes; what its sender calls it says nothing."""

from typing import Final

_HEIC_MAJOR: Final = {b"heic", b"heix", b"mif1"}
_HEIC_STILL: Final = {b"heic", b"heix"}
_BRANDS_MAX: Final = 32


def media_type(content: bytes) -> str | None:
    """Return the type of a picture that we take, or None for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and _is_heic(content):
        return "image/heic"
    return None


def _is_heic(content: bytes) -> bool:
    """Tell a still HEIC from AVIF, video and image sequences: they share the box (ISO 23008-12)."""
    size = min(int.from_bytes(content[:4]), 16 + 4 * _BRANDS_MAX)
    brands = {content[start : start + 4] for start in range(16, size, 4)}
    return content[8:12] in _HEIC_MAJOR and bool(_HEIC_STILL & (brands | {content[8:12]}))

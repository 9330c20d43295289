"""Answers that phones and proxies may keep."""

from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeVar

from litestar import Response

Content = TypeVar("Content")

_AN_HOUR: Final = "public, max-age=3600"
_A_YEAR: Final = "public, max-age=31536000, immutable"


def lasting(content: Content, version: str, *asked: object) -> Response[Content]:
    """Return what stays the same until another dataset is loaded.

    `version` is the dataset's; `asked` is all that the answer depends on, today's date included.
    """
    return Response(content, headers={"ETag": _tag(version, asked), "Cache-Control": _AN_HOUR})


@lru_cache(maxsize=4096)
def _tag(version: str, asked: tuple[object, ...]) -> str:
    return f'"{sha256(repr((version, asked)).encode()).hexdigest()[:32]}"'


def immutable(content: Content, version: str) -> Response[Content]:
    """Return what its address names by its digest: it can be nothing else, ever."""
    return Response(content, headers={"ETag": f'"{version}"', "Cache-Control": _A_YEAR})

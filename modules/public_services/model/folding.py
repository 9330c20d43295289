"""How text is compared in a search: syllables without marks, and pairs of neighbours."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from backend.kernel import folded

QUERY_MAX: Final = 200
SYLLABLES_MAX: Final = 32

_OTHER: Final = re.compile(r"[^0-9a-z]+")


def syllables(text: str) -> list[str]:
    """Return the syllables of a text: `Đăng ký` is `dang`, `ky`."""
    return _OTHER.sub(" ", folded(text)).split()


def asked(text: str) -> list[str]:
    """Return the syllables of a question, as many as are looked at."""
    return syllables(text[:QUERY_MAX])[:SYLLABLES_MAX]


def terms(words: Sequence[str]) -> list[str]:
    """Return the syllables and each pair of neighbours."""
    pairs = [f"{left}_{right}" for left, right in pairwise(words)]
    return [*words, *pairs]

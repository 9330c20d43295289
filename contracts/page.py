"""One page of a list, the same for every list of this house."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some of the items, in a total order, and where the rest begins.

    `next_cursor` is opaque and signed; null on the last page. There are no totals: counting
    costs as much as reading everything.
    """

    items: Sequence[Item]
    next_cursor: str | None = None

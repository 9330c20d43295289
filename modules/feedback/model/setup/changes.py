"""What was set up: by whom, when, why, and what it was before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

SetupKind = Literal["category", "class", "reason", "template", "route-out"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an administrator set up."""

    id: UUID
    kind: SetupKind
    code: str
    staff_id: UUID
    at: datetime
    reason: str
    before: Mapping[str, Any] | None
    """As it stood; null for what is new."""
    after: Mapping[str, Any]

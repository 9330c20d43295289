"""What proves that a report was filed, and how it ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from modules.feedback.model.clocks import Deadline
from modules.feedback.model.machines import ReportState
from modules.feedback.model.places import CommuneCode


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was filed, in a form that can be held against the register later."""

    code: str
    received_at: datetime
    category_version: int
    commune_code: CommuneCode
    content_digest: str
    """SHA-256 over a salt that we keep, the text and the digests of the photos; hexadecimal."""
    seq: int
    head: str
    """Hash of the newest event in the report's history; hexadecimal."""


class HeldReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, and the house's signature over it."""

    payload: Receipt
    jws: str | None
    """Compact JWS (RFC 7515) whose payload is `payload`; `typ` is `tinhs-receipt+jws`, and the key
    that `kid` names stands in `/v1/documents/trust/jwks.json` for ever."""


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that a report was filed, and how it ended: keep it, it needs us no more."""

    signed: bool
    """Whether the house has signed; it does so some moments after the filing."""
    receipts: Sequence[HeldReceipt]
    salt: str | None
    """Hexadecimal. `content_digest` is SHA-256 over it and `content`; null once erased."""
    content: str | None
    """What was filed, base64: JSON with the text and the digests of the photos."""


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A report that has arrived."""

    id: UUID
    code: str
    version: int
    state: ReportState
    received_at: datetime
    commune_code: CommuneCode
    emergency_notice: str | None
    deadline: Deadline | None
    """Until when somebody is to answer for it."""
    token: str | None
    """What opens the report without an account, as `Tracking-Token`: keep it, nobody else has it.
    Null for reports of accounts."""
    receipt: Receipt

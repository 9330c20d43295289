"""A look as it is kept, and the bytes of it that are sealed."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec

ActorKind = Literal["anyone", "citizen", "staff", "partner", "job"]


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log, whole."""

    id: UUID
    at: datetime
    person_id: UUID
    actor_kind: ActorKind
    actor_agency: UUID | None
    actor_client: str | None
    actor_pseudonym: bytes | None
    action: Literal["read", "write"]
    purpose: str
    basis: str
    about: str
    fields: tuple[str, ...]
    detail_enc: bytes

    def entry(self) -> bytes:
        """Return what is sealed: JSON with sorted members, the ciphertext by its digest.

        So a person can be told all of it, and erasing the ciphertext leaves every proof valid.
        """
        said = {
            "v": 1,
            "id": str(self.id),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "person": str(self.person_id),
            "actor": self.actor_kind,
            "agency": None if self.actor_agency is None else str(self.actor_agency),
            "client": self.actor_client,
            "pseudonym": None
            if self.actor_pseudonym is None
            else b64encode(self.actor_pseudonym).decode(),
            "action": self.action,
            "purpose": self.purpose,
            "basis": self.basis,
            "about": self.about,
            "fields": list(self.fields),
            "detail_sha256": sha256(self.detail_enc).hexdigest(),
        }
        return msgspec.json.encode(said, order="sorted")

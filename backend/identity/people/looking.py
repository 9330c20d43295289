"""The line of the access log that goes along with a statement."""

from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import Principal, Snapshot, Transaction
from backend.kms import kms_of
from contracts.personal_data import Look

PSEUDONYM_KEY: Final = "audit-pseudonym"
DETAIL_KEY: Final = "audit-detail"
_PSEUDONYM_BYTES: Final = 16


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """Who it was: for an inquiry, and sealed until there is one."""

    kind: str
    staff_id: UUID | None
    person_id: UUID | None
    session_id: UUID | None
    client_id: str
    request_id: str


def line(snapshot: Snapshot, look: Look) -> dict[str, Any] | None:
    """Return what `audit.note` takes; None for a look at oneself, which leaves no line.

    Who looks at themselves has signed in: without a session it is the house that acts for somebody,
    as it does when it tells the demo's stories.

    The pseudonym of an officer is another for each person, so that two who compare their logs do
    not learn that it was the same one.
    """
    kms, who = kms_of(snapshot), snapshot.principal
    is_oneself = who.kind == "citizen" and who.person_id == look.subject_id
    if is_oneself and who.session_id is not None:
        return None
    if not isinstance(snapshot, Transaction):
        raise TypeError("a look at somebody leaves a line: ask a Transaction")
    event_id = snapshot.new_id()
    pseudonym = None
    if who.staff_id is not None:
        known = kms.mac(PSEUDONYM_KEY, who.staff_id.bytes + look.subject_id.bytes)
        pseudonym = known[:_PSEUDONYM_BYTES].hex()
    detail = kms.wrap(DETAIL_KEY, msgspec.json.encode(_detail(who)), about=f"event|{event_id}")
    return {
        "id": str(event_id),
        "person_id": str(look.subject_id),
        "pseudonym": pseudonym,
        "action": look.action,
        "purpose": look.purpose,
        "basis": look.basis,
        "about": look.about,
        "fields": list(look.fields),
        "detail": detail.hex(),
    }


def _detail(who: Principal) -> Detail:
    return Detail(
        kind=who.kind,
        staff_id=who.staff_id,
        person_id=who.person_id,
        session_id=who.session_id,
        client_id=who.client_id,
        request_id=who.request_id,
    )

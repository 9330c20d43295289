"""Following a report without an account: whoever shows its token is taken for its reporter.

A token is computed from the report, a version and a key that only the key service has; it is kept
nowhere, so nobody can read it out of a database, and a filing that is sent again gets the same one.
"""

import hmac
from base64 import b32encode
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction, Tries, Unauthenticated, at_most
from contracts.keys import SecretKeys
from modules.feedback.model.codes import heard
from modules.feedback.model.reports import Report
from modules.feedback.repository import tracking as repository
from modules.feedback.repository.tracking import Tracked
from modules.feedback.service import contacts, reading

KEY: Final = "feedback-tracking"

MISSES: Final = at_most(10, per=timedelta(hours=1), by="address")
"""Wrong tokens from one address. Right ones are never counted: behind a carrier's address the next
subscriber would pay for the one who guesses, and 128 bits are not guessed."""

_TOKEN_BYTES: Final = 16
_NOBODY: Final = Tracked(code="", report_id=UUID(int=0), version=1)


def token(snapshot: Snapshot, tracked: Tracked) -> str:
    """Return what opens a report: its code, and 128 bits that only we can compute."""
    message = tracked.report_id.bytes + (tracked.version or 0).to_bytes(2)
    raw = snapshot.ask(SecretKeys).mac(KEY, message)[:_TOKEN_BYTES]
    return f"{tracked.code}.{b32encode(raw).decode().rstrip('=').lower()}"


async def first_token(snapshot: Snapshot, report_id: UUID) -> str | None:
    """Return the token that a filing is answered with, as long as it was not renewed or given up.

    Whoever sends a filing again must not learn a newer token than the one it brought.
    """
    tracked = await repository.of_report(snapshot, report_id)
    return None if tracked is None or tracked.version != 1 else token(snapshot, tracked)


async def show(
    snapshot: Snapshot, tries: Tries, shown: str | None, *, report_id: UUID | None = None
) -> UUID | None:
    """Take whoever shows a token for the reporter of its report, and return which one that is.

    Without a token nothing changes. A wrong one, and one of another report than `report_id`, is
    `NotFound`, the same for an unknown code; the eleventh within an hour `TooManyRequests`.
    """
    if shown is None:
        return None
    tracked = await _opened(snapshot, shown)
    if tracked is None or report_id not in {None, tracked.report_id}:
        await tries.spend(MISSES)
        raise NotFound
    await repository.show(snapshot, tracked.report_id)
    return tracked.report_id


async def report_of(snapshot: Snapshot, shown: str) -> Tracked | None:
    """Return the report that a token opens, without opening it; None for a wrong one."""
    return await _opened(snapshot, shown)


async def renew(tx: Transaction, report: Report) -> str:
    """Give out another token; the one before opens nothing any more."""
    return token(tx, await repository.renew(tx, report.code, report.id))


async def claim(tx: Transaction, tries: Tries, shown: str) -> Report:
    """Make a report that was filed without an account the caller's; token and contact end.

    Raises what `show` raises, and `NotFound` for a report that is somebody's already.
    """
    person_id = tx.principal.person_id
    if person_id is None:
        raise Unauthenticated
    report_id = await show(tx, tries, shown)
    if report_id is None or not await repository.own(tx, report_id, person_id):
        raise NotFound
    await repository.forget(tx, report_id)
    await contacts.forget(tx, report_id)
    return await reading.report(tx, report_id)


async def end(tx: Transaction, report_id: UUID) -> None:
    """Let no token open a report any more."""
    await repository.forget(tx, report_id)


async def _opened(snapshot: Snapshot, shown: str) -> Tracked | None:
    code, _, secret = shown.strip().rpartition(".")
    known = await repository.find(snapshot, heard(code) or "")
    tracked = known or _NOBODY  # an unknown code takes the same steps as a known one
    right = token(snapshot, tracked).rpartition(".")[2]
    is_right = hmac.compare_digest(right.encode(), secret.strip().lower().encode())
    return known if is_right and tracked.version is not None else None

"""Whose word for the time counts, and since when a signature is proved to have been there."""

from collections.abc import Sequence
from datetime import datetime

from modules.documents.model import timestamps
from modules.documents.model.findings import Trust


def stamped(token: bytes, digest: bytes, trust: Trust) -> datetime | None:
    """Return when somebody saw a hash whose timestamps count, and counted at that moment.

    Of an authority that was revoked since, nobody knows who has its key: what it said of time is
    left aside, and when the log saw the document is all that counts. Raises `NotStamped`.
    """
    if not trust.listed:
        return timestamps.stamped_at(token, digest, trust.stampers)
    every = _every(trust)
    at, by = timestamps.stamp(token, digest, every)
    if timestamps.issuer_among(by.paper, trust.stampers_at(at)) is None:
        raise timestamps.NotStamped
    above = timestamps.issuer_among(by.paper, every)
    listing = None if above is None else trust.listing(above)
    return None if listing is not None and by.serial in listing.revoked else at


def _every(trust: Trust) -> Sequence[bytes]:
    return (*trust.stampers, *(each.der for each in trust.listed if each.tree == "tsa"))


def earliest(stamped_at: datetime | None, logged_at: datetime | None, now: datetime) -> datetime:
    """Return since when something is proved to have existed: now, if nobody else has seen it."""
    if stamped_at is None or logged_at is None:
        return stamped_at or logged_at or now
    return min(stamped_at, logged_at)

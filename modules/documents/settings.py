"""Settings, read from `TINHS_DOCUMENTS_*`."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How long people may take."""

    session_lives: Annotated[
        timedelta, Meta(description="How long a prepared signature may be handed in.")
    ] = timedelta(minutes=10)
    enrolment_lives: Annotated[
        timedelta, Meta(description="How long a device may take to prove that it has the key.")
    ] = timedelta(minutes=10)
    tsa_urls: Annotated[
        tuple[str, ...],
        Meta(
            description="Timestamp authorities (RFC 3161), asked in this order. None: a developer's"
            " own, whose timestamps have no legal value."
        ),
    ] = ()
    sha256_good_until: Annotated[
        date,
        Meta(
            description="Until when SHA-256 is trusted to protect what is kept for decades;"
            " archival timestamps are renewed two years before."
        ),
    ] = date(2040, 1, 1)
    pilot: Annotated[
        bool,
        Meta(
            description="`true` for a pilot: an authority of this installation certifies people"
            " and organisations, and no signature has legal value. Development is one; production"
            " has to be told."
        ),
    ] = False
    fetch_private: Annotated[
        bool,
        Meta(
            description="Whether revocation lists may be fetched from addresses that are not"
            " public: for a developer's own machine. Production never does."
        ),
    ] = False
    log_signer: Annotated[
        Literal["worker", "apart"],
        Meta(
            description="Who signs the log: the worker, or `tinhs documents log-signer`, a process"
            " with a user, a data directory and keys of its own."
        ),
    ] = "worker"

    @property
    def unfit(self) -> Mapping[str, str]:
        """What production does not start with, and why: what only looks like a legal signature."""
        found: dict[str, str] = {}
        if not self.pilot:
            found["pilot"] = (
                "an authority of our own gives no legal value; say `true` to run"
                " a pilot, or leave `documents` out of TINHS_MODULES"
            )
        if not self.tsa_urls:
            found["tsa_urls"] = "a developer's timestamps have no legal value; name an authority"
        if self.fetch_private:
            found["fetch_private"] = "it would let an address lead into the network of the house"
        return found

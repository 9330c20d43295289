"""Settings, read from `TINHS_DOCUMENTS_*`."""

from datetime import timedelta
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
    log_signer: Annotated[
        Literal["worker", "apart"],
        Meta(
            description="Who signs the log: the worker, or `tinhs documents log-signer`, a process"
            " with a user, a data directory and keys of its own."
        ),
    ] = "worker"

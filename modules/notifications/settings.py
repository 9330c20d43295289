"""Who carries messages out of the house."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from backend.kernel import Secret

STAND_IN: Final = "file"
"""The senders that write messages into a folder; the host refuses them in production."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How messages leave the house. Without a sender for a way, that way is not offered."""

    senders: Annotated[
        tuple[str, ...],
        Meta(
            description="Who carries messages, the first choice of each way first: `smtp`,"
            " `webpush`, names of SMS senders; `file` writes into `TINHS_DATA_DIR/outbox` and is"
            " refused in production."
        ),
    ] = ()
    smtp_host: Annotated[str, Meta(description="Mail server that takes our mail.")] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[
        str,
        Meta(
            pattern="^(starttls|tls|none)$",
            description="`starttls`, `tls` from the first byte, or `none` for a relay on the same"
            " machine.",
        ),
    ] = "starttls"
    smtp_user: Annotated[str, Meta(description="Name at the mail server; empty for none.")] = ""
    smtp_password: Annotated[Secret, Meta(description="Password at the mail server.")] = Secret("")
    mail_from: Annotated[str, Meta(description="Address that our mail comes from.")] = ""
    vapid_key: Annotated[
        Secret,
        Meta(
            description="Private key of Web Push (RFC 8292): 32 bytes of P-256, base64url."
            " Browsers subscribe to its public half, so changing it loses every subscription."
        ),
    ] = Secret("")
    vapid_subject: Annotated[
        str, Meta(description="Whom a push service may write to: `mailto:` or `https:`.")
    ] = ""
    inbox_days: Annotated[
        int, Meta(ge=30, le=3650, description="Days after which a message leaves the inbox.")
    ] = 730

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Settings that name something that only seems to reach people."""
        return ("senders",) if STAND_IN in self.senders else ()

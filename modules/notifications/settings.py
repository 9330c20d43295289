"""Who carries messages out of the house."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta

from backend.kernel import Secret

STAND_IN: Final = "file"
"""The senders that write messages into a folder; the host refuses them in production."""


_NEEDED: Final = {
    "smtp": ("smtp_host", "mail_from"),
    "webpush": ("vapid_key", "vapid_subject"),
    "fcm": ("fcm_account",),
}
"""Sender → the settings that it cannot do without."""

_VAPID_BYTES: Final = 32


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is used of the key file that Google gives to a service account."""

    project_id: Annotated[str, Meta(pattern="^[a-z0-9-]{1,63}$")]
    client_email: Annotated[str, Meta(min_length=3)]
    private_key: Annotated[str, Meta(pattern="^-----BEGIN PRIVATE KEY-----")]
    token_uri: Annotated[str, Meta(pattern="^https?://")]

    def __post_init__(self) -> None:
        if not isinstance(_private_key(self.private_key), RSAPrivateKey):
            raise ValueError("private_key")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How messages leave the house. Without a sender for a way, that way is not offered."""

    senders: Annotated[
        tuple[str, ...],
        Meta(
            description="Who carries messages, the first choice of each way first: `smtp`,"
            " `webpush` (browsers), `fcm` (apps), names of SMS senders; `file` writes into"
            " `TINHS_DATA_DIR/outbox` and is refused in production."
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
    fcm_account: Annotated[
        Secret,
        Meta(
            description="Key file of the service account that sends to apps by Firebase Cloud"
            " Messaging, JSON as Google gives it."
        ),
    ] = Secret("")
    inbox_days: Annotated[
        int, Meta(ge=30, le=3650, description="Days after which a message leaves the inbox.")
    ] = 730

    def __post_init__(self) -> None:
        """Refuse senders that lack what they send with."""
        for sender, needed in _NEEDED.items():
            missing = [name for name in needed if not _is_given(getattr(self, name))]
            if sender in self.senders and missing:
                named = ", ".join(f"TINHS_NOTIFICATIONS_{name.upper()}" for name in missing)
                raise ValueError(f"TINHS_NOTIFICATIONS_SENDERS: `{sender}` needs {named} too")
        if self.vapid_key.reveal() and not _is_vapid(self.vapid_key.reveal()):
            raise ValueError("TINHS_NOTIFICATIONS_VAPID_KEY: not 32 bytes, base64url")
        try:
            _ = self.service_account
        except ValueError as error:
            # Not what is wrong with it: that could show a part of the key.
            raise ValueError(
                "TINHS_NOTIFICATIONS_FCM_ACCOUNT: not the key file of a service account"
            ) from error

    @property
    def service_account(self) -> ServiceAccount | None:
        """Who sends to apps; None where nobody does. Raises ValueError for what is no account."""
        text = self.fcm_account.reveal()
        return msgspec.json.decode(text, type=ServiceAccount) if text else None

    at_home: ClassVar[Mapping[str, str]] = {"senders": STAND_IN}

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Settings that name something that only seems to reach people."""
        return ("senders",) if STAND_IN in self.senders else ()


def _is_given(value: str | Secret) -> bool:
    return bool(value.reveal() if isinstance(value, Secret) else value)


def _is_vapid(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text + "=" * (-len(text) % 4))) == _VAPID_BYTES
    except ValueError:
        return False


def _private_key(pem: str) -> Any:
    return load_pem_private_key(pem.encode(), password=None)

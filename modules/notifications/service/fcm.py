"""Push to apps: Firebase Cloud Messaging, HTTP v1, in the name of a service account (RFC 7523).

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, cast
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta

from backend.kernel import Snapshot, outside
from backend.kernel.outside import Answer, Ask, Reach, Unreachable
from contracts.identity import Accepted, Rejected, Unknown, silence
from contracts.notifications import ChannelSent, Gone, Outgoing, SenderChannel
from modules.notifications.model.preferences import App
from modules.notifications.settings import ServiceAccount, Settings

GOOGLE: Final = "https://fcm.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_PUBLIC: Final = Reach(seconds=5)
"""For each of the two calls."""
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_ASSERTION_GOOD_FOR: Final = timedelta(minutes=10)
_RENEWED_BEFORE: Final = timedelta(minutes=5)
_UNAUTHENTICATED: Final = 401
_GONE: Final = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, and for how many seconds it is good."""

    access_token: Annotated[str, Meta(min_length=1)]
    expires_in: Annotated[int, Meta(ge=1)]


class Detail(msgspec.Struct, frozen=True, kw_only=True, rename={"error_code": "errorCode"}):
    """What Firebase says beside the status of Google's interfaces."""

    error_code: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An error of Google's interfaces."""

    status: str = ""
    details: tuple[Detail, ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What Firebase answers: the name of the message, or why there is none."""

    name: str = ""
    error: Refused | None = None

    @property
    def reasons(self) -> frozenset[str]:
        """The codes of the refusal; empty when there was none."""
        if self.error is None:
            return frozenset()
        return frozenset({self.error.status, *(each.error_code for each in self.error.details)})


class Purse:
    """The access token of one account, renewed before it ends."""

    def __init__(self, account: ServiceAccount, ask: Ask) -> None:
        self._account, self._ask = account, ask
        self._token = ""
        self._good_until = datetime.min.replace(tzinfo=UTC)

    async def token(self, now: datetime) -> str:
        """Return a token that is good for a while. Raises `Unreachable`, `ValueError`."""
        if now + _RENEWED_BEFORE >= self._good_until:
            form = {"grant_type": GRANT, "assertion": assertion(self._account, now)}
            answer = await self._ask(
                "POST",
                self._account.token_uri,
                body=urlencode(form).encode(),
                headers=_FORM,
                reach=_PUBLIC,
            )
            if not answer.is_good:
                raise ValueError("the account gets no access token")
            granted = msgspec.json.decode(answer.body, type=Granted)
            self._token = granted.access_token
            self._good_until = now + timedelta(seconds=granted.expires_in)
        return self._token

    def empty(self) -> None:
        """Forget a token that is not taken any more."""
        self._good_until = datetime.min.replace(tzinfo=UTC)


class Fcm:
    """Provides `contracts.notifications.ChannelSender` for apps."""

    name = "fcm"
    channel: SenderChannel = "app"

    def __init__(self, snapshot: Snapshot, *, ask: Ask = outside.ask) -> None:
        self._account = snapshot.ask(Settings).service_account
        self._now = snapshot.now
        self._ask = ask

    async def send(self, message: Outgoing) -> ChannelSent:
        """Hand the message to Google, which hands it to the phone or to Apple.

        A token that was not to be had, or a connection that was not made, has sent nothing.
        """
        if self._account is None:
            return Rejected()
        try:
            to = msgspec.json.decode(message.to, type=App)
        except msgspec.MsgspecError:
            return Gone()
        purse = _purse(self._account, self._ask)
        try:
            token = await purse.token(self._now)
        except (Unreachable, ValueError):
            return Rejected(may_later=True)
        try:
            answer = await self._ask(
                "POST",
                f"{GOOGLE}/v1/projects/{self._account.project_id}/messages:send",
                body=msgspec.json.encode(written(to, message, self._now)),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                reach=_PUBLIC,
            )
        except Unreachable as error:
            return silence(was_sent=error.was_sent)
        if answer.status == _UNAUTHENTICATED:
            purse.empty()
        return _judged(answer)


@lru_cache(maxsize=4)
def _purse(account: ServiceAccount, ask: Ask) -> Purse:
    return Purse(account, ask)


def written(to: App, message: Outgoing, now: datetime) -> dict[str, Any]:
    """Return a message as Firebase takes it. The same one twice is shown once."""
    seconds = max(0, int(message.ttl.total_seconds()))
    ends = int((now + message.ttl).timestamp())
    return {
        "message": {
            "token": to.token,
            "notification": {"title": message.title},
            "android": {"ttl": f"{seconds}s", "notification": {"tag": message.ref}},
            "apns": {
                "headers": {
                    "apns-expiration": str(ends),
                    "apns-collapse-id": message.ref[:64],
                }
            },
        }
    }


def _judged(answer: Answer) -> ChannelSent:
    """Return what an answer of Firebase means."""
    try:
        answered = msgspec.json.decode(answer.body, type=Answered)
    except msgspec.MsgspecError:
        answered = Answered()
    if answer.is_good:
        return Accepted(ref=answered.name[:200])
    if answered.reasons & _GONE:
        return Gone()
    return Rejected() if answer.is_refusal else Unknown()


def assertion(account: ServiceAccount, now: datetime) -> str:
    """Return the signed claim for which Google's authority gives an access token (RFC 7523 §3)."""
    head = _encoded(b'{"alg":"RS256","typ":"JWT"}')
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(now.timestamp()),
        "exp": int((now + _ASSERTION_GOOD_FOR).timestamp()),
    }
    signed = f"{head}.{_encoded(json.dumps(claims, separators=(',', ':')).encode())}"
    key = cast("RSAPrivateKey", load_pem_private_key(account.private_key.encode(), password=None))
    return f"{signed}.{_encoded(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

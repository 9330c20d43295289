"""What is asked of an authenticator, and whether its answer holds (WebAuthn §7.1, §7.2).

The library judges answers; everything that has to be remembered is ours: challenges that count
once, and how often a passkey has said that it was used.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta
from webauthn import verify_authentication_response, verify_registration_response

from backend.identity.apps import origins_of
from backend.identity.jws import NotGenuine, decoded, encoded
from backend.identity.passkeys import challenge, repository
from backend.identity.passkeys.repository import Kept
from backend.identity.settings import Settings
from backend.kernel import Transaction
from backend.kms import Kms
from contracts.identity import PasskeySuspected

NAME: Final = "Tỉnh-S"

_TIMEOUT: Final = timedelta(minutes=5)
_ES256, _EDDSA, _RS256 = -7, -8, -257
_ALGORITHMS: Final = (_ES256, _EDDSA, _RS256)
_TEXT_MAX: Final = 16_384
Text = Annotated[str, Meta(max_length=_TEXT_MAX, pattern="^[A-Za-z0-9_-]*$")]
"""Base64url, without padding."""


class Relying(msgspec.Struct, frozen=True, kw_only=True):
    """Us, as authenticators know us: `id` is a domain, never an address."""

    id: str
    name: str = NAME


class User(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whose the passkey will be; `id` says nothing to anybody else."""

    id: str
    name: str
    display_name: str


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """How a passkey may sign (COSE)."""

    alg: int
    type: Literal["public-key"] = "public-key"


class Descriptor(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey that there is already."""

    id: str
    type: Literal["public-key"] = "public-key"


class Selection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Passkeys are found without a name, and verify who holds them."""

    resident_key: Literal["required"] = "required"
    require_resident_key: bool = True
    user_verification: Literal["required"] = "required"


class CreationOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `navigator.credentials.create` is given (WebAuthn §5.4, as JSON)."""

    rp: Relying
    user: User
    challenge: str
    pub_key_cred_params: tuple[Algorithm, ...]
    exclude_credentials: tuple[Descriptor, ...]
    authenticator_selection: Selection
    attestation: Literal["none"] = "none"
    timeout: int = int(_TIMEOUT.total_seconds() * 1000)
    """Milliseconds."""


class RequestOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `navigator.credentials.get` is given (WebAuthn §5.5, as JSON)."""

    challenge: str
    rp_id: str
    allow_credentials: tuple[Descriptor, ...] = ()
    user_verification: Literal["required"] = "required"
    timeout: int = int(_TIMEOUT.total_seconds() * 1000)
    """Milliseconds."""


class Attestation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an authenticator answers when a passkey was made."""

    client_data_json: Text = msgspec.field(name="clientDataJSON")
    attestation_object: Text


class Made(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A passkey that was made (`PublicKeyCredential.toJSON()`)."""

    id: Text
    raw_id: Text
    type: Literal["public-key"]
    response: Attestation


class Assertion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an authenticator answers when a passkey was used."""

    client_data_json: Text = msgspec.field(name="clientDataJSON")
    authenticator_data: Text
    signature: Text
    user_handle: Text | None = None


class Used(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A passkey that was used (`PublicKeyCredential.toJSON()`)."""

    id: Text
    raw_id: Text
    type: Literal["public-key"]
    response: Assertion


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey that may be kept."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: UUID
    be: bool
    bs: bool


class Refused(Exception):
    """The answer is not one to what we asked, or not from a passkey that we can believe."""


class Expired(Refused):
    """What we asked was asked too long ago, or was answered before."""


class Suspect(Refused):
    """The passkey says that it was used less often than we know: there may be two of it.

    The event is already told: whoever catches this keeps the transaction.
    """


def can_have_passkeys(base_url: str) -> bool:
    """Tell whether authenticators can know this installation: by a name, never by an address."""
    host = urlsplit(base_url).hostname or ""
    return bool(host) and ":" not in host and not host.replace(".", "").isdecimal()


def to_make(
    tx: Transaction, kms: Kms, *, about: str, user: User, taken: Sequence[bytes]
) -> CreationOptions:
    """Return what asks for a new passkey."""
    return CreationOptions(
        rp=Relying(id=_domain(tx)),
        user=user,
        challenge=encoded(challenge.made(kms, about, tx.now)),
        pub_key_cred_params=tuple(Algorithm(alg=alg) for alg in _ALGORITHMS),
        exclude_credentials=tuple(Descriptor(id=encoded(name)) for name in taken),
        authenticator_selection=Selection(),
    )


def to_use(
    tx: Transaction, kms: Kms, *, about: str, allowed: Sequence[bytes] = ()
) -> RequestOptions:
    """Return what asks for a passkey: any that the person has here, or one of those allowed."""
    return RequestOptions(
        challenge=encoded(challenge.made(kms, about, tx.now)),
        rp_id=_domain(tx),
        allow_credentials=tuple(Descriptor(id=encoded(name)) for name in allowed),
    )


def user_of(holder_id: UUID, name: str) -> User:
    """Return a user whose handle is an id of ours, which is found again at sign-in."""
    return User(id=encoded(holder_id.bytes), name=name, display_name=name)


async def judge_made(tx: Transaction, kms: Kms, made: Made, *, about: str) -> New:
    """Return the passkey that was made. Raises `Refused` or `Expired`."""
    asked = await _asked(tx, kms, made.response.client_data_json, about)
    try:
        found = verify_registration_response(
            credential=_as_json(made),
            expected_challenge=asked,
            expected_rp_id=_domain(tx),
            expected_origin=_origins(tx),
            require_user_verification=True,
        )
    except Exception as error:  # the library lets what its parsers raise pass through
        raise Refused from error
    return New(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        aaguid=UUID(found.aaguid),
        be=found.credential_device_type.value == "multi_device",
        bs=found.credential_backed_up,
    )


async def judge_used(tx: Transaction, kms: Kms, used: Used, *, about: str) -> Kept:
    """Return the passkey that was used, and note its use. Raises `Refused` or one of its kinds."""
    asked = await _asked(tx, kms, used.response.client_data_json, about)
    kept = await tx.maybe(repository.LIVING, _bytes(used.raw_id))
    if kept is None:
        raise Refused
    try:
        found = verify_authentication_response(
            credential=_as_json(used),
            expected_challenge=asked,
            expected_rp_id=_domain(tx),
            expected_origin=_origins(tx),
            credential_public_key=kept.public_key,
            credential_current_sign_count=0,  # judged below, where it can be told
            require_user_verification=True,
        )
    except Exception as error:  # the library lets what its parsers raise pass through
        raise Refused from error
    holder_id = kept.person_id or kept.staff_id
    if holder_id is None or _bytes(used.response.user_handle or "") not in {b"", holder_id.bytes}:
        raise Refused
    if kept.sign_count and found.new_sign_count <= kept.sign_count:
        await tx.publish(PasskeySuspected(holder_id=holder_id, passkey_id=kept.id))
        raise Suspect
    await tx.run(
        repository.NOTE_USE, kept.id, found.new_sign_count, found.credential_backed_up, tx.now
    )
    return kept


class _ClientData(msgspec.Struct, frozen=True, kw_only=True):
    challenge: str


async def _asked(tx: Transaction, kms: Kms, client_data: str, about: str) -> bytes:
    """Return the challenge that the browser has answered, if it is ours, and use it up."""
    try:
        said = msgspec.json.decode(_bytes(client_data), type=_ClientData)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused from error
    asked = _bytes(said.challenge)
    if not await challenge.took(tx, kms, asked, about):
        raise Expired
    return asked


def _bytes(text: str) -> bytes:
    try:
        return decoded(text.encode())
    except NotGenuine as error:
        raise Refused from error


def _as_json(answer: Made | Used) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(answer)
    told["response"] = {name: v for name, v in told["response"].items() if v is not None}
    return told


def _domain(tx: Transaction) -> str:
    return urlsplit(tx.base_url).hostname or ""


def _origins(tx: Transaction) -> list[str]:
    return [tx.base_url, *origins_of(tx.ask(Settings).android_apps)]

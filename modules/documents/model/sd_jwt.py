"""SD-JWT with key binding (RFC 9901), as credentials of ours are written: `dc+sd-jwt`, ES256.

There is no option. The issuer's part has exactly the members of `Terms`, in one spelling; each fact
is a disclosure of its own, at the top level, and nothing in it hides another. What else the RFC
allows is refused, so that every reader sees the same facts.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from msgspec import Meta

from modules.documents.model import jws
from modules.documents.model.jws import Jwk, NotGenuine, Thumbprint, decoded, encoded

BYTES_MAX: Final = 256 << 10
DISCLOSURES_MAX: Final = 200
_SALT_BYTES: Final = 16
_RESERVED: Final = frozenset(
    {"_sd", "_sd_alg", "...", "aud", "cnf", "exp", "iat", "iss", "nbf", "purpose", "recipient"}
    | {"status", "sub", "vct", "vct#integrity"}
)
"""Names that a disclosure cannot have: the issuer says these itself (RFC 9901 §7.1 step 3)."""

Moment = Annotated[int, Meta(ge=0, le=253_402_300_799)]


class IssuerHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of the issuer's part."""

    alg: Literal["ES256"]
    kid: Thumbprint
    typ: Literal["dc+sd-jwt"]


class Holder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key of whoever may present it (RFC 7800 §3.2)."""

    jwk: Jwk


class StatusAt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place in a Token Status List."""

    idx: Annotated[int, Meta(ge=0, lt=1 << 20)]
    uri: str


class StatusClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one asks whether it still stands."""

    status_list: StatusAt


class Terms(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the issuer says in the open: of which type, until when, for whom; no fact."""

    sd: tuple[Thumbprint, ...] = msgspec.field(name="_sd")
    sd_alg: Literal["sha-256"] = msgspec.field(name="_sd_alg")
    exp: Moment
    iat: Moment
    iss: str
    status: StatusClaim
    vct: str
    cnf: Holder | None = None
    """Absent where nobody holds it: what a holder lets a recipient see."""
    purpose: str | None = None
    recipient: str | None = None


class Wish(NamedTuple):
    """Of which type a credential is, until when, by whom; and to whom it is bound, or shown."""

    issuer: str
    kind: str
    issued_at: int
    expires_at: int
    status: StatusAt
    holder: Jwk | None = None
    purpose: str | None = None
    recipient: str | None = None


class Presented(NamedTuple):
    """What somebody shows: the issuer's terms, the facts, and the proof that they hold the key."""

    terms: Terms
    facts: dict[str, Any]
    issuer_jwt: str
    bound_to: str
    """All that a key binding has to name by its hash."""
    binding: str | None


class Binding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the holder's key has signed: for whom, and with the number that they gave."""

    aud: str
    iat: Moment
    nonce: str
    sd_hash: Thumbprint


class _BindingHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    alg: Literal["ES256"]
    typ: Literal["kb+jwt"]


def vct(kind: str) -> str:
    """Return the type of credentials of a kind of documents, by its schema's name."""
    return f"urn:tinhs:document:{kind}"


def issued(key: EllipticCurvePrivateKey, facts: Mapping[str, Any], wish: Wish) -> str:
    """Return a credential with every fact disclosed; whoever holds it leaves out what they like."""
    if _RESERVED & facts.keys():
        raise ValueError(f"reserved: {sorted(_RESERVED & facts.keys())}")
    disclosures = [
        encoded(msgspec.json.encode([encoded(secrets.token_bytes(_SALT_BYTES)), name, value]))
        for name, value in facts.items()
    ]
    terms = Terms(
        # In the order of their hashes, which tells nothing of the order of the facts.
        sd=tuple(sorted(map(_digest, disclosures))),
        sd_alg="sha-256",
        exp=wish.expires_at,
        iat=wish.issued_at,
        iss=wish.issuer,
        status=StatusClaim(status_list=wish.status),
        vct=vct(wish.kind),
        cnf=None if wish.holder is None else Holder(jwk=wish.holder),
        purpose=wish.purpose,
        recipient=wish.recipient,
    )
    kid = jws.thumbprint(key.public_key())
    head = IssuerHeader(alg="ES256", kid=kid, typ="dc+sd-jwt")
    issuer_jwt = jws.compact(key, head, msgspec.json.encode(terms, order="sorted"))
    return "~".join((issuer_jwt, *disclosures, ""))


def narrowed(credential: str, names: Collection[str]) -> str:
    """Return a credential that shows these facts and no others."""
    issuer_jwt, *disclosures, _ = credential.split("~")
    kept = [each for each in disclosures if _fact(each)[0] in names]
    return "~".join((issuer_jwt, *kept, ""))


def issuer_sha256(credential: str) -> bytes:
    """Return the hash by which the log knows a credential: it is the same however it is shown."""
    return sha256(credential.partition("~")[0].encode()).digest()


def opened(text: str, keys: Mapping[str, Jwk]) -> Presented:
    """Return what is presented, if one of `keys` (by thumbprint) has issued it.

    Raises `NotGenuine` for whatever we would not have written, and `UnknownIssuer`.
    """
    issuer_jwt, disclosures, binding = _parts(text)
    segments = issuer_jwt.split(".")
    if len(segments) != 3:
        raise NotGenuine
    jwk = keys.get(jws.header(segments[0], IssuerHeader).kid)
    if jwk is None:
        raise UnknownIssuer
    _, raw = jws.opened(issuer_jwt, jws.public_key(jwk), IssuerHeader)
    try:
        terms = msgspec.json.decode(raw, type=Terms)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotGenuine from error
    if msgspec.json.encode(terms, order="sorted") != raw:
        raise NotGenuine
    facts = _facts(terms, disclosures)
    bound_to = text[: len(text) - len(binding)]
    return Presented(terms, facts, issuer_jwt, bound_to, binding or None)


class UnknownIssuer(Exception):
    """Nobody whom we know has a key of that thumbprint."""


def bound(presented: Presented) -> Binding:
    """Return what the holder's key says with this very presentation. Raises `NotGenuine`."""
    holder, binding = presented.terms.cnf, presented.binding
    segments = [] if binding is None else binding.split(".")
    if holder is None or len(segments) != 3:
        raise NotGenuine
    jws.spelt_anyhow(segments[0], _BindingHeader)
    signed = f"{segments[0]}.{segments[1]}".encode()
    jws.verify(jws.public_key(holder.jwk), signed, decoded(segments[2]))
    found = jws.spelt_anyhow(segments[1], Binding)
    if found.sd_hash != _digest(presented.bound_to):
        raise NotGenuine
    return found


def _parts(text: str) -> tuple[str, Sequence[str], str]:
    if len(text) > BYTES_MAX or not text.isascii():
        raise NotGenuine
    issuer_jwt, *disclosures = text.split("~")
    if not disclosures or len(disclosures) - 1 > DISCLOSURES_MAX:
        raise NotGenuine
    return issuer_jwt, disclosures[:-1], disclosures[-1]


def _facts(terms: Terms, disclosures: Sequence[str]) -> dict[str, Any]:
    """Return the facts: each hash stands among the issuer's once, and each is shown once."""
    left = set(terms.sd)
    if len(left) != len(terms.sd):
        raise NotGenuine
    facts: dict[str, Any] = {}
    for each in disclosures:
        digest = _digest(each)
        if digest not in left:
            raise NotGenuine
        left.remove(digest)
        name, value = _fact(each)
        if name in facts or name in _RESERVED or _hides(value):
            raise NotGenuine
        facts[name] = value
    return facts


def _fact(disclosure: str) -> tuple[str, Any]:
    try:
        _, name, value = msgspec.json.decode(decoded(disclosure), type=tuple[str, str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotGenuine from error
    return name, value


def _hides(value: Any) -> bool:
    """Tell whether a value refers to further disclosures, which ours never do."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return not {"_sd", "..."}.isdisjoint(members) or any(map(_hides, members.values()))
    return isinstance(value, list) and any(map(_hides, cast("list[Any]", value)))


def _digest(text: str) -> str:
    return encoded(sha256(text.encode()).digest())

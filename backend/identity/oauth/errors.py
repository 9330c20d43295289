"""What the authorization server answers when it refuses, in the words of RFC 6749 §5.2.

These are not problem documents: the client libraries of the world read this form. Descriptions
are for the developer of an app; none tells which of several secrets was wrong.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from backend.kernel import Told


class Refused(Exception):
    """The request is refused; each kind has the code that a client library looks for."""

    code: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(self, description: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(description)
        self.description = description
        self.headers = headers or {}


class InvalidRequest(Refused):
    """A parameter is missing, doubled or malformed."""

    code = "invalid_request"


class InvalidClient(Refused):
    """The program is not known, or has not proved to be the one it names."""

    code = "invalid_client"
    status = 401


class InvalidGrant(Refused):
    """The code or refresh token is not valid, not this client's, or not this device's."""

    code = "invalid_grant"


class UnauthorizedClient(Refused):
    """The program may not use this way to a token."""

    code = "unauthorized_client"


class UnsupportedGrantType(Refused):
    """There are three grants, and this is none of them."""

    code = "unsupported_grant_type"


class UnsupportedTokenType(Refused):
    """A token of this kind ends by itself, and nothing here ends it sooner (RFC 7009 §2.2.1)."""

    code = "unsupported_token_type"


class UnsupportedResponseType(Refused):
    """There is one response type, `code`."""

    code = "unsupported_response_type"


class LoginRequired(Refused):
    """The app wants nobody to be asked, and nobody can be known unasked (OpenID Core §3.1.2.6)."""

    code = "login_required"


class InvalidScope(Refused):
    """The program asks for what nobody offers, or what it may not have."""

    code = "invalid_scope"


class InvalidProof(Refused):
    """The proof of possession is missing or does not belong to this request (RFC 9449 §5)."""

    code = "invalid_dpop_proof"


class NonceWanted(Refused):
    """The proof lacks a fresh nonce; `DPoP-Nonce` holds one (RFC 9449 §8)."""

    code = "use_dpop_nonce"


class SlowDown(Refused):
    """Too many requests from there; `Retry-After` says when to come back (seconds)."""

    code = "temporarily_unavailable"
    status = 429


_OF_STATUS: Final[Mapping[int, str]] = {
    401: InvalidClient.code,
    429: SlowDown.code,
    500: "server_error",
    503: SlowDown.code,
}


def as_oauth(told: Told) -> tuple[int, str, bytes]:
    """Tell what the gateway refuses (a body too large, a header twice) in the same words.

    A description is ASCII (RFC 6749 §5.2), so it is the name of the problem and no sentence.
    """
    code = _OF_STATUS.get(told.status, InvalidRequest.code)
    said = {"error": code, "error_description": told.slug or code}
    return told.status, "application/json", msgspec.json.encode(said)

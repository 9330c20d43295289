"""`POST /oauth/revoke` (RFC 7009): signing out, with either token of the session."""

from uuid import UUID

import msgspec

from backend.identity.errors import TokenInvalid
from backend.identity.oauth.call import Call
from backend.identity.oauth.clients import client_of
from backend.identity.oauth.errors import UnsupportedTokenType
from backend.identity.oauth.refreshing import session_of
from backend.identity.repository import REVOKE_SESSION


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to every token: whoever asks learns nothing from it."""


async def revoke(call: Call) -> Revoked:
    """End the session of the token, if it is one of this client's; it is out at its next request.

    Raises `UnsupportedTokenType` for a partner's: it has no session, and ends by itself in minutes.
    """
    client = await client_of(call)
    token = call.required("token")
    async with call.authority.transaction() as tx:
        session_id = await session_of(tx, call.authority.kms, token, client_id=client.id)
        if session_id is None:
            session_id = _session_named(call, token, client.id)
        if session_id is not None:
            await tx.run(REVOKE_SESSION, session_id, tx.now, "signed_out")
    return Revoked()


def _session_named(call: Call, token: str, client_id: str) -> UUID | None:
    try:
        principal = call.authority.tokens.verify(token.encode(), call.now).principal
    except TokenInvalid:
        return None
    if principal.client_id != client_id:
        return None
    if principal.session_id is None:
        raise UnsupportedTokenType("a token of a program ends by itself, within five minutes")
    return principal.session_id

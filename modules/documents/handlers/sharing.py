"""A holder shows facts of a document to somebody; and whoever was given the address looks."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
    at_most,
    refuses,
    requires,
)
from contracts.page import Page
from modules.documents.errors import (
    AgreementNeeded,
    NoSuchFacts,
    NotPossessed,
    TooManyCredentials,
)
from modules.documents.model.key_proof import Proof
from modules.documents.model.sharing import Opened, Share, Shared, ShareOrder, ShareQuestion
from modules.documents.repository.credentials import Kept
from modules.documents.scopes import SHARE
from modules.documents.service import credentials, sharing
from modules.documents.service.credentials import Credential

GUESSES: Final = at_most(5, per=timedelta(days=1), by="address")
"""Wrong tokens and PINs; a right one is given back."""


@post(
    "/{document_id:uuid}/shares",
    guards=[requires(SHARE)],
    responses=refuses(NotFound, NoSuchFacts),
)
async def share_document(
    document_id: FromPath[UUID], data: JSONBody[ShareOrder], tx: Injected[Transaction]
) -> Shared:
    """Let somebody see some facts of your document, for one purpose and a while."""
    return await sharing.share(tx, document_id, data)


class CredentialOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key that will present the credential: a proof made with it for this very address."""

    proof: Proof


@post(
    "/{document_id:uuid}/credentials",
    guards=[requires(SHARE)],
    responses=refuses(NotFound, NotPossessed, AgreementNeeded, TooManyCredentials),
)
async def issue_credential(
    document_id: FromPath[UUID], data: JSONBody[CredentialOrder], tx: Injected[Transaction]
) -> Credential:
    """Get facts of your document as an SD-JWT VC for a device of yours, which then shows some.

    `proof` is a compact JWS as in OpenID4VCI: `typ` `openid4vci-proof+jwt`, the device's `jwk` in
    its header, `aud` this address, `iat` now. Ten credentials of a document live at a time.
    """
    return await credentials.issue(tx, document_id, data.proof)


@get("/{document_id:uuid}/credentials", guards=[requires(SHARE)], responses=refuses(NotFound))
async def list_credentials(
    document_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Kept]:
    """List the credentials of your document that your devices hold."""
    return await credentials.listed(snapshot, document_id, cursor, limit)


@delete(
    "/{document_id:uuid}/credentials/{credential_id:uuid}",
    guards=[requires(SHARE)],
    responses=refuses(NotFound),
)
async def withdraw_credential(
    document_id: FromPath[UUID], credential_id: FromPath[UUID], tx: Injected[Transaction]
) -> None:
    """End a credential, because its device is lost."""
    await credentials.withdraw(tx, document_id, credential_id)


@get("/{document_id:uuid}/shares", guards=[requires(SHARE)], responses=refuses(NotFound))
async def list_shares(
    document_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Share]:
    """List what you share of a document, and when somebody looked at it."""
    return await sharing.listed(snapshot, document_id, cursor, limit)


@post(
    "/shares/{share_id:uuid}/consent",
    guards=[requires(SHARE)],
    responses=refuses(NotFound),
    status_code=204,
)
async def agree_to_share(share_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Agree to a share that waits for you, of a child from seven on or of whoever represents you.

    Until both have agreed, its address opens nothing.
    """
    await sharing.agree(tx, share_id)


@post(
    "/shares/{share_id:uuid}/withdrawal",
    guards=[requires(SHARE)],
    responses=refuses(NotFound),
    status_code=204,
)
async def withdraw_share(share_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Withdraw a share: from now on its address opens nothing."""
    await sharing.withdraw(tx, share_id)


@post(
    "/shares/open",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    responses=refuses(NotFound),
    status_code=200,
)
async def open_share(
    data: JSONBody[ShareQuestion], tx: Injected[Transaction], tries: Injected[Tries]
) -> Opened:
    """Look at what somebody shares with you: the facts, and whether the document still stands.

    What is wrong, withdrawn or over is not there, all alike.
    """
    await tries.spend(GUESSES, about=data.token)
    await sharing.require_token(tx, data)
    tries.give_back(GUESSES, about=data.token)
    return await sharing.opened(tx, data)

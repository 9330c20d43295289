"""One call of the authorization server: its form, its proof, and the form of its answer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response

from backend.identity.authority import Authority
from backend.identity.errors import NonceNeeded, ProofInvalid, ProofUntimely
from backend.identity.oauth import repository
from backend.identity.oauth.errors import InvalidProof, InvalidRequest, NonceWanted, Refused
from backend.kernel import Transaction

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 40


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a program sent to `/oauth/…`, taken apart and not yet believed."""

    authority: Authority
    form: Mapping[str, str]
    proof: bytes | None
    path: str
    address: str
    now: datetime

    def required(self, name: str) -> str:
        """Return a parameter; raises `InvalidRequest` when it is missing."""
        value = self.form.get(name)
        if value is None:
            raise InvalidRequest(f"{name} is missing")
        return value

    async def key(self, tx: Transaction) -> str:
        """Return the thumbprint of the key that signed this request, which counts once.

        Raises `InvalidProof` or `NonceWanted`.
        """
        if self.proof is None:
            raise InvalidProof("a DPoP proof is required")
        try:
            shown = self.authority.proofs.shown(
                self.proof, method="POST", path=self.path, now=self.now
            )
        except NonceNeeded as error:
            raise NonceWanted("sign again with the nonce of DPoP-Nonce") from error
        except ProofUntimely as error:
            raise InvalidProof("the clock of the device is too far off") from error
        except ProofInvalid as error:
            raise InvalidProof("the DPoP proof is not for this request") from error
        if not await tx.run(
            repository.NOTE_ONCE, "dpop", shown.once, tx.now + repository.PROOF_KEPT
        ):
            raise InvalidProof("the DPoP proof was used before")
        return shown.jkt


async def answered(
    request: Request[Any, Any, Any],
    serve: Callable[[Call], Awaitable[Any]],
    *,
    status: int = 200,
) -> Response[Any]:
    """Return what `serve` makes of the call, or its refusal; both bring a fresh nonce."""
    authority: Authority = request.app.state.authority
    now = authority.now()
    headers = {**NO_STORE, "DPoP-Nonce": authority.proofs.nonce(now)}
    scope: Any = request.scope
    try:
        call = Call(
            authority=authority,
            form=await _form(request),
            proof=scope["exchange"].headers.get(b"dpop"),
            path=scope["path"],
            address=scope["exchange"].address,
            now=now,
        )
        found = await serve(call)
    except Refused as refusal:
        told = {"error": refusal.code, "error_description": refusal.description}
        return Response(
            told,
            status_code=refusal.status,
            headers={**headers, **refusal.headers},
            media_type="application/json",
        )
    return Response(found, status_code=status, headers=headers, media_type="application/json")


async def _form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return the parameters; one without a value counts as left out (RFC 6749 §3.2)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise InvalidRequest(f"the body must be {_FORM}")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict"
        )
    except ValueError as error:
        raise InvalidRequest("the form cannot be read") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise InvalidRequest("a parameter was sent twice")
    return {name: value for name, value in form.items() if value}

"""Signing in at a provider: the browser goes there and comes back, and a number may be asked."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from backend.identity.jws import NotGenuine, encoded
from backend.identity.login.method import Asked, Declined, Form, Interaction, Proved, Visitor
from backend.identity.upstream import linking, repository, telling
from backend.identity.upstream.provider import Provider, Trip
from backend.identity.upstream.repository import Proof, Round
from backend.identity.upstream.settings import Upstream
from backend.identity.upstream.tokens import Claims
from backend.kernel import Transaction
from backend.kms import Digests, Kms

_KEY: Final = "upstream"
_CLOCKS_DIFFER: Final = timedelta(seconds=30)


def trips(kms: Kms, state: str) -> list[Trip]:
    """Return what a round is known by, under each secret that is good now, the one in use first.

    Nothing but a digest of its state has to be kept.
    """
    nonces, verifiers, hashes = (
        kms.macs(_KEY, said.encode()) for said in (f"nonce\n{state}", f"verifier\n{state}", state)
    )
    return [
        Trip(state=state, state_hash=hashed, nonce=encoded(nonce), verifier=encoded(verifier))
        for nonce, verifier, hashed in zip(nonces, verifiers, hashes, strict=True)
    ]


def named(kms: Kms, upstream: str, sub: str) -> Digests:
    """Return the blind index of what a provider calls a person."""
    return kms.digests(linking.INDEX, f"{upstream}\n{sub}".encode())


def browser(kms: Kms, upstream: str, sid: str) -> bytes:
    """Return the blind index of what a provider calls a session of its own, drawn at random."""
    return kms.mac("index-session.upstream_sid", f"{upstream}\n{sid}".encode())


def proof_of(kms: Kms, provider: Provider, round_: Round, said: tuple[Claims, bytes]) -> Proof:
    """Return what a provider's word is worth here. Raises `NotGenuine` when it is worth nothing."""
    claims, body = said
    upstream = provider.upstream
    level = upstream.level_map.get(_level(upstream, body))
    if level is None or claims.sub is None:
        raise NotGenuine
    return Proof(
        upstream=provider.name,
        sub_bidx=named(kms, provider.name, claims.sub).first,
        level=level,
        acr=_acr(upstream, claims, round_.begun_at),
        sid_hash=None if claims.sid is None else browser(kms, provider.name, claims.sid),
        person_id=None,
        told_enc=telling.sealed(kms, round_.ix, telling.told(upstream, body)),
    )


def _level(upstream: Upstream, body: bytes) -> str:
    if not upstream.claims.level:
        return ""
    found = msgspec.json.decode(body, type=dict[str, object]).get(upstream.claims.level)
    # A flag is not a level, though Python would take it for 0 or 1.
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _acr(upstream: Upstream, claims: Claims, begun_at: datetime) -> Literal["aal1", "aal2"]:
    """Only who was asked in this round has proved something now; an older success is no factor."""
    if upstream.fresh == "each_round":
        return "aal2"
    asked_at = claims.auth_time
    earliest = (begun_at - _CLOCKS_DIFFER).timestamp()
    return "aal2" if asked_at is not None and asked_at >= earliest else "aal1"


class AtProvider:
    """The way to sign in at one provider; its name is the provider's."""

    def __init__(self, provider: Provider) -> None:
        self.name, self.provider = provider.name, provider
        self.title = provider.upstream.title

    def offered_to(self, tx: Transaction, ix: Interaction) -> bool:  # noqa: ARG002 - to all
        return True

    async def start(self, tx: Transaction, visitor: Visitor, form: Form) -> Asked | Declined:
        """Remember that the browser leaves with this state."""
        state_hash = bytes.fromhex(form["state_hash"])
        await tx.run(repository.LEAVE, state_hash, visitor.ix.id, self.name, tx.now)
        return Asked()

    async def finish(
        self,
        tx: Transaction,
        visitor: Visitor,
        form: Form,  # noqa: ARG002 - to press the button says all
    ) -> Proved | Asked | Declined:
        """Go on without a number, once the provider has proved who it is."""
        if visitor.ix.upstream != self.name:
            return Declined(reason="up_failed")
        return await linking.without_number(tx, visitor)

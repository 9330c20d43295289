"""The verdict on a credential that somebody presents: on its facts, and on who presents them."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from modules.documents.model import sd_jwt
from modules.documents.model.findings import (
    Finding,
    Look,
    Verdict,
    invalid,
    of_status,
    unsure,
    verdict_of,
)
from modules.documents.model.jws import Jwk, NotGenuine
from modules.documents.model.sd_jwt import Presented, UnknownIssuer
from modules.documents.model.words import OF_CREDENTIALS

_SKEW_SECONDS: Final = 300


class Asked(NamedTuple):
    """What whoever is shown a credential asked the holder to sign: their name, a fresh number."""

    audience: str
    nonce: str


def judged(
    text: str,
    issuer: str,
    keys: dict[str, Jwk],
    look: Look,
    now: datetime,
    asked: Asked | None = None,
) -> Verdict:
    """Return the verdict on what is presented; `content` has the facts that it discloses.

    Of a credential with a holder, anybody may have a copy: it is `VALID` only together with a
    proof by the holder's key, made for `asked`.
    """
    try:
        presented = sd_jwt.opened(text, keys)
    except UnknownIssuer:
        return verdict_of([unsure("NO_SIGNING_CERTIFICATE_FOUND")], now)
    except NotGenuine:
        return verdict_of([invalid("FORMAT_FAILURE")], now, words=OF_CREDENTIALS)
    terms = presented.terms
    findings: list[Finding] = []
    if terms.iss != issuer:
        findings.append(invalid("FORMAT_FAILURE"))
    if not terms.iat - _SKEW_SECONDS <= now.timestamp() < terms.exp:
        findings.append(invalid("EXPIRED"))
    of_holder = _of_holder(presented, now, asked)
    findings += of_holder
    findings += of_status(look(terms.status.status_list.uri, terms.status.status_list.idx))
    is_bound = None if terms.cnf is None else not of_holder
    verdict = verdict_of(findings, now, words=OF_CREDENTIALS)
    return msgspec.structs.replace(verdict, holder_bound=is_bound, content=_content(presented))


def status_place(text: str, keys: dict[str, Jwk]) -> tuple[str, int] | None:
    """Return where the status of a credential is asked for, if it is genuine."""
    try:
        told = sd_jwt.opened(text, keys).terms.status.status_list
    except (NotGenuine, UnknownIssuer):
        return None
    return told.uri, told.idx


def _of_holder(presented: Presented, now: datetime, asked: Asked | None) -> list[Finding]:
    if presented.terms.cnf is None:  # shown to a recipient by name, and to nobody else
        if presented.binding is not None:
            return [invalid("HOLDER_NOT_BOUND")]
        return [] if asked is None else [unsure("HOLDER_NOT_BOUND")]
    if presented.binding is None:
        return [unsure("HOLDER_NOT_BOUND")]
    try:
        proof = sd_jwt.bound(presented)
    except NotGenuine:
        return [invalid("HOLDER_NOT_BOUND")]
    if abs(proof.iat - now.timestamp()) > _SKEW_SECONDS:
        return [invalid("HOLDER_NOT_BOUND")]
    if asked is None:
        return [unsure("HOLDER_NOT_BOUND")]
    return [] if (proof.aud, proof.nonce) == asked else [invalid("HOLDER_NOT_BOUND")]


def _content(presented: Presented) -> dict[str, Any]:
    terms = presented.terms
    told = {"vct": terms.vct, "purpose": terms.purpose, "recipient": terms.recipient}
    return {
        **{name: value for name, value in told.items() if value is not None},
        "fields": presented.facts,
    }

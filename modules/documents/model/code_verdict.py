"""The verdict on the signed code of a paper copy."""

from datetime import datetime

import msgspec

from modules.documents.model import paper
from modules.documents.model.findings import Look, Verdict, invalid, of_status, verdict_of
from modules.documents.model.jws import Jwk, NotGenuine


def judged(address: str, issuer: str, keys: dict[str, Jwk], look: Look, now: datetime) -> Verdict:
    """Return the verdict on what a camera has read; `content` is what the paper has to show."""
    try:
        said = paper.opened(address, issuer, keys)
    except NotGenuine:
        return verdict_of([invalid("FORMAT_FAILURE")], now)
    verdict = verdict_of(of_status(look(said.status_uri, said.status_idx)), now)
    return msgspec.structs.replace(verdict, content=msgspec.to_builtins(said))


def status_place(address: str, issuer: str, keys: dict[str, Jwk]) -> tuple[str, int] | None:
    """Return where the status of a code is asked for, if it is genuine."""
    try:
        said = paper.opened(address, issuer, keys)
    except NotGenuine:
        return None
    return said.status_uri, said.status_idx

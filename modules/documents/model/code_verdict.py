"""The verdict on the signed code of a paper copy."""

from datetime import datetime
from typing import Final

import msgspec

from modules.documents.model import paper, pdf
from modules.documents.model.findings import (
    DocumentVerdict,
    Finding,
    Look,
    Verdict,
    invalid,
    of_status,
    unsure,
    verdict_of,
)
from modules.documents.model.jws import Jwk, NotGenuine
from modules.documents.model.words import OF_CODES

PRINT: Final = unsure("PAPER_COPY")
"""What is judged is the code in a file: of the words around it nothing is known."""


def judged(
    address: str, issuer: str, keys: dict[str, Jwk], look: Look, now: datetime, *more: Finding
) -> Verdict:
    """Return the verdict on what a camera has read; `content` is what the paper has to show."""
    try:
        said = paper.opened(address, issuer, keys)
    except NotGenuine:
        return verdict_of([invalid("FORMAT_FAILURE")], now, words=OF_CODES)
    found = look(said.status_uri, said.status_idx)
    document = DocumentVerdict(
        id=None,
        code=said.code,
        kind=said.kind,
        rev=said.rev,
        status=None if found is None else found.status.name,
        superseded_by=None if found is None else found.successor,
    )
    # That nobody knows how it stands is told first: it is what a comparison does not bring out.
    verdict = verdict_of([*of_status(found), *more], now, document=document, words=OF_CODES)
    return msgspec.structs.replace(verdict, content=msgspec.to_builtins(said))


def linked(raw: bytes, issuer: str) -> str | None:
    """Return the code in a PDF that can be nothing but a print: it is neither signed nor data."""
    address = paper.linked(raw, issuer)
    return address if address is not None and pdf.is_bare(raw) else None


def status_place(address: str, issuer: str, keys: dict[str, Jwk]) -> tuple[str, int] | None:
    """Return where the status of a code is asked for, if it is genuine."""
    try:
        said = paper.opened(address, issuer, keys)
    except NotGenuine:
        return None
    return said.status_uri, said.status_idx

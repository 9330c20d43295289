"""What a finished file carries, so that its signatures can be checked years later."""

from collections.abc import Iterable, Sequence
from itertools import chain
from uuid import UUID

from modules.documents.model import cms, pdf, timestamps
from modules.documents.repository.sealing import Made
from modules.documents.service.answers import Lookups, Said


def stampers_of(made: Sequence[Made]) -> dict[UUID, list[bytes]]:
    """Return whose times each document's signatures have."""
    found: dict[UUID, list[Made]] = {}
    for each in made:
        found.setdefault(each.document_id, []).append(each)
    return {
        document_id: stampers((row.cms, row.tst) for row in rows)
        for document_id, rows in found.items()
    }


def stampers(signed: Iterable[tuple[bytes | None, bytes | None]]) -> list[bytes]:
    """Return the certificates of the authorities that gave signatures their times.

    Of each signature the CMS, which has a timestamp in it, and the timestamp of the data.
    """
    pairs = [(None if each is None else cms.read(each).token, tst) for each, tst in signed]
    tokens = [token for token, _ in pairs] + [tst for _, tst in pairs]
    return [timestamps.authority_of(each) for each in tokens if each is not None]


async def evidence(
    known: Sequence[pdf.Evidence],
    signed: Iterable[tuple[bytes | None, bytes | None]],
    looks: Lookups | None,
) -> pdf.Evidence:
    """Return how everybody's certificate stands on whom the signatures and their times rest.

    `signed` is what `stampers` takes; it is read only where authorities outside give times.
    """
    parts = [*known]
    if looks is not None:
        own = {paper for each in known for paper in each.certificates}
        parts.append(await looks.evidence(each for each in stampers(signed) if each not in own))
    kinds = zip(*parts, strict=True)
    return pdf.Evidence(*(tuple(dict.fromkeys(chain.from_iterable(each))) for each in kinds))


def is_revoked(made: Made, said: Said) -> bool:
    """Tell whether nobody vouched for a signer any more when a timestamp authority saw them."""
    at, stamp = said.revoked_at(made.certificate), made.tst
    return at is not None and (stamp is None or at < timestamps.claimed_at(stamp))

"""How the certificates of timestamp authorities outside stand, at the moment of signing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509

from backend.kernel import Transaction, outside
from backend.kernel.outside import Reach, Unreachable
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import answers, pdf, timestamps, trusting
from modules.documents.model.answers import Answer, NotAnAnswer
from modules.documents.repository import answers as repository
from modules.documents.settings import Settings

_OK: Final = 200
_ASKS: Final = {"Content-Type": "application/ocsp-request"}


class Lookups(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of certificates outside, and how far one goes to learn more."""

    now: datetime
    reach: Reach
    anchors: tuple[bytes, ...]
    """Whose certificates are asked after: an address that anybody else wrote is never called."""
    known: dict[bytes, Answer]
    """By the SHA-256 of the certificate; what is learnt is added."""

    async def evidence(self, stampers: Iterable[bytes]) -> pdf.Evidence:
        """Return what a file with timestamps of these authorities needs to be checked years later.

        Raises `TimestampUnavailable` where an authority was revoked, or nobody says today that it
        was not: what is not known is not valid (TT 15/2025/TT-BKHCN).
        """
        found = [(paper, self._above(paper)) for paper in dict.fromkeys(stampers)]
        said = [await self._asked(paper, above) for paper, above in found]
        return pdf.Evidence(
            tuple(dict.fromkeys(each for pair in found for each in pair)),
            tuple(each.raw for each in said if each is not None and each.kind == "ocsp"),
            tuple(each.raw for each in said if each is not None and each.kind == "crl"),
        )

    def _above(self, paper: bytes) -> bytes:
        above = timestamps.issuer_among(paper, self.anchors)
        if above is None:
            raise TimestampUnavailable
        return above

    async def _asked(self, paper: bytes, above: bytes) -> Answer | None:
        digest = trusting.fingerprint(paper)
        if digest not in self.known:
            certificates = (x509.load_der_x509_certificate(each) for each in (paper, above))
            answer = await self._fetched(*certificates)
            if answer is None:  # it names nobody whom one could ask
                return None
            self.known[digest] = answer
        if self.known[digest].revoked_at is not None:
            raise TimestampUnavailable
        return self.known[digest]

    async def _fetched(self, paper: x509.Certificate, above: x509.Certificate) -> Answer | None:
        """Ask OCSP, then the list. Raises `TimestampUnavailable` when neither says anything."""
        where = answers.places(paper)
        if where == (None, None):
            return None
        if where.ocsp is not None:
            body = answers.question(paper, above)
            raw = await self._read("POST", where.ocsp, body, _ASKS)
            try:
                return answers.read_ocsp(raw, paper, above, self.now)
            except NotAnAnswer:
                pass
        if where.crl is not None:
            raw = await self._read("GET", where.crl, b"", {})
            try:
                return answers.read_crl(raw, paper, above, self.now)
            except NotAnAnswer:
                pass
        raise TimestampUnavailable

    async def _read(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        try:
            said = await outside.ask(method, url, body=body, headers=headers, reach=self.reach)
        except Unreachable:
            return b""
        return said.body if said.status == _OK else b""


async def lookups(tx: Transaction, anchors: tuple[bytes, ...]) -> Lookups:
    """Return what is known now of certificates below these anchors."""
    rows = await tx.all(repository.CURRENT, tx.now)
    may_be_private = tx.ask(Settings).fetch_private and not tx.is_production
    reach = Reach(
        may_be_private=may_be_private, may_be_plain=True, seconds=5, bytes_max=answers.BYTES_MAX
    )
    known = {each.certificate_sha256: each for each in rows}
    return Lookups(now=tx.now, reach=reach, anchors=anchors, known=known)


async def keep(tx: Transaction, found: Lookups) -> None:
    """Keep what was learnt, until it ends."""
    for each in found.known.values():
        row = (each.certificate_sha256, each.kind, each.raw, each.this_update, each.next_update)
        await tx.run(repository.KEEP, *row, each.revoked_at, found.now)

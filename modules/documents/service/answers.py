"""How certificates of others stand: of timestamp authorities, and of people at a provider.

Without an answer on a timestamp authority nothing is sealed: another can be asked. A person has
signed already, and what they did is not lost because somebody else is away for a while.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509

from backend.kernel import Transaction, outside
from backend.kernel.outside import Reach, Unreachable
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import answers, certificates, pdf, timestamps, trusting
from modules.documents.model.answers import Answer, NotAnAnswer
from modules.documents.repository import answers as repository
from modules.documents.service import certifying
from modules.documents.service import trusting as store
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
            if not any(answers.places(x509.load_der_x509_certificate(paper))):
                return None  # it names nobody whom one could ask
            answer = await self._asking.after(paper, above)
            if answer is None:
                raise TimestampUnavailable
            self.known[digest] = answer
        if self.known[digest].revoked_at is not None:
            raise TimestampUnavailable
        return self.known[digest]

    @property
    def _asking(self) -> "Asking":
        return Asking(now=self.now, reach=self.reach)


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody asks after certificates, at one moment."""

    now: datetime
    reach: Reach
    away: set[str] = msgspec.field(default_factory=set[str])
    """Addresses that have not answered: nobody waits for one of them twice."""

    async def after(self, paper: bytes, above: bytes) -> Answer | None:
        """Ask OCSP, then the list; None when neither says anything that counts."""
        asked, by = (x509.load_der_x509_certificate(each) for each in (paper, above))
        where = answers.places(asked)
        if where.ocsp is not None:
            raw = await self._read("POST", where.ocsp, answers.question(asked, by), _ASKS)
            with suppress(NotAnAnswer):
                return answers.read_ocsp(raw, asked, by, self.now)
        if where.crl is not None:
            raw = await self._read("GET", where.crl, b"", {})
            with suppress(NotAnAnswer):
                return answers.read_crl(raw, asked, by, self.now)
        return None

    async def _read(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        if url in self.away:
            return b""
        try:
            said = await outside.ask(method, url, body=body, headers=headers, reach=self.reach)
        except Unreachable:
            self.away.add(url)
            return b""
        return said.body if said.status == _OK else b""


class Signers(msgspec.Struct, frozen=True, kw_only=True):
    """People whose certificates others have issued, who leads from each to the trust store."""

    asking: Asking
    steps: dict[bytes, tuple[certificates.Step, ...]]
    held: dict[bytes, bytes]
    """Authority → its list, which the house has read before anybody signed."""

    async def asked(self) -> "Said":
        """Ask after everybody once."""
        steps = dict.fromkeys(step for of_one in self.steps.values() for step in of_one)
        return Said(steps=self.steps, answers={each: await self._asked(each) for each in steps})

    async def _asked(self, step: certificates.Step) -> Answer | None:
        answer = await self.asking.after(*step)
        if answer is None and step.above in self.held:
            paper, above = (x509.load_der_x509_certificate(each) for each in step)
            with suppress(NotAnAnswer):
                return answers.read_crl(self.held[step.above], paper, above, self.asking.now)
        return answer


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of those people, and of the authorities above them."""

    steps: dict[bytes, tuple[certificates.Step, ...]]
    answers: dict[certificates.Step, Answer | None]

    @property
    def is_whole(self) -> bool:
        """Whether there is an answer on everybody."""
        return all(self.steps.values()) and None not in self.answers.values()

    def evidence(self, signers: Iterable[bytes]) -> pdf.Evidence:
        """Return what a file with these signers has to carry, as far as it is known."""
        steps = [step for each in signers for step in self.steps.get(each, ())]
        said = [answer for answer in map(self.answers.get, steps) if answer is not None]
        return pdf.Evidence(
            tuple(dict.fromkeys(each for step in steps for each in step)),
            tuple(each.raw for each in said if each.kind == "ocsp"),
            tuple(each.raw for each in said if each.kind == "crl"),
        )

    def revoked_at(self, signer: bytes) -> datetime | None:
        """Return since when nobody vouches for a signer any more, if that is so."""
        found = [self.answers.get(step) for step in self.steps.get(signer, ())]
        moments = [each.revoked_at for each in found if each is not None]
        return min((each for each in moments if each is not None), default=None)


async def signers(tx: Transaction, papers: Sequence[bytes]) -> Signers:
    """Return whom to ask of these people, and the lists that the house holds."""
    anchors = await certifying.anchors(tx)
    steps = {each: certificates.steps(each, anchors) for each in papers}
    above = {step.above for of_one in steps.values() for step in of_one}
    asking = Asking(now=tx.now, reach=_reach(tx))
    return Signers(asking=asking, steps=steps, held=await store.held(tx, [*above]))


async def lookups(tx: Transaction, anchors: tuple[bytes, ...]) -> Lookups:
    """Return what is known now of certificates below these anchors."""
    rows = await tx.all(repository.CURRENT, tx.now)
    known = {each.certificate_sha256: each for each in rows}
    return Lookups(now=tx.now, reach=_reach(tx), anchors=anchors, known=known)


def _reach(tx: Transaction) -> Reach:
    may_be_private = tx.ask(Settings).fetch_private and not tx.is_production
    return Reach(
        may_be_private=may_be_private, may_be_plain=True, seconds=5, bytes_max=answers.BYTES_MAX
    )


async def keep(tx: Transaction, found: Lookups) -> None:
    """Keep what was learnt, until it ends."""
    for each in found.known.values():
        row = (each.certificate_sha256, each.kind, each.raw, each.this_update, each.next_update)
        await tx.run(repository.KEEP, *row, each.revoked_at, found.now)

"""The pilot's authority: what it says of its certificates, and how a lost device is told."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from cryptography import x509

from backend.kernel import NotFound, Snapshot, Transaction
from modules.documents.model import certificates, pdf, revocation
from modules.documents.model.certificates import Above
from modules.documents.model.jws import NotGenuine, decoded
from modules.documents.repository import certificates as repository
from modules.documents.service import keys, stamping


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """What is said today of some signers' certificates, asked once for many documents."""

    authorities: tuple[bytes, ...]
    responses: dict[bytes, bytes]
    stamper: bytes | None
    """The certificate of the house's own timestamp authority, where that gives the timestamps."""

    def evidence(self, signers: Sequence[bytes]) -> pdf.Evidence:
        """Return what a file with these signers needs to be checked years later."""
        # Who gave the timestamps was not revoked either: without it no profile B-LT (EN 319 142-1).
        stampers = () if self.stamper is None else (self.stamper,)
        papers = dict.fromkeys([*self.authorities, *stampers, *signers])
        asked = dict.fromkeys([*signers, *stampers])
        said = tuple(self.responses[each] for each in asked if each in self.responses)
        return pdf.Evidence(tuple(papers), said, ())


async def witnesses(tx: Transaction, signers: Sequence[bytes]) -> Witnesses:
    """Return how these certificates stand now; of those of others the house says nothing."""
    above = await _above(tx)
    stamper = None if stamping.is_outside(tx) else (await stamping.authority(tx)).certificate
    responder = await keys.certified(tx, "ocsp")
    gone, own = await revoked(tx), await keys.anchors(tx)
    asked: set[bytes] = {*signers, *(() if stamper is None else (stamper,))}
    return Witnesses(
        authorities=(above.certificate,),
        responses={
            each: revocation.response(
                above, responder, each, gone.get(sha256(each).hexdigest()), tx.now
            )
            for each in asked
            if certificates.issuer_among(each, own)
        },
        stamper=stamper,
    )


async def ocsp(tx: Transaction, raw: bytes) -> bytes:
    """Return the answer to an OCSP request."""
    request = revocation.asked(raw)
    issued: dict[int, datetime | None] = {}
    if request is not None:
        serial = f"{request.serial_number:x}"
        if await tx.maybe(repository.ISSUED, serial) is not None:
            found = await tx.maybe(repository.REVOKED, serial)
            issued[request.serial_number] = None if found is None else found.revoked_at
    responder = await keys.certified(tx, "ocsp")
    return revocation.answer(request, await _above(tx), responder, issued, tx.now)


async def crl(tx: Transaction) -> bytes:
    """Return the list of revoked certificates."""
    gone = await tx.all(repository.ALL_REVOKED)
    serials = {int(each.serial, 16): each.revoked_at for each in gone}
    return revocation.crl(await _above(tx), serials, tx.now)


async def revoked(snapshot: Snapshot) -> dict[str, datetime]:
    """Return when certificates were revoked, by their SHA-256."""
    gone = await snapshot.all(repository.ALL_REVOKED)
    return {each.fingerprint.hex(): each.revoked_at for each in gone}


async def revoke(tx: Transaction, fingerprint: str) -> None:
    """Revoke a certificate of one of the caller's devices, from this moment on.

    One of a provider's is only used here no more: to revoke it is for whoever has issued it.
    """
    try:
        digest = decoded(fingerprint)
    except NotGenuine as error:
        raise NotFound from error
    found = await tx.maybe(repository.REVOKE, digest, tx.principal.person_id, tx.now)
    if found is None:
        raise NotFound
    if found.provider is not None:
        return
    serial = f"{x509.load_der_x509_certificate(found.der).serial_number:x}"
    await tx.run(repository.TELL, serial, digest, tx.now)


async def _above(tx: Transaction) -> Above:
    return Above(*await keys.authority(tx), keys.addresses(tx))

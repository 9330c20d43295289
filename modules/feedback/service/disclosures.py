"""Who reported: told to the few who may know, for a reason, and never without a line in the log."""

from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Transaction
from contracts.personal_data import Look, People, Vault
from modules.feedback.model.disclosures import Disclosing, Disclosure
from modules.feedback.repository import disclosures as repository
from modules.feedback.repository import moderation, reports, tracking
from modules.feedback.repository.contacts import EMAIL, NAME, PHONE
from modules.feedback.scopes import IDENTITY

PURPOSE: Final = "feedback.disclosure"


async def disclose(tx: Transaction, report_id: UUID, asked: Disclosing) -> Disclosure:
    """Return who reported, having written it into that person's own access log.

    Raises `NotFound` for a report of elsewhere.
    """
    report = tx.check(IDENTITY, await reports.find(tx, report_id))
    await tracking.show(tx, report_id)
    kept = await repository.reporter(tx, report_id)
    if kept is None:
        raise NotFound
    about = f"feedback.report {report.code}"
    await moderation.add_note(tx, report_id, f"{asked.purpose}: {asked.text}", "desk")
    if kept.person_id is not None:
        fields = ("name", "phone")
        card = await tx.ask(People).card(kept.person_id, fields, purpose=PURPOSE, about=about)
        name, phone = (None, None) if card is None else (card.name, card.phone)
        return Disclosure(origin="account", name=name, phone=phone, email=None)
    told = {NAME: kept.contact_name, PHONE: kept.contact_phone, EMAIL: kept.contact_email}
    sealed = {column: value for column, value in told.items() if value is not None}
    if kept.contact_id is None or not sealed:
        return Disclosure(origin="anonymous", name=None, phone=None, email=None)
    look = Look(subject_id=kept.contact_id, purpose=PURPOSE, about=about, basis=asked.purpose)
    opened = await tx.ask(Vault).open(look, sealed)
    return Disclosure(
        origin="anonymous",
        name=opened.get(NAME),
        phone=opened.get(PHONE),
        email=opened.get(EMAIL),
    )

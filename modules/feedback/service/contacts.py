"""How somebody without an account is reached, if they wish: sealed, read by nobody but the post."""

from uuid import UUID

from backend.kernel import Transaction
from contracts.notifications import Recipient, ToContact, ToPerson
from contracts.personal_data import Vault
from modules.feedback.model.reports import Contact, Reporter
from modules.feedback.repository import contacts as repository
from modules.feedback.repository import reports
from modules.feedback.repository.contacts import EMAIL, NAME, PHONE, PURPOSE


async def keep(tx: Transaction, report_id: UUID, contact: Contact) -> None:
    """Seal what the reporter told of themselves under a key that belongs to this report alone."""
    told = {NAME: contact.name, PHONE: contact.phone, EMAIL: contact.email}
    values = {column: text for column, text in told.items() if text is not None}
    if values:
        contact_id = tx.new_id()
        sealed = await tx.ask(Vault).seal(contact_id, values, purpose=PURPOSE)
        await repository.keep(tx, report_id, contact_id, sealed)


async def forget(tx: Transaction, report_id: UUID) -> None:
    """Forget it for good, in backups too. Nothing to forget is no fault."""
    reporter = await reports.reporter(tx, report_id)
    if reporter is not None and reporter.contact_id is not None:
        await repository.forget(tx, report_id)
        await tx.ask(Vault).destroy(reporter.contact_id)


def recipient(reporter: Reporter) -> Recipient | None:
    """Return whom to tell: the account, or the contact; None when nobody left one."""
    if reporter.person_id is not None:
        return ToPerson(person_id=reporter.person_id)
    if reporter.contact_id is None:
        return None
    email, phone = reporter.contact_email, reporter.contact_phone
    if email is None and phone is None:
        return None
    return ToContact(
        subject_id=reporter.contact_id,
        email=None if email is None else (EMAIL, email),
        phone=None if phone is None else (PHONE, phone),
    )

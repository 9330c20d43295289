"""Reporters sign with their names: found when they write, so that no agency reads it later."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from uuid import UUID

from backend.kernel import Transaction
from contracts.keys import SecretKeys
from contracts.personal_data import People
from modules.feedback.model.own_words import found, marks
from modules.feedback.model.reports import Contact
from modules.feedback.model.senders import Sender
from modules.feedback.repository import own_words as repository
from modules.feedback.repository.contacts import PURPOSE

KEY: Final = "feedback-own-words"


async def keep(
    tx: Transaction,
    report_id: UUID,
    sender: Sender,
    contact: Contact | None,
    texts: Mapping[str, str],
) -> None:
    """Note where the name stands in what was filed, and what finds it in what is said later."""
    name = await _name(tx, sender, contact)
    if name is None:
        return
    mac = _mac(tx)
    wanted = marks(name, mac)
    await repository.keep_marks(tx, report_id, wanted)
    places = {about: found(text, wanted, mac) for about, text in texts.items()}
    await repository.add(tx, report_id, places)


async def note(tx: Transaction, report_id: UUID, about: str, text: str) -> None:
    """Note where the name stands in what the reporter says later."""
    wanted = await repository.marks(tx, report_id)
    if wanted:
        await repository.add(tx, report_id, {about: found(text, wanted, _mac(tx))})


async def _name(tx: Transaction, sender: Sender, contact: Contact | None) -> str | None:
    if sender.person_id is None:
        return None if contact is None else contact.name
    card = await tx.ask(People).card(sender.person_id, ("name",), purpose=PURPOSE)
    return None if card is None else card.name


def _mac(tx: Transaction) -> Callable[[bytes], bytes]:
    return partial(tx.ask(SecretKeys).mac, KEY)

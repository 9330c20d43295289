"""What a provider tells of a person besides: name, birth, personal number; sealed at once."""

import logging
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.identity.account import repository as papers
from backend.identity.login import numbers
from backend.identity.people.keys import seal_field
from backend.identity.people.register import BIRTH, IDENTIFIER, NAME, paper_to_add
from backend.identity.upstream import repository
from backend.identity.upstream.settings import Upstream
from backend.kernel import Transaction
from backend.kernel.text import Name
from backend.kms import Kms

_LOG: Final = logging.getLogger("tinhs.identity")
_KEY: Final = "interaction"
_NUMBER_DIGITS: Final = 12


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What could be understood; the rest is nothing."""

    name: Name | None = None
    birth: date | None = None
    number: str | None = None


def told(upstream: Upstream, body: bytes) -> Told:
    """Return what the settings name of the claims, as far as it has the form of what it is."""
    said: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    wanted = upstream.claims
    number = str(said.get(wanted.number, "")) if wanted.number else ""
    return Told(
        name=_name(said.get(wanted.name)) if wanted.name else None,
        birth=_day(said.get(wanted.birth), wanted.birth_format) if wanted.birth else None,
        number=number if _is_number(number) else None,
    )


def _is_number(text: str) -> bool:
    return len(text) == _NUMBER_DIGITS and text.isascii() and text.isdigit()


def _name(text: object) -> str | None:
    try:
        return msgspec.convert(text, Name)
    except msgspec.ValidationError:
        return None


def _day(text: object, form: str) -> date | None:
    try:
        return datetime.strptime(str(text), form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def sealed(kms: Kms, ix: UUID, found: Told) -> bytes:
    """Return it for the minutes in which a number is asked for."""
    return kms.wrap(_KEY, msgspec.json.encode(found), about=f"told|{ix}")


async def keep(tx: Transaction, kms: Kms, ix: UUID, person_id: UUID, told_enc: bytes) -> None:
    """Keep it under the person's own key. A number of somebody else is not taken from them."""
    raw = kms.unwrap(_KEY, told_enc, about=f"told|{ix}")
    found = msgspec.json.decode(raw, type=Told)
    if found == Told():
        return
    key = await numbers.key_of(tx, kms, person_id)
    name = None if found.name is None else seal_field(key, person_id, NAME, found.name)
    birth = (
        None if found.birth is None else seal_field(key, person_id, BIRTH, found.birth.isoformat())
    )
    await tx.run(repository.NAME_PERSON, person_id, name, birth)
    if found.number is None:
        return
    index = await paper_to_add(tx, "national_id", found.number)
    holder = await tx.maybe(repository.PAPER_OF, "national_id", index.known)
    if holder is not None:
        if holder.person_id != person_id:
            _LOG.error("a provider tells one personal number of two people; an office must look")
        return
    await tx.run(papers.END_PAPER, person_id, "national_id", tx.now)
    value = seal_field(key, person_id, IDENTIFIER, found.number)
    await tx.run(
        papers.ADD_PAPER, tx.new_id(), person_id, "national_id", value, index.value, "vneid", tx.now
    )

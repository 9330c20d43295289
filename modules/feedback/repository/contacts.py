"""Sealed addresses of people without an account."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backend.kernel import Statement, Transaction

PURPOSE: Final = "feedback.handling"
NAME: Final = "feedback.reporter.contact_name"
PHONE: Final = "feedback.reporter.contact_phone"
EMAIL: Final = "feedback.reporter.contact_email"

KEEP: Final = Statement("""
    update feedback.reporter
       set contact_id = $2, contact_name = $3, contact_phone = $4, contact_email = $5
     where report_id = $1
""")

FORGET: Final = Statement("""
    update feedback.reporter
       set contact_id = null, contact_name = null, contact_phone = null, contact_email = null
     where report_id = $1
""")


async def keep(
    tx: Transaction, report_id: UUID, contact_id: UUID, sealed: Mapping[str, bytes]
) -> None:
    parts = (sealed.get(NAME), sealed.get(PHONE), sealed.get(EMAIL))
    await tx.run(KEEP, report_id, contact_id, *parts)


async def forget(tx: Transaction, report_id: UUID) -> None:
    await tx.run(FORGET, report_id)

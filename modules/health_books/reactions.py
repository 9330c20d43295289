"""What the module does about what happened."""

from typing import Final

from backend.kernel import on
from contracts.documents import DocumentIssued
from modules.health_books.model.checkup import CHECKUP
from modules.health_books.model.kinds import OPEN
from modules.health_books.service import filing

SHOW: Final = on(
    DocumentIssued,
    filing.issued,
    name="health_books.show-visit",
    field="kind",
    among=(OPEN.name, CHECKUP.name),
)

"""The lists that ship: categories, reasons, templates."""

from backend.kernel import Transaction
from modules.feedback.service import categories
from modules.feedback.service.setup import wording


async def load(tx: Transaction) -> None:
    """Bring in what ships with the module; repeating it changes nothing."""
    await categories.load(tx)
    await wording.load(tx)

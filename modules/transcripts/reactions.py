"""What the module does when a run's documents are frozen."""

from typing import Final

from backend.kernel import on
from contracts.issuance import BulkFrozen
from modules.transcripts.service import years

NUMBER: Final = on(BulkFrozen, years.number, name="transcripts.number-records")
"""Notes which document each record has become."""

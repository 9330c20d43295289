"""What photos are collected for."""

from typing import Final

from contracts.files import FilePurpose

FOR_REPORT: Final = FilePurpose(name="feedback.report", keeps_original=True, takes_video=True)
"""Photos of what is wrong. The original is kept, sealed, in case the copy is disputed."""

FOR_PUBLIC: Final = FilePurpose(name="feedback.public")
"""Photos with parts painted over, as everybody sees them."""

FOR_RESULT: Final = FilePurpose(name="feedback.evidence", keeps_original=True, takes_video=True)
"""Photos of what was done about it."""

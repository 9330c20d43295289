"""What citizens and officers may send photos ahead for."""

from collections.abc import Sequence

from contracts.files import FilePurpose
from modules.feedback.model.files import FOR_REPORT, FOR_RESULT


class Purposes:
    """Provides `contracts.files.FilePurposes`."""

    def __init__(self, _: object) -> None:
        pass

    def purposes(self) -> Sequence[FilePurpose]:
        return (FOR_REPORT, FOR_RESULT)

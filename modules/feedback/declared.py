"""What the module declares to files and notifications."""

from collections.abc import Sequence

from contracts.files import FilePurpose
from contracts.notifications import NotificationKind
from modules.feedback.model.files import FOR_REPORT, FOR_RESULT
from modules.feedback.model.tellings import KINDS


class Purposes:
    """Provides `contracts.files.FilePurposes`."""

    def __init__(self, _: object) -> None:
        pass

    def purposes(self) -> Sequence[FilePurpose]:
        return (FOR_REPORT, FOR_RESULT)


class Kinds:
    """Provides `contracts.notifications.NotificationKinds`."""

    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return KINDS

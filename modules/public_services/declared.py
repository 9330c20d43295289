"""What the module declares to notifications."""

from collections.abc import Sequence

from contracts.notifications import NotificationKind
from modules.public_services.model.tellings import KINDS


class Kinds:
    """Provides `contracts.notifications.NotificationKinds`."""

    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return KINDS

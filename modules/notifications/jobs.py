"""What happens after something was told."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job
from modules.notifications.service.carrying import CARRY
from modules.notifications.service.inbox import forget
from modules.notifications.service.telling import DISPATCH

FORGET: Final = Job(name="notifications.forget", run=forget, every=timedelta(days=1))

__all__ = ["CARRY", "DISPATCH", "FORGET"]

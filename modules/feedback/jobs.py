"""What happens because time passes."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job
from modules.feedback.service.questions import give_up
from modules.feedback.service.sweeping import sweep

SWEEP: Final = Job(name="feedback.sweep", run=sweep, every=timedelta(minutes=1), seconds_max=300)

SILENCE: Final = Job(
    name="feedback.silence", run=give_up, every=timedelta(minutes=5), seconds_max=300
)

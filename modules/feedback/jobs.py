"""What happens because time passes."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job
from modules.feedback.service import statistics
from modules.feedback.service.atlas import age, count
from modules.feedback.service.coordination import release_idle, remind
from modules.feedback.service.endings import close, lapse
from modules.feedback.service.keeping import forget
from modules.feedback.service.manifest import write
from modules.feedback.service.questions import give_up
from modules.feedback.service.sweeping import sweep
from modules.feedback.service.telling import of_morning

SWEEP: Final = Job(name="feedback.sweep", run=sweep, every=timedelta(minutes=1), seconds_max=300)

UNACCEPTED: Final = Job(
    name="feedback.unaccepted", run=remind, every=timedelta(minutes=5), seconds_max=300
)

IDLE: Final = Job(
    name="feedback.idle", run=release_idle, every=timedelta(minutes=1), seconds_max=300
)

LAPSE: Final = Job(name="feedback.lapse", run=lapse, every=timedelta(minutes=5), seconds_max=300)

FORGET: Final = Job(name="feedback.forget", run=forget, cron="20 2 * * *", seconds_max=3600)

MANIFEST: Final = Job(name="feedback.manifest", run=write, cron="5 0 * * *", seconds_max=600)

COUNT_DAYS: Final = Job(
    name="feedback.count-days", run=statistics.count, every=timedelta(minutes=10), seconds_max=600
)

CLOSE: Final = Job(name="feedback.close", run=close, every=timedelta(minutes=15), seconds_max=600)

SILENCE: Final = Job(
    name="feedback.silence", run=give_up, every=timedelta(minutes=5), seconds_max=300
)

MORNING: Final = Job(name="feedback.morning", run=of_morning, cron="0 7 * * *", seconds_max=600)

MAP: Final = Job(name="feedback.map", run=count, every=timedelta(seconds=5))

MAP_AGE: Final = Job(name="feedback.map-age", run=age, cron="40 2 * * *", seconds_max=600)

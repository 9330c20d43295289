"""The clock and the codes of a house that is pictured; found by all its processes.

Python imports a `sitecustomize` that lies on PYTHONPATH before anything else. So the product needs
no option for it, and no other house can be started like this by a setting.
"""

import os
import random
import sys
import time
from datetime import datetime, timedelta, tzinfo
from typing import Final

from backend.host import app
from backend.kernel import ids
from modules.documents.model import envelope
from modules.feedback.model import codes

BEGAN: Final = float(os.environ["STILL_BEGAN"])
"""When this house was started, in seconds since 1970; the same in all of its processes."""

AFTERNOON: Final = datetime.fromisoformat("2026-11-20T16:30:00+07:00")
"""A Friday: the demo tells of days that were worked on, and of hours in which people are awake."""

_WRITES_THE_SEED: Final = "--with-parent" in sys.orig_argv
"""Only `tinhs run` itself is told so, and nothing but the seed asks it for the time."""


class _Clock:
    """Stands where `datetime` stood in the one function that the house asks for the moment."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        """Begin that afternoon: the seed takes no time at all, and whatever comes after it does."""
        passed = 0 if _WRITES_THE_SEED else time.time() - BEGAN
        return (AFTERNOON + timedelta(seconds=passed)).astimezone(zone)


class _Drawn(random.Random):
    """Stands where `secrets` stood: the same letters in the same order."""

    token_bytes = random.Random.randbytes
    randbits = random.Random.getrandbits


app.datetime = _Clock
codes.secrets = _Drawn("reports")
envelope.secrets = _Drawn("documents")
if _WRITES_THE_SEED:  # all that it writes is of one moment, which only its ids bring into an order
    ids.secrets = _Drawn("ids")

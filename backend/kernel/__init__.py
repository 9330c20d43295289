"""The public kernel: all that a module may import from the backend."""

from backend.kernel.auth import (
    NOBODY,
    Anyone,
    Forbidden,
    Origin,
    Scope,
    StepUpNeeded,
    TooManyRequests,
    Tries,
    Unauthenticated,
    at_most,
    requires,
)
from backend.kernel.console import Card, Command, Console, Figure, Nav
from backend.kernel.database import VIETNAM, House, Snapshot, Transaction
from backend.kernel.errors import (
    BadRequest,
    DomainError,
    NotFound,
    RefusalForm,
    Told,
    VersionRequired,
    VersionStale,
    refuses,
)
from backend.kernel.files import PHOTO_REFUSALS, PHOTOS_MAX, Photos, UnknownFile
from backend.kernel.forms import Form
from backend.kernel.ids import new_id
from backend.kernel.injection import Injected
from backend.kernel.locale import t
from backend.kernel.memory import Memory
from backend.kernel.module import Module
from backend.kernel.rules import (
    Principal,
    Rule,
    area_in,
    everything,
    owner,
    purpose_consented,
    role,
    same_agency,
    same_client,
    ward_of,
)
from backend.kernel.settings import Secret, described
from backend.kernel.shell import Shell
from backend.kernel.statements import Paged, Query, Statement
from backend.kernel.text import Line, Name, Prose, composed, folded
from backend.kernel.versions import IfMatch, check_version, etag, seen
from backend.kernel.work import Errand, GiveUp, Job, Later, Subscription, on, work_key

__all__ = [
    "NOBODY",
    "PHOTOS_MAX",
    "PHOTO_REFUSALS",
    "VIETNAM",
    "Anyone",
    "BadRequest",
    "Card",
    "Command",
    "Console",
    "DomainError",
    "Errand",
    "Figure",
    "Forbidden",
    "Form",
    "GiveUp",
    "House",
    "IfMatch",
    "Injected",
    "Job",
    "Later",
    "Line",
    "Memory",
    "Module",
    "Name",
    "Nav",
    "NotFound",
    "Origin",
    "Paged",
    "Photos",
    "Principal",
    "Prose",
    "Query",
    "RefusalForm",
    "Rule",
    "Scope",
    "Secret",
    "Shell",
    "Snapshot",
    "Statement",
    "StepUpNeeded",
    "Subscription",
    "Told",
    "TooManyRequests",
    "Transaction",
    "Tries",
    "Unauthenticated",
    "UnknownFile",
    "VersionRequired",
    "VersionStale",
    "area_in",
    "at_most",
    "check_version",
    "composed",
    "described",
    "etag",
    "everything",
    "folded",
    "new_id",
    "on",
    "owner",
    "purpose_consented",
    "refuses",
    "requires",
    "role",
    "same_agency",
    "same_client",
    "seen",
    "t",
    "ward_of",
    "work_key",
]

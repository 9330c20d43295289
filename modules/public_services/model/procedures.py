"""What the law says about one procedure (thủ tục hành chính): the document of a version.

Every nested item has a `key` that is stable within its procedure, so that two versions can be
compared item by item.
"""

from datetime import date
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

CODE: Final = r"^\d\.\d{6}(\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}(\.\d{1,3}){0,3})?$"
"""National codes, and local forms of them with the suffix of an agency."""

Level = Literal["ministry", "province", "commune", "other"]
Audience = Literal["citizen", "business", "organisation", "foreigner", "authority", "other"]
OnlineLevel = Literal["full", "partial", "information"]
ChannelKind = Literal["in_person", "online", "post"]
TimeUnit = Literal["working_day", "calendar_day", "working_hour", "month", "unknown"]
FeeKind = Literal["free", "fixed", "set_by_province", "by_law_text", "unknown"]
Relation = Literal["prerequisite", "next", "alternative", "linked"]


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """What one pays. An amount of 0 that the province's Council sets is not free."""

    key: str
    kind: FeeKind
    amount_vnd: int | None = None
    unit: str = ""
    condition: str = ""
    code: str | None = None


class TimeOption(msgspec.Struct, frozen=True, kw_only=True):
    """How long it takes this way, and what it costs."""

    key: str
    value: int | None = None
    unit: TimeUnit = "unknown"
    text: str = ""
    note: str = ""
    fees: tuple[Fee, ...] = ()


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way of applying."""

    key: str
    kind: ChannelKind
    options: tuple[TimeOption, ...] = ()


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form to fill in; its address is shown and never fetched."""

    name: str
    source_url: str | None = None


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that one brings."""

    key: str
    name: str
    code: str | None = None
    originals: int = 0
    copies: int = 0
    form: Form | None = None
    note: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The papers of one situation (trường hợp); the untitled case is everybody's."""

    key: str
    title: str = ""
    papers: tuple[Paper, ...] = ()


class StepGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one situation, in order."""

    key: str
    title: str = ""
    steps: tuple[str, ...] = ()


class LegalBasis(msgspec.Struct, frozen=True, kw_only=True):
    """The law behind it."""

    key: str
    number: str
    title: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one receives in the end."""

    key: str
    title: str
    code: str | None = None


class Agencies(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind it, as the record names them."""

    performing: tuple[str, ...] = ()
    competent: tuple[str, ...] = ()
    authorised: tuple[str, ...] = ()
    coordinating: tuple[str, ...] = ()
    address: str = ""


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Another procedure that goes with this one."""

    key: str
    relation: Relation
    code: str
    title: str = ""


class ProcedureBody(msgspec.Struct, frozen=True, kw_only=True):
    """All that a version says beyond its head."""

    steps: tuple[StepGroup, ...] = ()
    channels: tuple[Channel, ...] = ()
    cases: tuple[Case, ...] = ()
    legal_bases: tuple[LegalBasis, ...] = ()
    results: tuple[Result, ...] = ()
    requirements: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    agencies: Agencies
    related: tuple[Related, ...] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a procedure is filtered and listed by."""

    title: str
    levels: tuple[Level, ...]
    kind: str
    field_code: str
    field_name: str
    audiences: tuple[Audience, ...]
    online_level: OnlineLevel
    channels: tuple[ChannelKind, ...]
    free: bool
    portal_url: str | None = None


class CitizenText(msgspec.Struct, frozen=True, kw_only=True):
    """Our words: a title without legal terms, what it is for, and sentences that people say."""

    plain_title: str
    summary: str = ""
    situations: tuple[str, ...] = ()
    lang: Literal["vi", "en"] = "vi"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One procedure as a file describes it."""

    code: str
    head: Head
    body: ProcedureBody
    in_force: bool = True
    decision: str | None = None
    agency: str | None = None
    text: CitizenText | None = None
    source: dict[str, Any] | None = None
    replaces: tuple[str, ...] = ()
    """Codes of procedures that end and live on in this one."""
    place: str = ""
    """Where it stands in its file."""

    @property
    def digest(self) -> str:
        """Return what is the same when the record says the same."""
        said = msgspec.json.encode((self.head, self.body), order="sorted")
        return sha256(said).hexdigest()

    @property
    def base_code(self) -> str | None:
        """The national code that a local form replaces at home."""
        return self.code[:8] if len(self.code) > 8 else None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The decision that published a version."""

    number: str
    agency: str
    effective_on: date


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A version with its procedure, as the database keeps it."""

    procedure_no: int
    procedure_id: UUID
    code: str
    base_code: str | None
    abolished_on: date | None
    successors: tuple[str, ...]
    id: UUID
    revision: int
    valid_from: date
    valid_to: date | None
    decision_number: str
    decision_agency: str
    decision_effective_on: date
    title: str
    levels: tuple[Level, ...]
    kind: str
    field_code: str
    field_name: str
    audiences: tuple[Audience, ...]
    online_level: OnlineLevel
    channels: tuple[ChannelKind, ...]
    free: bool
    portal_url: str | None
    body: ProcedureBody

    def head(self) -> Head:
        return Head(**{name: getattr(self, name) for name in Head.__struct_fields__})


def is_free(channels: tuple[Channel, ...]) -> bool:
    """Tell whether it costs nothing whatever one does; where that is not said, it is not free."""
    kinds = {fee.kind for each in channels for option in each.options for fee in option.fees}
    return kinds == {"free"}

"""What the house knows of people: sealed, found, looked at in the open, handed out, erased.

Law 91/2025/QH15 on personal data and its decree 356/2025 are the source of every duty here. A
module keeps ids; what names a person it keeps sealed with the person's own key, or not at all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event
from contracts.page import Page
from contracts.plural import plural

Column: TypeAlias = str
"""`schema.table.column`, in full: what was sealed for one column opens as no other."""

Purpose: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_-]*$")]
"""`<module>.<what-for>`, one of the purposes of the scope by which the caller came in."""

IdentifierKind = Literal[
    "national_id",
    "national_id_void",
    "old_id9",
    "foreigner_id",
    "passport",
    "id_certificate",
    "eid_account",
    "health_insurance",
    "birth_certificate",
    "temporary",
]
"""Papers that name a person. `national_id` is the personal number of twelve digits (Law
26/2023/QH15), which has no check digit; a cancelled one is `national_id_void`."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody sees, or writes down, something about a person, and why.

    The person reads it in their own access log, with the caller's agency and the moment.
    """

    subject_id: UUID
    """A person, or an anonymous contact."""
    purpose: Purpose
    about: str = ""
    """What it was about, as `kind code`: `feedback.report PA-2B3C4D`. Never what stands in it."""
    fields: tuple[str, ...] = ()
    """The names of what was seen: `name`, `phone`."""
    basis: str = ""
    """The article of a law, or `consent`; empty when the purpose says it all."""
    action: Literal["read", "write"] = "read"


class Onlooker(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked: an agency or a program, never an officer by name."""

    kind: Literal["anyone", "citizen", "staff", "partner", "job"]
    """`staff` an officer of the agency; `partner` a program of somebody else; `job` the house
    itself; `citizen` whoever represents the person."""
    agency_id: UUID | None = None
    agency: str | None = None
    client_id: str | None = None


class AccessLogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One look at personal data, as the person is told of it."""

    id: UUID
    at: datetime
    by: Onlooker
    action: str
    """`read`, or `write` when something was recorded."""
    purpose: str
    basis: str
    about: str
    """What it was about, such as `feedback.report PA-2B3C4D`."""
    fields: tuple[str, ...]


class AccessLog(Protocol):
    """The one log of looks at personal data, which every person reads and nobody can rewrite."""

    async def note(self, *looks: Look) -> None:
        """Write down who looked, in the asking transaction: kept if and only if that commits.

        Ask a `Transaction`; a `Snapshot` cannot write. What people see of themselves is not noted.
        What `Vault` and `People` open, they note themselves.
        """
        ...

    async def told(self, about: str, cursor: str | None, limit: int) -> Page[AccessLogEntry]:
        """Return the looks about one thing, the newest first, as the caller may read them.

        People are told of looks at themselves, and at those whom they represent. `cursor` is the
        `next_cursor` of the page before; `limit` counts looks, 1 to 100.
        """
        ...


class SubjectErased(Exception):
    """The key of the person, or contact, was destroyed: nothing can be sealed or opened again."""


class Unopenable(Exception):
    """These bytes were not sealed for that column of that subject."""


class Vault(Protocol):
    """Seals single fields with a key that each person, or anonymous contact, has alone.

    AES-256-GCM-SIV (RFC 8452), bound to column and subject. The key is handed out by the statement
    that writes the line of the access log, so nobody opens anything unseen; the person, and the
    house on the person's behalf while they sign in, leave no line. Destroying the key makes
    everything that it has sealed unreadable, in backups too.
    """

    async def seal(
        self, subject_id: UUID, values: Mapping[Column, str], *, purpose: Purpose
    ) -> dict[Column, bytes]:
        """Return the values sealed; a subject without a key is given one.

        Sealing about somebody else is noted as a `write`. Raises `SubjectErased`.
        """
        ...

    async def open(self, look: Look, sealed: Mapping[Column, bytes]) -> dict[Column, str]:
        """Return what was sealed, having noted `look`; its `fields` default to the column names.

        Raises `SubjectErased` or `Unopenable`.
        """
        ...

    async def destroy(self, subject_id: UUID) -> None:
        """Forget the key of an anonymous contact, for good. A person's dies by erasure alone."""
        ...


CardField = Literal["name", "birth_date", "national_id", "phone"]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about a person; the rest is None, and so is what is not known."""

    person_id: UUID
    ial: int
    """0 a phone, 1 and 2 the levels of the national account: how well the rest is known."""
    name: str | None = None
    birth_date: date | None = None
    national_id: str | None = None
    phone: str | None = None
    """E.164."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person is reached."""

    person_id: UUID
    phone: str | None
    """E.164; None when nobody has proved a number lately."""


class People(Protocol):
    """Who a person is, for whoever has a reason to know. Ask a `Transaction`: looks are noted."""

    async def card(
        self, person_id: UUID, fields: Collection[CardField], *, purpose: Purpose, about: str = ""
    ) -> Card | None:
        """Return these fields of a living person, noted as seen; None when there is no such one."""
        ...

    async def contact(self, person_id: UUID) -> Contact | None:
        """Return where to reach a person. For notifications alone, and noted as such."""
        ...

    async def find(self, kind: IdentifierKind, value: str, *, purpose: Purpose) -> UUID | None:
        """Return whose paper it is that is in force, noted with the person who is found."""
        ...


class PersonalIdIndex(Protocol):
    """Digests of personal numbers, by which rows of one person are found without the number.

    HMAC-SHA-256 cut to 16 bytes under a key for each column, kept outside the database: twelve
    digits without a key are guessed in an hour, and one key for all would join what is kept apart.
    """

    def digest(self, column: Column, number: str) -> bytes:
        """Return the digest of a number as people write it: spaces, dots and dashes are nothing."""
        ...

    async def of(self, column: Column, person_id: UUID, *, purpose: Purpose) -> bytes | None:
        """Return the digest of a person's own number in force; None when it is not known.

        Of somebody else it is a look at `national_id`, and noted.
        """
        ...


@plural
class IndexKeeper(Protocol):
    """Keeps digests of `PersonalIdIndex` in rows, and carries them over when a column's key turns.

    Whoever writes digests of a column provides this; without it, the key cannot turn.
    """

    def columns(self) -> Sequence[Column]:
        """Return the columns of which this module keeps digests, as it names them to the index."""
        ...

    async def carry(
        self, column: Column, after: str, carried: Callable[[bytes], bytes]
    ) -> str | None:
        """Replace the digests of some more rows, a thousand at most, by what `carried` makes of it.

        `after` is what the last call has returned, empty at first; None when there are no more.
        What `carried` has made stays as it is when it is carried again.
        """
        ...


class DataItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the record of processing: a column, or `*` for a table that is all of one kind."""

    table: str
    """`schema.table`."""
    column: str = "*"
    kind: Literal["basic", "sensitive"]
    """As Law 91/2025/QH15, article 2, tells them apart."""
    purpose: Purpose
    basis: str
    """Why it may be kept: `consent`, `contract`, or the article of a law."""
    retention: str
    """How long: an ISO 8601 duration, or what ends it."""


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the person has sent, or that was made for them."""

    name: str
    """Unique within its table, without folders: `PA-2B3C4D-1.jpg`."""
    content: bytes


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table that are about a person, in words that the person can read."""

    table: str
    """`schema.table`."""
    rows: tuple[Mapping[str, Any], ...]
    """JSON members by name; moments in ISO 8601, nothing sealed."""
    files: tuple[ExportedFile, ...] = ()


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a law keeps from being erased."""

    table: str
    basis: str
    """The article that says so; the person is told."""
    until: date | None
    """The first day on which it need not be kept; None while something is unfinished."""


@plural
class PersonalData(Protocol):
    """Provided by every module that has rows about people. Asked in a job's transaction.

    Every column that holds a person's id, or what is known of them, stands in the inventory; a test
    walks all schemas.
    """

    module: ClassVar[str]
    """The module's name, by which a legal hold of the desk names it."""

    def inventory(self) -> Sequence[DataItem]:
        """Return what is kept of people, where, why and how long. Pure: no statement is run."""
        ...

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        """Return all that is kept of a person; nothing of anybody else, officers included."""
        ...

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        """Return what may not be erased today, and why."""
        ...

    async def erase(self, person_id: UUID, receipt: UUID) -> None:
        """Erase what no hold of this module keeps. Doing it again erases what was held before.

        `receipt` names this erasure for ever; what must stay of a row may point at it.
        """
        ...

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        """Let everything of one person be another's: both were proved to be the same."""
        ...


class LegalHolds(Protocol):
    """Whom the desk protects from being erased: an inquiry, a lawsuit. Two officers decide.

    For modules that destroy by themselves when a time is over; whoever erases a person asks anyway.
    """

    async def of(self, people: Collection[UUID], module: str) -> frozenset[UUID]:
        """Return those of whom nothing that this module keeps may be erased today."""
        ...


class PersonErased(Event, frozen=True, kw_only=True, tag="identity.person-erased.v1"):
    """Everything that could be erased of a person is; what is held was listed in the receipt."""

    about: ClassVar[str] = "person_id"

    person_id: UUID
    receipt: UUID


class PersonRestricted(Event, frozen=True, kw_only=True, tag="identity.person-restricted.v1"):
    """What is left of a person may be kept and not used any more: a law holds it."""

    about: ClassVar[str] = "person_id"

    person_id: UUID

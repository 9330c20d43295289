"""Signed documents: what their content may be written with, and what the kinds of them say."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib.resources.abc import Traversable
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event
from contracts.plural import plural

PersonName = Annotated[str, Meta(min_length=1, max_length=200, extra={"script": "name"})]
"""A name of a person: Latin letters of our languages, space, apostrophe, hyphen, full stop."""

Text = Annotated[str, Meta(min_length=1, max_length=4000, extra={"script": "text"})]
"""Text that people read: Latin letters, digits, listed punctuation, line breaks."""

Code = Annotated[str, Meta(min_length=1, max_length=200, extra={"script": "code"})]
"""Printable ASCII; also what a text in a document is that says nothing else of itself."""

PersonalId = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
"""The personal number (số định danh cá nhân, Law 26/2023/QH15), which has no check digit."""

CommuneCode = Annotated[str, Meta(pattern=r"^[0-9]{5}$")]
"""A commune, as `contracts.territory` numbers them."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a document's data is made of: a member that nobody knows is refused, not passed over.

    Numbers with a fraction are texts ("8.6"), days are dates; there are no floats.
    """


Assurance = Literal["L1", "L2", "L3"]
"""How well a signer's key is vouched for: a browser's key, an attested phone's, a public CA's."""


Severity = Literal["error", "warning"]


class Defect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing for which a document cannot be signed as it stands.

    `pointer` is RFC 6901 into the document's data; `code` a word of the gate (`not-composed`,
    `invisible`, `not-allowed`) or of the kind that found it. The gate names the character
    (`U+043E`) and what was probably meant; a kind that computes says what it expected.
    """

    pointer: str
    code: str
    code_point: str = ""
    suggestion: str = ""
    severity: Severity = "error"
    """A `warning` keeps nobody from signing: the kind's module tells those whom it concerns."""


class PartyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs: parties of one `order` in any order, those of a higher one afterwards.

    A person signs with a device. An organisation's seal (`organisation`) is made by the house with
    that organisation's key as soon as its turn has come, at once where no person signs; `people`
    then names the organisation.
    """

    role: str
    name: str
    order: int = 1
    required: bool = True
    assurance: Assurance = "L1"
    organisation: bool = False


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may read a document without signing it, such as the pupil of a transcript.

    A `holder` may share it; one who sees the `summary` learns that it is there and how it stands,
    and never reads its content.
    """

    person_id: UUID
    relation: Literal["holder", "representative", "reader"]
    sees: Literal["full", "summary"] = "full"


class LinkTo(msgspec.Struct, frozen=True, kw_only=True):
    """Another document that this one rests on: its issued revision when this one is frozen.

    `rel` is a word of the kind, such as `previous_year` or `annex_of`.
    """

    rel: str
    document_id: UUID


class DocumentKind(Protocol):
    """A kind of document, as the module that knows its law describes it. Pure: no database."""

    name: str
    """For ever, such as `labour.contract`."""
    module: str
    """Whose locales say, in every language, what pages call it: `kinds.<name>`."""
    roles: Sequence[str]
    """Every role that `parties` names, each with its word `roles.<role>` in the same locales. Of
    `specialist_1`, `specialist_2` it is `specialist`."""
    facts: Sequence[str]
    """Every fact that `claims` and `printed` name, each with its word `facts.<name>` there too. Of
    `subject_toan`, `subject_van` it is `subject`."""
    prefix: str
    """Two letters before the document's code."""
    title: str
    """What is printed above it, in Vietnamese, such as `HỢP ĐỒNG LAO ĐỘNG`."""
    template: Traversable
    """The printed form: Typst that defines `body(data)`, which gives the part between the house's
    own head and foot. `data` is the document's `data` as in its JSON; texts in it are inert. It
    may call what `frame.typ` of the documents module defines, and loads nothing else. A template
    is changed together with the schema's name, for old documents are printed anew to compare."""
    evidence: Literal["LT", "LTA"]
    """What the PDF carries in the end (ETSI EN 319 142-1): `LTA` adds a timestamp over it all."""
    schemas: Mapping[str, type[Part]]
    """Every schema there ever was, such as `labour.contract/1`, the newest last; one is never
    changed, a change is a new name. A draft is of the newest whose class it is, so a kind may have
    several at a time: a year at primary school is told otherwise than one at secondary school."""
    deadline: timedelta
    """How long signatures may be collected after freezing."""

    def parties(self, content: Any) -> Sequence[PartyRule]:
        """Return who signs `content`, an object of one of the schemas."""
        ...

    def defects(self, content: Any) -> Sequence[Defect]:
        """Return everything for which the law, or arithmetic, refuses this content, or warns."""
        ...

    def claims(self, content: Any) -> Mapping[str, Any]:
        """Return what a holder may show apart from the rest: a name (`[a-z][a-z0-9_]*`) each.

        Values are JSON: texts, integers, booleans, arrays, objects. What must never be shown on
        its own is left out here.
        """
        ...

    def printed(self, content: Any) -> Mapping[str, str]:
        """Return what the signed code on a paper copy says, for a reader without a network.

        A few short texts, of what the paper shows anyway: the code is about four centimetres wide.
        """
        ...


@runtime_checkable
class AwaitsNumber(Protocol):
    """A kind whose documents are not complete when all have signed: somebody numbers them after."""

    name: str
    awaits: str
    """The name under which `Documents.note` is told that number, such as `certificate`. Its word is
    `numbers.<name>` in the locales of the kind's module, as that of each number told besides."""
    notice: str
    """What verdicts and paper copies say in Vietnamese until then."""


@plural
class DocumentKinds(Protocol):
    """Provided by each module that describes kinds of documents: all that it describes.

    A tuple will do: `provides={DocumentKinds: lambda _: (LabourContract(),)}`. The start-up check
    asks for it too, with None, to see that everything has its words.
    """

    def __iter__(self) -> Iterator[DocumentKind]:
        """Return its kinds, in any order."""
        ...


State = Literal[
    "draft",
    "frozen",
    "signing",
    "sealed",
    "issued",
    "superseded",
    "declined",
    "expired",
    "cancelled",
]
"""The life of a revision. `issued`: a witness has signed a log that holds it."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A revision of a document, and where it stands."""

    document_id: UUID
    code: str
    kind: str
    rev: int
    state: State


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """An issued revision in one file, `package.zip`: its PDF, its data and all evidence."""

    code: str
    rev: int
    signed_at: datetime
    """When the last of all has signed."""
    package: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a document was not frozen: it is no draft, or it has defects, all of them named."""

    reason: Literal["not-drafted", "defects"]
    defects: tuple[Defect, ...] = ()


Content = TypeVar("Content", bound=msgspec.Struct)


class Documents(Protocol):
    """What a kind's module does with its documents, in the name of the person who calls."""

    def defects(self, kind: str, content: msgspec.Struct) -> Sequence[Defect]:
        """Return everything for which this content would not be frozen; nothing is written.

        Who signs is not asked here. Pure of statements, and of use in a thread.
        """
        ...

    async def draft(
        self,
        kind: str,
        content: msgspec.Struct,
        people: Mapping[str, UUID],
        *,
        readers: Sequence[Reader] = (),
        links: Sequence[LinkTo] = (),
        agency_id: UUID | None = None,
        key: str | None = None,
    ) -> Standing:
        """Begin a document; `people` names who signs in each role of the kind's `parties`.

        A `key` names the document for ever among those of its kind, so that an import can be
        repeated: a second draft under it writes nothing and returns where the first one stands.

        The caller drafts it: a citizen, an officer, or a job of the house. `agency_id` is the
        organisation whose document it is: its registrars read it, and its officers with the
        kind's own scopes may write and freeze it. Readers see it from the freezing on.
        """
        ...

    async def revise(
        self,
        document_id: UUID,
        content: msgspec.Struct,
        people: Mapping[str, UUID],
        *,
        links: Sequence[LinkTo] | None = None,
        reason: str | None = None,
    ) -> Standing | None:
        """Write the draft anew, or begin the next revision; None while people are signing.

        A draft keeps its links unless others are given; the next revision has those alone that are.
        `reason` is why an issued document is amended: every party reads it with the revision.
        Raises `NotFound` for anybody but the drafter and the document's agency.
        """
        ...

    async def freeze(self, document_id: UUID) -> Standing | Refused:
        """Make the draft's bytes final and ask the parties to sign.

        Raises `NotFound` for anybody but the drafter and the document's agency.
        """
        ...

    async def note(self, document_id: UUID, name: str, salt: str, value: str) -> None:
        """Have the log remember a number that somebody has given the issued revision since.

        The log is public: it gets the content's hash and that of `<name> <salt> <value>`, and the
        salt (32 hexadecimal digits) keeps it from being guessed. Bundles carry all three with the
        proof; no signed byte changes. The first of a name (lower-case letters and hyphens) stays.
        For jobs of the house alone. Raises `NotFound` where nothing is issued.
        """
        ...

    async def packed(self, document_id: UUID) -> Packed:
        """Return the issued revision in one file, to be given on to whoever the law names.

        For jobs of the house alone. Raises `NotFound` where nothing is issued.
        """
        ...

    async def keep_until(self, document_id: UUID, day: date) -> None:
        """Say from which day on the law no longer asks for a document; until then it never ends.

        From that day its key is destroyed, unless a hold of the privacy desk protects somebody
        concerned: nobody reads it here any more, and whoever has a copy can still have it verified.
        For jobs of the house alone.
        """
        ...

    async def standing(self, document_id: UUID) -> Standing | None:
        """Return where the newest revision stands; None when the caller may not see it."""
        ...

    async def content(self, document_id: UUID, shape: type[Content]) -> Content | None:
        """Return the data of the revision that counts, or else of the newest frozen one.

        None when there is none, or the caller may not read it.
        """
        ...


class SignatureRequested(Event, frozen=True, kw_only=True, tag="documents.signature-requested.v1"):
    """A document was frozen and waits for these people; its bytes change no more."""

    about: ClassVar[str] = "document_id"
    document_id: UUID
    rev: int
    person_ids: tuple[UUID, ...]


class SignatureMade(Event, frozen=True, kw_only=True, tag="documents.signature-made.v1"):
    """One of the parties has signed."""

    about: ClassVar[str] = "document_id"
    document_id: UUID
    rev: int
    role: str


class SignatureDeclined(Event, frozen=True, kw_only=True, tag="documents.signature-declined.v1"):
    """One of the parties has refused; this revision is over."""

    about: ClassVar[str] = "document_id"
    document_id: UUID
    rev: int
    role: str


class DocumentIssued(Event, frozen=True, kw_only=True, tag="documents.document-issued.v1"):
    """Everybody has signed, and a witness has seen it in the log."""

    about: ClassVar[str] = "document_id"
    document_id: UUID
    kind: str
    rev: int

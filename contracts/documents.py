"""Signed documents: what their content may be written with, and what the kinds of them say."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Protocol
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

Assurance = Literal["L1", "L2", "L3"]
"""How well a signer's key is vouched for: a browser's key, an attested phone's, a public CA's."""


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


class PartyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs: parties of one `order` in any order, those of a higher one afterwards."""

    role: str
    name: str
    order: int = 1
    required: bool = True
    assurance: Assurance = "L1"


@plural
class DocumentKind(Protocol):
    """A kind of document, as the module that knows its law describes it. Pure: no database."""

    name: str
    """For ever, such as `labour.contract`."""
    prefix: str
    """Two letters before the document's code."""
    schema: str
    """The schema of new documents, such as `labour.contract/1`."""
    schemas: Mapping[str, type[msgspec.Struct]]
    """Every schema there ever was; one is never changed, a change is a new name."""
    deadline: timedelta
    """How long signatures may be collected after freezing."""

    def parties(self, content: Any) -> Sequence[PartyRule]:
        """Return who signs `content`, a Struct of the newest schema."""
        ...

    def defects(self, content: Any) -> Sequence[Defect]:
        """Return everything for which the law, or arithmetic, refuses this content."""
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


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a document was not frozen: it is no draft, or it has defects, all of them named."""

    reason: Literal["not-drafted", "defects"]
    defects: tuple[Defect, ...] = ()


class Documents(Protocol):
    """What a kind's module does with its documents, in the name of the person who calls."""

    async def draft(
        self, kind: str, content: msgspec.Struct, people: Mapping[str, UUID]
    ) -> Standing:
        """Begin a document; `people` names who signs in each role of the kind's `parties`."""
        ...

    async def revise(
        self, document_id: UUID, content: msgspec.Struct, people: Mapping[str, UUID]
    ) -> Standing | None:
        """Write the draft anew, or begin the next revision; None while people are signing.

        Raises `NotFound` for anybody but the drafter.
        """
        ...

    async def freeze(self, document_id: UUID) -> Standing | Refused:
        """Make the draft's bytes final and ask the parties to sign.

        Raises `NotFound` for anybody but the drafter.
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

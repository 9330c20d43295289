"""`/v1/account/identifiers`: the papers by which others know a person."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody
from msgspec import Meta

from backend.identity.account import repository
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import IdentifierInvalid, IdentifierTaken
from backend.identity.handlers import authority_of
from backend.identity.login import numbers
from backend.identity.people.keys import open_field, seal_field
from backend.identity.people.register import IDENTIFIER, masked, paper_to_add, plain
from backend.identity.scopes import PAPERS
from backend.kernel import (
    Injected,
    Snapshot,
    StepUpNeeded,
    Transaction,
    Unauthenticated,
    refuses,
    requires,
)
from backend.kms import kms_of
from contracts.personal_data import IdentifierKind

# What an office or the national account proves is theirs to say.
DECLARED: Final[Mapping[str, re.Pattern[str]]] = {
    "old_id9": re.compile(r"[0-9]{9}"),
    "passport": re.compile(r"[A-Z][0-9]{7,8}"),
    "health_insurance": re.compile(r"[A-Z]{2}[0-9]{13}|[0-9]{10}"),
}


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """A paper in force; most of its number is hidden."""

    id: UUID
    kind: IdentifierKind
    masked: str
    source: Literal["vneid", "counter", "import", "declared"]
    valid_from: datetime


class Identifiers(msgspec.Struct, frozen=True, kw_only=True):
    """One's own papers."""

    items: tuple[Identifier, ...]


class NewIdentifier(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that one names oneself. It takes the place of an earlier one of its kind."""

    kind: Literal["old_id9", "passport", "health_insurance"]
    value: Annotated[str, Meta(min_length=8, max_length=20, examples=["C1234567"])]


@get(
    "/v1/account/identifiers",
    operation_id="listIdentifiers",
    tags=["identity"],
    guards=[requires(PAPERS)],
    opt={AS_SIGN_IN: True},
    responses=refuses(StepUpNeeded),
)
async def list_identifiers(snapshot: Injected[Snapshot]) -> Identifiers:
    """List your papers. Needs a session that has proved who you are."""
    person_id = _person(snapshot)
    kept = await snapshot.all(repository.PAPERS, person_id)
    if not kept:
        return Identifiers(items=())
    key = await numbers.kept_key(snapshot, kms_of(snapshot), person_id)
    return Identifiers(
        items=tuple(
            Identifier(
                id=each.id,
                kind=each.kind,
                masked=masked(open_field(key, person_id, IDENTIFIER, each.value_enc)),
                source=each.source,
                valid_from=each.valid_from,
            )
            for each in kept
        )
    )


@post(
    "/v1/account/identifiers",
    operation_id="declareIdentifier",
    tags=["identity"],
    guards=[requires(PAPERS)],
    opt={AS_SIGN_IN: True},
    responses=refuses(StepUpNeeded, IdentifierInvalid, IdentifierTaken),
)
async def declare_identifier(
    request: Request[Any, Any, Any], data: JSONBody[NewIdentifier], tx: Injected[Transaction]
) -> Identifier:
    """Name a paper of yours. Whose else it is, if it is, nobody is told."""
    person_id, value = _person(tx), plain(data.value)
    if not DECLARED[data.kind].fullmatch(value):
        raise IdentifierInvalid
    paper = Identifier(
        id=tx.new_id(),
        kind=data.kind,
        masked=masked(value),
        source="declared",
        valid_from=tx.now,
    )
    await tx.run(repository.END_PAPER, person_id, data.kind, tx.now)
    key = await numbers.key_of(tx, authority_of(request).kms, person_id)
    added = await tx.run(
        repository.ADD_PAPER,
        paper.id,
        person_id,
        data.kind,
        seal_field(key, person_id, IDENTIFIER, value),
        (await paper_to_add(tx, data.kind, value)).value,
        "declared",
        tx.now,
    )
    if not added:
        raise IdentifierTaken
    return paper


def _person(snapshot: Snapshot) -> UUID:
    if snapshot.principal.person_id is None:
        raise Unauthenticated
    return snapshot.principal.person_id


IDENTIFIERS: Final[tuple[Any, ...]] = (list_identifiers, declare_identifier)

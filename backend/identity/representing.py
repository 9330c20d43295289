"""`/v1/admin/representations`: who acts for whom, written down by two officers with the papers.

Whoever acts for a child reads its marks and its health book, so it takes two, as everything that
gives power does; ending it takes one.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from backend.identity.admin.proposing import officer_at_work
from backend.identity.consents.ages import years_before
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import EndUnknown, OwnProposal, PaperUnknown
from backend.identity.scopes import PRIVACY
from backend.kernel import (
    VIETNAM,
    Injected,
    Line,
    NotFound,
    Query,
    Snapshot,
    Statement,
    Transaction,
    composed,
    refuses,
    requires,
)
from contracts.identity import RepresentationChanged
from contracts.personal_data import IdentifierKind, People

WAITS: Final = timedelta(days=14)
_PURPOSE: Final = "identity.representation"
_OF_AGE: Final = 18


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that lies on the counter."""

    kind: IdentifierKind
    value: Annotated[str, Meta(min_length=1, max_length=40, examples=["038 094 001 234"])]


class NewRepresentation(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to act for whom, and what says so."""

    ward: Shown
    guardian: Shown
    kind: Literal["parent", "guardian"]
    basis: Line
    """The paper that says so: a birth certificate, a decision of a court."""
    until: date | None = None
    """The first day on which it is over. A child's is its eighteenth birthday, unless told."""

    def __post_init__(self) -> None:
        """Keep the words composed."""
        composed(self)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What one officer has written down, and another has to find right."""

    id: UUID
    ward_id: UUID
    guardian_id: UUID
    kind: str
    basis: str
    valid_to: datetime | None
    proposed_by: UUID
    proposed_at: datetime


class Drafts(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a second officer, the oldest first."""

    items: tuple[Draft, ...]


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts for somebody else."""

    id: UUID
    ward_id: UUID
    guardian_id: UUID
    kind: str
    basis: str
    valid_from: datetime
    valid_to: datetime | None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts for whom no longer."""

    ward_id: UUID
    guardian_id: UUID


ADD_DRAFT = Query(
    Draft,
    """
    insert into identity.representation_draft
        (id, ward_id, guardian_id, kind, basis, valid_to, proposed_by, proposed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    returning id, ward_id, guardian_id, kind, basis, valid_to, proposed_by, proposed_at
    """,
)

DRAFTS = Query(
    Draft,
    """
    select id, ward_id, guardian_id, kind, basis, valid_to, proposed_by, proposed_at
      from identity.representation_draft
     where proposed_at > $1
     order by proposed_at, id
     limit 500
    """,
)

DRAFT = Query(
    Draft,
    """
    select id, ward_id, guardian_id, kind, basis, valid_to, proposed_by, proposed_at
      from identity.representation_draft
     where id = $1 and proposed_at > $2
       for update
    """,
)

DROP_DRAFT = Statement("delete from identity.representation_draft where id = $1")

SWEEP_DRAFTS = Statement("""
    delete from identity.representation_draft
     where id in (
           select id
             from identity.representation_draft
            where proposed_at <= $1
            limit 1000)
""")

BEGIN = Query(
    Representation,
    """
    insert into identity.representation
        (id, ward_id, guardian_id, kind, basis, source, valid_from, valid_to, confirmed_by)
    values ($1, $2, $3, $4, $5, 'counter', $6, $7, $8)
    returning id, ward_id, guardian_id, kind, basis, valid_from, valid_to
    """,
)

END = Query(
    Ended,
    """
    update identity.representation
       set valid_to = $2
     where id = $1 and (valid_to is null or valid_to > $2)
    returning ward_id, guardian_id
    """,
)


@get(
    "/v1/admin/representations",
    operation_id="listRepresentationDrafts",
    tags=["identity"],
    guards=[requires(PRIVACY)],
    opt={AS_SIGN_IN: True},
)
async def list_drafts(snapshot: Injected[Snapshot]) -> Drafts:
    """List what waits for a second officer."""
    return Drafts(items=tuple(await snapshot.all(DRAFTS, snapshot.now - WAITS)))


@post(
    "/v1/admin/representations",
    operation_id="proposeRepresentation",
    tags=["identity"],
    guards=[requires(PRIVACY)],
    opt={AS_SIGN_IN: True},
    responses=refuses(PaperUnknown, EndUnknown),
)
async def propose_representation(
    data: JSONBody[NewRepresentation], tx: Injected[Transaction]
) -> Draft:
    """Write down who acts for whom, by the papers of both. Both see that you looked them up."""
    await tx.run(SWEEP_DRAFTS, tx.now - WAITS)
    ward_id = await _holder(tx, data.ward, "ward")
    guardian_id = await _holder(tx, data.guardian, "guardian")
    if ward_id == guardian_id:
        raise PaperUnknown(whose="guardian")
    return await tx.one(
        ADD_DRAFT,
        tx.new_id(),
        ward_id,
        guardian_id,
        data.kind,
        data.basis,
        await _end(tx, ward_id, data),
        officer_at_work(tx),
        tx.now,
    )


@post(
    "/v1/admin/representations/{representation_id:uuid}/approval",
    operation_id="approveRepresentation",
    tags=["identity"],
    guards=[requires(PRIVACY)],
    status_code=200,
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound, OwnProposal),
)
async def approve_representation(
    representation_id: FromPath[UUID], tx: Injected[Transaction]
) -> Representation:
    """Find right what another officer has written down: it holds from the next request on."""
    officer = officer_at_work(tx)
    draft = await tx.maybe(DRAFT, representation_id, tx.now - WAITS)
    if draft is None:
        raise NotFound
    if draft.proposed_by == officer:
        raise OwnProposal
    await tx.run(DROP_DRAFT, draft.id)
    people = (draft.id, draft.ward_id, draft.guardian_id)
    begun = await tx.one(BEGIN, *people, draft.kind, draft.basis, tx.now, draft.valid_to, officer)
    await tx.publish(
        RepresentationChanged(ward_id=draft.ward_id, guardian_id=draft.guardian_id, change="begun")
    )
    return begun


@post(
    "/v1/admin/representations/{representation_id:uuid}/ending",
    operation_id="endRepresentation",
    tags=["identity"],
    guards=[requires(PRIVACY)],
    status_code=204,
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound),
)
async def end_representation(representation_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """End it now, or refuse what waits: the next request of the guardian sees nothing more."""
    if await tx.run(DROP_DRAFT, representation_id):
        return
    ended = await tx.maybe(END, representation_id, tx.now)
    if ended is None:
        raise NotFound
    await tx.publish(
        RepresentationChanged(ward_id=ended.ward_id, guardian_id=ended.guardian_id, change="ended")
    )


async def _holder(tx: Transaction, paper: Shown, whose: str) -> UUID:
    found = await tx.ask(People).find(paper.kind, paper.value, purpose=_PURPOSE)
    if found is None:
        raise PaperUnknown(whose=whose)
    return found


async def _end(tx: Transaction, ward_id: UUID, asked: NewRepresentation) -> datetime | None:
    """Return when it is over by itself: for a child, with the day on which it is of age."""
    if asked.until is not None:
        if asked.until <= tx.today:
            raise EndUnknown
        return datetime.combine(asked.until, time(), VIETNAM)
    if asked.kind == "guardian":
        return None
    card = await tx.ask(People).card(ward_id, ("birth_date",), purpose=_PURPOSE)
    if card is None or card.birth_date is None:
        raise EndUnknown
    of_age = years_before(datetime.combine(card.birth_date, time(), VIETNAM), -_OF_AGE)
    if of_age <= tx.now:
        raise EndUnknown
    return of_age


REPRESENTATIONS: Final[tuple[Any, ...]] = (
    list_drafts,
    propose_representation,
    approve_representation,
    end_representation,
)

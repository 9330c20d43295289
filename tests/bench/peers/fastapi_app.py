"""The same notes with FastAPI and SQLAlchemy, the way their own documentation teaches."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime

engine = create_async_engine(
    os.environ["BENCH_SQLALCHEMY_URL"], pool_size=int(os.environ["BENCH_POOL"]), max_overflow=0
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
bearer = HTTPBearer()
PUBLIC_KEY = os.environ["BENCH_PUBLIC_PEM"]


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012


class NoteRow(Base):
    __tablename__ = "note"
    __table_args__ = {"schema": "bench"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID]
    commune_code: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    status: Mapped[str] = mapped_column(default="filed")
    is_public: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class PlaceRow(Base):
    __tablename__ = "place"
    __table_args__ = {"schema": "bench"}  # noqa: RUF012

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    parent_code: Mapped[str]


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = {"schema": "bench"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    type: Mapped[str]
    subject: Mapped[str]
    payload: Mapped[dict[str, str]] = mapped_column(JSONB)
    published_at: Mapped[datetime]


class Note(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    owner_id: UUID
    commune_code: str
    title: str
    text: str
    status: str
    is_public: bool
    written_at: datetime
    version: int


class Draft(BaseModel):
    commune_code: str = Field(pattern=r"^\d{5}$")
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=4000)


class Place(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    kind: str
    parent_code: str


class Notes(BaseModel):
    items: list[Note]
    next_cursor: str | None


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


async def person(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> UUID:
    try:
        claims = jwt.decode(
            credentials.credentials, PUBLIC_KEY, algorithms=["ES256"], audience="bench"
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return UUID(claims["sub"])


Session = Annotated[AsyncSession, Depends(session)]
Person = Annotated[UUID, Depends(person)]
places: dict[str, Place] = {}


@app.get("/notes/{note_id}")
async def read_note(note_id: UUID, session: Session, person: Person) -> Note:
    found = await session.scalar(
        select(NoteRow).where(NoteRow.id == note_id, NoteRow.owner_id == person)
    )
    if found is None:
        raise HTTPException(404)
    return Note.model_validate(found)


@app.get("/notes")
async def list_notes(session: Session, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Notes:
    found = await session.scalars(
        select(NoteRow)
        .where(NoteRow.is_public)
        .order_by(NoteRow.written_at.desc(), NoteRow.id.desc())
        .limit(limit + 1)
    )
    rows = [Note.model_validate(row) for row in found]
    return Notes(items=rows[:limit], next_cursor=str(rows[-1].id) if len(rows) > limit else None)


@app.get("/places/{code}")
async def read_place(code: str, session: Session) -> Place:
    if code not in places:
        found = await session.get(PlaceRow, code)
        if found is None:
            raise HTTPException(404)
        places[code] = Place.model_validate(found)
    return places[code]


@app.post("/notes", status_code=201)
async def write_note(draft: Draft, session: Session, person: Person) -> Note:
    now = datetime.now(UTC)
    async with session.begin():
        note = NoteRow(owner_id=person, written_at=now, **draft.model_dump())
        session.add(note)
        await session.flush()
        session.add(
            OutboxRow(
                type="bench.note-written.v1",
                subject=str(note.id),
                payload={"note_id": str(note.id)},
                published_at=now,
            )
        )
    return Note.model_validate(note)

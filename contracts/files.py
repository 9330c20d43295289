"""Files of people: received, cleaned, kept and shown, for whichever module they are meant for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.plural import plural

FileState = Literal["receiving", "quarantined", "ready", "rejected"]
"""Where a file stands. One sent in a single request is `ready` at once; the other states are of
resumable uploads and of the virus scan. More may come: treat unknown ones as not ready."""

RenditionName = Literal["original", "clean", "public", "thumb"]
"""`original`: the bytes as they came, encrypted, present only when the purpose keeps them.
`clean`: pixels alone, longest side at most 2,560 px, for those who work on the matter. `public`:
the same at most 1,600 px, the only one that may be published. `thumb`: at most 320 px."""


class FilePurpose(msgspec.Struct, frozen=True, kw_only=True):
    """What files are collected for (purpose limitation: Law 91/2025/QH15).

    A file received for one purpose can be claimed for that purpose only. The original, with the
    place and the device that phones write into it, is destroyed unless the purpose keeps it.
    """

    name: Annotated[str, Meta(max_length=64, pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_-]*$")]
    """`<module>.<what-for>`, such as `feedback.report`; names are for ever."""
    keeps_original: bool = False
    takes_video: bool = False
    """Whether one MP4 of at most 50 MB and 60 seconds may be among the files, sent resumably."""


@plural
class FilePurposes(Protocol):
    """Provided by every module that lets people send files ahead, through `POST /v1/files`."""

    def purposes(self) -> Sequence[FilePurpose]:
        """Return the module's purposes. Pure: no statement is run."""
        ...


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the camera wrote into the photo (Exif 2.32), read before everything was stripped.

    Claims of a device, not truths: clocks are wrong and places can be written by hand. Personal
    data: the precise place of a person.
    """

    taken_at: Annotated[datetime, Meta(tz=True)] | None = None
    """With its zone; Vietnam's when the camera did not say."""
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    """Degrees north, WGS 84; null exactly when `lon` is."""
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    """Degrees east, WGS 84."""


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a file can be had."""

    name: RenditionName
    media_type: str
    """Found by content, never by what the sender said; `image/jpeg` for all but `original`."""
    bytes: int
    width: int
    """Pixels, as seen: a photo taken upright is higher than wide."""
    height: int


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the store knows it. Nothing in it tells who sent it."""

    id: UUID
    state: FileState
    media_type: str
    """Of what was received, found by content: image/jpeg, image/png, image/webp, image/heic."""
    bytes: int
    """Size of what was received."""
    width: int
    """Pixels of what was received, as seen."""
    height: int
    sha256: str
    """Of what was received, 64 hexadecimal digits: two equal ones are the same photo."""
    renditions: tuple[Rendition, ...]
    facts: Facts
    """Told to the sender and to the one who claims the file; the store forgets them then."""


class FileStore(Protocol):
    """Where modules keep files. Ask a transaction for it: `tx.ask(FileStore)`.

    Rows live and die with the caller's transaction; objects (the bytes) follow them. After a
    crash there may be an object without a row for a day, never a row without its objects. Links
    and reads need no row, so they also work from a `Snapshot`. The refusals are `DomainError`
    classes of `backend.kernel.files`, named there and below by slug.
    """

    async def receive(
        self, contents: Sequence[bytes], *, purpose: FilePurpose, about: UUID | None = None
    ) -> Sequence[StoredFile]:
        """Keep photos that came with a request: all of them, in order, or none.

        Each is recognised by its content, decoded in a separate process, and written anew from
        its pixels. That takes up to seconds: call this before the first statement of the
        transaction, so that no database connection waits for it.

        With `about`, the id of the thing they belong to, they are claimed at once; the only way
        for a caller without account. Without it they wait, at most 24 hours, for `claim`.

        Raises, with `position` (from 0) telling which photo: `files/type-not-allowed`,
        `files/image-too-large`, `files/animated`, `files/unreadable` (422), `files/too-large`
        (413, over 10 MB); and `files/too-many` (429) for the day's allowance of the sender,
        `files/busy` (503) when too many photos wait to be decoded.
        """
        ...

    async def claim(
        self,
        ids: Sequence[UUID],
        *,
        purpose: FilePurpose,
        about: UUID,
        device: str | None = None,
    ) -> Sequence[StoredFile]:
        """Take over files that the caller sent ahead; return them in the order of `ids`.

        `device` is the `Tinhs-Device` under which somebody without an account sent them.

        From now on they belong to the thing `about` and live until `drop`. The store forgets who
        sent them and what the camera said: the answer is the last to carry `facts`.

        Raises `files/unknown-file` (422) unless every id is a different, `ready`, unclaimed file
        of this caller for this purpose.
        """
        ...

    def link(self, file_id: UUID, rendition: RenditionName, *, seconds: int) -> str:
        """Return an absolute address at which anyone may fetch the rendition for a while.

        Good for at least `seconds` and at most twice as long; calls within a period give the same
        address, so answers with links in them can be cached. Grants access: check first whether
        the caller may see the file. A rendition that is not there gives a link that answers 404.
        """
        ...

    async def read(self, file_id: UUID, rendition: RenditionName) -> bytes:
        """Return the bytes, deciphered, of a file that the caller of the module may see.

        Raises `kernel/not-found` (404) when there is no such rendition.
        """
        ...

    async def drop(self, ids: Sequence[UUID]) -> None:
        """Give up claimed files: their rows go with this transaction, their bytes soon after.

        Ids that are not there are passed over, so that this can be repeated.
        """
        ...

    async def drop_originals(self, ids: Sequence[UUID]) -> None:
        """Give up the originals of claimed files, and keep what is shown of them.

        Files without an original, and ids that are not there, are passed over.
        """
        ...


SampleSubject = Literal["pothole", "rubbish", "lamp"]


class SamplePhotos(Protocol):
    """Photos for demo data, so that no module carries pictures in its repository."""

    def draw(self, subject: SampleSubject, *, taken_at: datetime, lat: float, lon: float) -> bytes:
        """Return a JPEG, 1,600 by 1,200 px, with Exif as a phone writes it; about 0.2 s.

        `lat` and `lon` in degrees, WGS 84. The same subject is the same drawing; the grain differs.
        """
        ...

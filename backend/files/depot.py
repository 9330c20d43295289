"""What a process needs to keep files: made once from the settings, used by every transaction."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args
from uuid import UUID

from backend.files.cleaner import Cleaner
from backend.files.keys import Keys, key_in
from backend.files.objects import Objects, open_objects
from backend.files.scanning import Scanner
from backend.files.settings import Settings
from backend.kernel import Snapshot
from contracts.files import RenditionName

_LAST_DAY: Final = 253_402_214_400
"""9999-12-31, in seconds since 1970."""
OriginalName: TypeAlias = Literal["original", "unscanned"]
UNSCANNED: Final = "unscanned"
"""An original that nobody can have before a scanner has looked at it."""
RENDITIONS: Final[tuple[str, ...]] = (*get_args(RenditionName), UNSCANNED)
_SEALED: Final = frozenset({"original", UNSCANNED})


class Depot:
    """The bytes of files by id and rendition; originals are ciphertext where they lie."""

    def __init__(
        self, objects: Objects, keys: Keys, cleaner: Cleaner, scanner: Scanner | None
    ) -> None:
        self.objects = objects
        self.keys = keys
        self.cleaner = cleaner
        self.scanner = scanner

    async def put(
        self, file_id: UUID, contents: Mapping[str, bytes] | Mapping[RenditionName, bytes]
    ) -> None:
        """Keep the renditions of a file. Raises `FilesBusy`."""
        await self.objects.put(
            {
                path(file_id, name): self.keys.encipher(content, f"{file_id}|{name}")
                if name in _SEALED
                else content
                for name, content in contents.items()
            }
        )

    async def get(self, file_id: UUID, name: str) -> bytes | None:
        """Return a rendition as it came, or None. Raises `FilesBusy`, `Tampered`."""
        content = await self.objects.get(path(file_id, name))
        if content is None or name not in _SEALED:
            return content
        return self.keys.decipher(content, f"{file_id}|{name}")

    async def destroy(self, ids: Iterable[UUID], names: Sequence[str] = RENDITIONS) -> None:
        """Destroy these renditions of these files, or all; repeating it does no harm."""
        await self.objects.delete([path(file_id, name) for file_id in ids for name in names])

    async def on_day(self, day: str) -> set[UUID]:
        """Return the files of a day, `YYYY-MM-DD` in UTC, of which anything lies here."""
        found: set[UUID] = set()
        async for paths in self.objects.under(day):
            for each in paths:
                with suppress(ValueError):  # not ours, so not ours to destroy
                    found.add(UUID(each.split("/")[1]))
        return found


def path(file_id: UUID, name: str) -> str:
    """Return where a rendition lies. The day is in the id, so a day can be listed by itself."""
    # An id that we never made may name a day that no calendar has; nothing lies there either.
    seconds = min((file_id.int >> 80) // 1000, _LAST_DAY)
    day = datetime.fromtimestamp(seconds, UTC).date()
    return f"{day}/{file_id}/{name}"


def part(file_id: UUID, name: str) -> str:
    """Return where a part of an upload lies: beside the renditions it may become."""
    return path(file_id, name)


def depot_of(snapshot: Snapshot) -> Depot:
    """Return this process's depot."""
    return _depot(snapshot.ask(Settings), snapshot.data_dir)


@lru_cache(maxsize=4)
def _depot(settings: Settings, data_dir: Path) -> Depot:
    given = [bytes.fromhex(line) for line in settings.key.reveal().splitlines()]
    return Depot(
        open_objects(settings, data_dir / "files"),
        Keys(*(given or [key_in(data_dir / "keys" / "files.key")])),
        Cleaner(children=settings.decoders),
        settings.scans(),
    )

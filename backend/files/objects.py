"""Where the bytes lie: a folder of this machine, or a bucket that speaks S3."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from backend.files.settings import Settings
from backend.kernel.files import FilesBusy

if TYPE_CHECKING:
    from obstore.store import S3Config

_BATCH: Final = 1_000


class Objects:
    """Bytes by path. Raises `FilesBusy` when the place where they lie does not answer."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store
        self._folder = Path(store.prefix or "/") if isinstance(store, LocalStore) else None

    async def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep them all. When this returns, a power cut does not lose them."""
        for path, content in contents.items():
            try:
                await self._store.put_async(path, content, use_multipart=False)
            except (BaseError, OSError) as error:
                raise _busy() from error
        if self._folder is not None:
            await asyncio.to_thread(_sync, [self._folder / path for path in contents])

    async def get(self, path: str) -> bytes | None:
        """Return the bytes, or None when nothing lies there."""
        try:
            found = await self._store.get_async(path)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise _busy() from error

    async def delete(self, paths: Iterable[str]) -> None:
        """Destroy them; those that are gone already are passed over."""
        for path in paths:
            try:
                await self._store.delete_async(path)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise _busy() from error

    async def under(self, prefix: str) -> AsyncIterator[list[str]]:
        """Yield the paths under a prefix, at most 1,000 at once."""
        try:
            async for found in self._store.list(prefix, chunk_size=_BATCH):
                yield [each["path"] for each in found]
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise _busy() from error


def open_objects(settings: Settings, folder: Path) -> Objects:
    """Open the bucket of the settings, or `folder`, which is made when it is not there."""
    if not settings.bucket:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Objects(LocalStore(folder.resolve(), automatic_cleanup=True))
    config: S3Config = {
        "region": settings.region,
        "access_key_id": settings.access_key.reveal(),
        "secret_access_key": settings.secret_key.reveal(),
    }
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    store = S3Store(
        settings.bucket,
        config=config,
        client_options={
            "allow_http": settings.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=2),
            "timeout": timedelta(seconds=10),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )
    return Objects(store)


def _busy() -> FilesBusy:
    return FilesBusy(headers={"Retry-After": "30"})


def _sync(files: Iterable[Path]) -> None:
    """Have the disk write the files, then the folders that name them, up to the day's."""
    folders: dict[Path, None] = {}
    for file in files:
        _flush(file)
        folders |= {file.parent: None, file.parent.parent: None, file.parent.parent.parent: None}
    for folder in folders:
        _flush(folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

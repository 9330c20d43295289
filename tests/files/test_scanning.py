"""What is kept as it came is had by nobody before a scanner has looked at it.

`TINHS_TEST_CLAMD` names a clamd to hold to the same promises; without it the daemon of
`tests/files/clamd.py` alone is tried.
"""

import os
import tempfile
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from backend.files.scanning import Clamd, ScannerAway
from backend.files.scopes import UPLOAD
from backend.files.settings import Settings
from backend.host.settings import BadSettings, read
from backend.kernel import NotFound
from backend.testing import Clock
from backend.testing.callers import Caller
from tests.files.clamd import EICAR, STREAM_BYTES_MAX, listening, saying
from tests.files.conftest import REPORT, Given, Visit
from tests.files.sending import PHOTO, People

Drain: TypeAlias = Callable[[], Awaitable[list[str]]]

REAL = os.environ.get("TINHS_TEST_CLAMD", "")
UPLOADS = "/v1/files/uploads"


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """Where the scanner of this file listens, when it does."""
    with tempfile.TemporaryDirectory(prefix="tinhs-") as folder:  # such paths have to be short
        yield Path(folder) / "clamd"


@pytest.fixture(scope="module")
def settings(settings: Given, socket: Path) -> Given:
    return {**settings, Settings: Settings(scanner=f"unix:{socket}")}


@pytest_asyncio.fixture(params=["ours", "clamd"], loop_scope="session")
async def scanner(request: pytest.FixtureRequest, socket: Path) -> AsyncGenerator[Clamd]:
    async with AsyncExitStack() as stack:
        if request.param == "ours":
            yield Clamd(await stack.enter_async_context(listening(socket)))
        elif REAL:
            yield Clamd(REAL)
        else:
            pytest.skip("NOT TRIED: TINHS_TEST_CLAMD names no clamd")


async def test_the_one_virus_that_everybody_knows_is_found(scanner: Clamd) -> None:
    assert await scanner.judge(EICAR) == "infected"
    assert await scanner.judge(PHOTO) == "clean"
    assert await scanner.judge(b"") == "clean"
    assert await scanner.judge(bytes(1 << 16) + b"a") == "clean"


async def test_bytes_that_are_too_many_for_it_are_not_called_clean(socket: Path) -> None:
    async with listening(socket) as address:
        with pytest.raises(ScannerAway):
            await Clamd(address).judge(bytes(STREAM_BYTES_MAX + 1))


NO_VERDICTS = [
    b"",
    b"stream: OK",
    b"OK\0",
    b"stream: OK FOUND not\0",
    b"stream: lstat() failed. ERROR\0",
    b"a" * 200_000,
    None,
]


@pytest.mark.parametrize("answer", NO_VERDICTS)
async def test_what_is_no_verdict_is_none(answer: bytes | None) -> None:
    async with saying(answer) as address:
        with pytest.raises(ScannerAway):
            await Clamd(address, seconds_max=0.2 if answer is None else 60).judge(PHOTO)


async def test_nobody_is_no_verdict_either(socket: Path) -> None:
    with pytest.raises(ScannerAway):
        await Clamd(f"unix:{socket}").judge(PHOTO)


@pytest.mark.parametrize("address", ["clamd", "unix:clamd", "http://clamd:3310", "a:b", ":3310"])
def test_an_address_that_is_none_stops_the_start(address: str) -> None:
    with pytest.raises(BadSettings, match="TINHS_FILES_SCANNER"):
        read({"TINHS_FILES_": Settings}, {"TINHS_FILES_SCANNER": address})


@pytest.mark.parametrize(("content", "is_kept"), [(PHOTO, True), (PHOTO + EICAR, False)])
async def test_an_original_is_had_after_it_was_looked_at_and_the_photo_at_once(
    visit: Visit,
    drain: Drain,
    clock: Clock,
    socket: Path,
    data_dir: Path,
    content: bytes,
    *,
    is_kept: bool,
) -> None:
    async with visit(None) as store:
        (file,) = await store.receive([content], purpose=REPORT, about=uuid4())
        assert [each.name for each in file.renditions] == ["clean", "public", "thumb"]
        assert await store.read(file.id, "public")
    assert "later" in await drain()  # nobody listens
    async with visit(None) as store:
        with pytest.raises(NotFound):
            await store.read(file.id, "original")

    clock.advance(minutes=2)
    async with listening(socket):
        assert set(await drain()) == {"done"}

    async with visit(None) as store:
        assert await store.read(file.id, "public")
        if is_kept:
            assert await store.read(file.id, "original") == content
        else:
            with pytest.raises(NotFound):
                await store.read(file.id, "original")
    assert not list(data_dir.rglob("unscanned"))


async def test_an_original_whose_thing_has_gone_is_destroyed_unseen(
    visit: Visit, drain: Drain, socket: Path, data_dir: Path
) -> None:
    async with visit(None) as store:
        (file,) = await store.receive([PHOTO], purpose=REPORT, about=uuid4())
        await store.drop([file.id])
    assert list(data_dir.rglob("unscanned"))

    async with listening(socket):
        await drain()

    assert not list(data_dir.rglob(str(file.id)))


async def uploaded(citizen: Caller, content: bytes) -> str:
    said = {"Tus-Resumable": "1.0.0"}
    about = f"purpose {b64encode(REPORT.name.encode()).decode()}"
    begun = await citizen.post(
        UPLOADS,
        headers={**said, "Upload-Length": str(len(content)), "Upload-Metadata": about},
    )
    assert begun.status_code == 201, begun.text
    url = begun.headers["location"]
    went = await citizen.patch(
        url,
        content=content,
        headers={**said, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )
    assert went.status_code == 204, went.text
    return url


@pytest.mark.parametrize(
    ("content", "outcome"), [(PHOTO, ("ready", None)), (EICAR, ("rejected", "files/infected"))]
)
async def test_an_upload_stays_in_quarantine_until_somebody_has_looked(
    as_citizen: People,
    drain: Drain,
    clock: Clock,
    socket: Path,
    content: bytes,
    outcome: tuple[str, str | None],
) -> None:
    citizen = as_citizen(UPLOAD)
    url = await uploaded(citizen, content)

    async def stands() -> Any:
        return (await citizen.get(url)).json()

    assert "later" in await drain()
    assert (await stands())["state"] == "quarantined"
    clock.advance(minutes=2)
    async with listening(socket):
        await drain()

    stood = await stands()
    assert (stood["state"], stood.get("reason")) == outcome
    assert UUID(stood["id"])

"""The same promises, with the bytes in a bucket of an S3-compatible service.

`TINHS_TEST_S3` names one that takes anybody, such as `moto_server`.
"""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from backend.files.objects import open_objects
from backend.files.settings import Settings
from backend.kernel import Secret
from backend.kernel.files import FilesBusy
from contracts.conformance.files import FileStoreConformance
from tests.files.conftest import SERVICE, Given

NOWHERE = Path("/dev/null/nowhere")
in_a_bucket = pytest.mark.skipif(not SERVICE, reason="TINHS_TEST_S3 names no service")


def bucket(name: str, endpoint: str) -> Settings:
    keys = {"access_key": Secret("anybody"), "secret_key": Secret("anything")}
    return Settings(bucket=name, endpoint=endpoint, **keys)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def settings(settings: Given) -> AsyncGenerator[Given]:
    name = f"tinhs-{uuid4().hex[:8]}"
    async with httpx.AsyncClient(timeout=60) as http:
        made = await http.put(f"{SERVICE}/{name}")
        assert made.is_success
    yield {**settings, Settings: bucket(name, SERVICE)}


@in_a_bucket
class TestFilesInABucket(FileStoreConformance):
    """In a bucket."""


@in_a_bucket
async def test_a_day_in_a_bucket_is_listed_and_emptied() -> None:
    name = f"tinhs-{uuid4().hex[:8]}"
    async with httpx.AsyncClient(timeout=60) as http:
        await http.put(f"{SERVICE}/{name}")
    objects = open_objects(bucket(name, SERVICE), NOWHERE)
    await objects.put({f"2026-08-12/a/{name}": b"1" for name in ("clean", "thumb")})
    await objects.put({"2026-08-13/b/clean": b"3"})

    listed = [path async for paths in objects.under("2026-08-12") for path in paths]
    await objects.delete([*listed, "2026-08-12/gone"])

    assert sorted(listed) == ["2026-08-12/a/clean", "2026-08-12/a/thumb"]
    assert await objects.get("2026-08-12/a/clean") is None
    assert await objects.get("2026-08-13/b/clean") == b"3"


async def test_a_service_that_is_away_asks_the_caller_to_come_again() -> None:
    objects = open_objects(bucket("tinhs", "http://127.0.0.1:9"), NOWHERE)

    for call in (objects.put({"a/b/c": b"1"}), objects.get("a/b/c"), objects.delete(["a/b/c"])):
        with pytest.raises(FilesBusy) as refused:
            await call
        assert refused.value.headers["Retry-After"] == "30"

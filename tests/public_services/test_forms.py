"""Blank forms that records name are fetched from listed hosts, and told by their content."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import pytest
import pytest_asyncio

from backend.testing import Client, Clock
from backend.testing.sites import Asked, Told, standing
from contracts.conformance.public_services import FormSourceConformance
from contracts.public_services import FORM_BYTES_MAX, AddressRefused, FormSource, SystemAway
from modules.public_services.service import fetching
from modules.public_services.service.form_sources import (
    DEMO_HOST,
    HttpForms,
    InventedForms,
    source_of,
)
from tests.public_services.conftest import BIRTH, options, package, raw

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n"
PAGES = {
    "/a.pdf": (200, PDF),
    "/moved.pdf": (302, b""),
    "/broken.pdf": (500, b""),
    "/page.pdf": (200, b"<html>sign in first</html>"),
    "/large.pdf": (200, PDF + b"x" * FORM_BYTES_MAX),
}


def answered(asked: Asked) -> Told:
    """Answer as somebody who publishes forms."""
    status, body = PAGES.get(asked.path, (404, b""))
    return Told(status=status, headers={"Location": "/a.pdf"}, body=body)


class TestInventedForms(FormSourceConformance):
    @pytest.fixture
    def forms(self) -> FormSource:
        return InventedForms()

    @pytest.fixture
    def published(self) -> str:
        return f"https://{DEMO_HOST}/to-khai.pdf"


class TestTheHttpAdapter(FormSourceConformance):
    @pytest_asyncio.fixture(loop_scope="session")
    async def host(self) -> AsyncGenerator[str]:
        async with standing(answered) as site:
            yield site.url.removeprefix("http://")

    @pytest.fixture
    def forms(self, host: str) -> FormSource:
        return HttpForms([host], at_home=True)

    @pytest.fixture
    def published(self, host: str) -> str:
        return f"http://{host}/a.pdf"

    @pytest.mark.parametrize("path", ["/moved.pdf", "/broken.pdf", "/large.pdf"])
    async def test_nobody_is_followed_and_nothing_grows(self, host: str, path: str) -> None:
        with pytest.raises(SystemAway):
            await HttpForms([host], at_home=True).fetch(f"http://{host}{path}")

    async def test_a_listed_name_leads_to_nobody_inside(self, host: str) -> None:
        listed = HttpForms(["localhost", "127.0.0.1", host], at_home=False)

        for address in (
            "https://localhost/a.pdf",
            "https://127.0.0.1/a.pdf",
            f"http://{host}/a.pdf",
        ):
            with pytest.raises(AddressRefused):
                await listed.fetch(address)


def test_nothing_invented_is_published_where_people_read_it() -> None:
    assert source_of((), is_production=True) is None
    assert isinstance(source_of((), is_production=False), InventedForms)
    assert isinstance(source_of(("dichvucong.gov.vn",), is_production=True), HttpForms)


async def test_forms_that_records_name_are_kept_and_those_that_are_none_are_not(
    client: Client, as_job: Callable[..., Any], publish: Callable[..., Any], clock: Clock
) -> None:
    async with standing(answered) as site:
        host = site.url.removeprefix("http://")
        paths = ("/a.pdf", "/page.pdf", "/gone.pdf", "/broken.pdf")
        named = [
            {
                "TENGIAYTO": f"Tờ khai {path}",
                "TENMAUDON": f"Mẫu {path}",
                "URL": f"http://{host}{path}",
            }
            for path in paths
        ]
        inside = {"TENGIAYTO": "Khác", "TENMAUDON": "Khác", "URL": "http://127.0.0.1:1/a.pdf"}
        papers = [{"TRUONGHOP": "", "GIAYTO": [*named, inside]}]
        await publish(package(raw(THANHPHANHOSO=papers)), options())

        first = await _round(as_job, host)
        again = await _round(as_job, host)
        clock.advance(days=2)
        later = await _round(as_job, host)
        clock.advance(days=-2)
    (form,) = (await client.get(f"/v1/public-services/forms?procedure={BIRTH}")).json()["forms"]
    fetched = await client.get(form["files"][0]["path"])

    assert first == {
        "/a.pdf": "kept",
        "/page.pdf": "not-a-form",
        "/gone.pdf": "missing",
        "/broken.pdf": "away",
    }
    assert again == {}
    assert later == {"/broken.pdf": "away"}
    assert (form["name"], fetched.content) == ("Mẫu /a.pdf", PDF)


async def _round(as_job: Callable[..., Any], host: str) -> dict[str, str]:
    """Let a worker go once round; return what came of each path."""
    errand = cast("Any", fetching.FETCH_FORMS.run)
    source = HttpForms([host], at_home=True)
    async with as_job() as tx:
        asked = await fetching.asked_of(tx, source, (host,))
    fetched = await errand.call(asked)
    async with as_job() as tx:
        await errand.settle(tx, asked, fetched)
    return {each.wanted.url.partition(host)[2]: each.outcome for each in fetched}

"""The page about kinds is true: its files make a module, and its certificate is VALID."""

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.testing import Caller, Client
from modules.documents.scopes import READ, SIGN
from tests.docs.test_guide import write_files
from tests.documents.conftest import DOCUMENTS, Phone, bundle_of, data_dir, shop, tick, verdict

__all__ = ["bundle_of", "data_dir", "shop", "tick", "verdict"]

OWN = "/account/documents/papers"
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "a-kind-of-document.md"


@pytest.fixture(scope="module")
def volunteering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    """The module of the page, imported from the files that the page shows."""
    folder = tmp_path_factory.mktemp("volunteering")
    write_files(GUIDE, folder)
    sys.path.insert(0, str(folder))
    yield import_module("volunteering").module
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def modules(volunteering: Module) -> Sequence[Module]:
    return [*discover(), volunteering]


def hours(volunteer: Caller, **changed: Any) -> dict[str, Any]:
    certificate = {
        "volunteer": "Hà Văn Đạt",
        "coordinator": "Lê Thị Hòa",
        "work": "Trồng rừng ngập mặn",
        "start": "2026-07-01",
        "end": "2026-07-10",
        "hours": 60,
        **changed,
    }
    return {"volunteer_id": str(volunteer.person_id), "certificate": certificate}


ENGLISH = {"Accept-Language": "en"}


async def test_a_certificate_of_the_page_is_signed_and_valid(
    as_citizen: Callable[..., Caller],
    volunteering: Module,
    client: Client,
    tick: Callable[..., Awaitable[None]],
    bundle_of: Callable[..., Awaitable[str]],
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
) -> None:
    (certify,) = volunteering.scopes
    coordinator, volunteer = Phone(as_citizen(certify, SIGN, READ)), Phone(as_citizen(READ))
    where = "/v1/volunteering/certificates"
    await coordinator.enrol()

    boasted = await coordinator.caller.post(where, json=hours(volunteer.caller, hours=121))
    asked = await coordinator.caller.post(where, json=hours(volunteer.caller))
    document = asked.json()["document_id"]
    waiting = await coordinator.caller.get("/account/documents/signing", headers=ENGLISH)
    await coordinator.sign(document)
    await tick()
    bundle = await bundle_of(volunteer, document)
    said = await verdict(bundle)
    shown = [
        await client.post("/verify", data={"bundle": bundle}, headers=headers)
        for headers in ({}, ENGLISH)
    ]
    listed = [
        await volunteer.caller.get(page, headers=ENGLISH) for page in (OWN, f"{OWN}/{document}")
    ]
    printed = await volunteer.caller.get(f"{DOCUMENTS}/{document}/original.pdf")

    (defect,) = boasted.json()["defects"]
    assert (defect["pointer"], defect["code"], defect["suggestion"]) == (
        "/hours",
        "too-many",
        "120",
    )
    assert defect["detail"] == "Số giờ nhiều hơn 120 giờ, mức cao nhất cho chừng ấy ngày."
    assert "Certificate of volunteering" in waiting.text
    assert "as coordinator of volunteers" in waiting.text
    assert (said["verdict"], said["document"]["kind"]) == ("VALID", "volunteering.certificate")
    vietnamese, english = (page.text.partition("<pre>")[0] for page in shown)
    assert "<dd>Giấy chứng nhận tình nguyện</dd>" in vietnamese
    assert "Lê Thị Hòa</strong> (người điều phối)" in vietnamese
    assert "<dd>Certificate of volunteering</dd>" in english
    assert "Lê Thị Hòa</strong> (coordinator of volunteers)" in english
    assert "tình nguyện" not in english.lower()
    for page in listed:
        assert "Certificate of volunteering" in page.text
        assert "tình nguyện" not in page.text.lower()
    assert printed.content.startswith(b"%PDF-")

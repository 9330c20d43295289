"""The main job of the house, with every module as it is installed and nobody standing in.

A citizen reports a broken road with a photo from a phone; an officer takes it in hand; everybody
sees it, without the reporter, without the exact place, without what the camera wrote.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from PIL import Image

from backend.files.samples import CAMERA_SERIAL, Samples
from backend.kernel import Transaction
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, PROVINCE, SAM_SON, agency_of
from contracts.territory import AgencyRegister

OWN = pytest.importorskip("modules.feedback.scopes").OWN

GPS, EXIF = 0x8825, 0x8769
TEXT = "Ổ gà rất to trước số nhà 12 Lê Lợi, gọi 0912 345 678 để tôi chỉ chỗ."
DONE = "Đã vá ổ gà bằng bê tông nhựa, lu lèn xong."
EXACT = {"lat": 19.806712, "lon": 105.785234}


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A JPEG with place, moment and serial number, as a phone makes it."""
    taken = datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=7)))
    jpeg = Samples(None).draw("pothole", taken_at=taken, lat=EXACT["lat"], lon=EXACT["lon"])
    assert Image.open(BytesIO(jpeg)).getexif().get_ifd(GPS)
    return jpeg


def form(photo: bytes, said: dict[str, Any]) -> list[Any]:
    return [
        ("data", (None, msgspec.json.encode(said), "application/json")),
        ("photos", ("IMG_0001.jpg", photo, "image/jpeg")),
    ]


async def change(caller: Caller, path: str, version: int, **more: Any) -> Any:
    headers = {"If-Match": f'"{version}"'}
    answer = await caller.post(f"/v1/feedback/{path}", key=None, headers=headers, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_demo_committees_are_those_of_the_register(tx: Transaction) -> None:
    agencies = tx.ask(AgencyRegister)

    for unit in (PROVINCE, HAC_THANH, SAM_SON):
        agency = await agencies.in_force(agency_of(unit), tx.today)
        assert agency is not None
        assert agency.unit_code == unit


async def test_from_a_phone_to_everybody(
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    client: Client,
    photo: bytes,
) -> None:
    citizen = as_citizen(OWN)
    committee = agency_of(HAC_THANH)
    moderators = [as_staff("moderator", areas=[HAC_THANH]) for _ in range(2)]
    officer = as_staff("officer", areas=[HAC_THANH], agency_id=committee)
    said = {"category": "roads", "text": TEXT, "location": EXACT, "commune_code": HAC_THANH}

    filed = await citizen.post("/v1/feedback/reports", files=form(photo, said))
    assert filed.status_code == 201, filed.text
    report = filed.json()

    claimed = await claim_at_once(moderators, report, filed.headers["etag"])
    masks = masks_of(claimed)
    assert claimed["publication"] == "private"  # nobody has looked at the photo yet
    published = await publish(moderators[0], claimed, masks)
    listed = await client.get(f"/v1/feedback/public/reports?commune={HAC_THANH}")
    (shown,) = [item for item in listed.json()["items"] if item["code"] == report["code"]]
    assert shown["location"] == {"lat": 19.8067, "lon": 105.7852}
    assert "0912" not in listed.text
    await expect_clean(client, shown["photos"][0])

    moderator, path = moderators[0], f"reports/{report['id']}"
    assigned = await change(moderator, f"desk/{path}/assignments", published["version"], json={})
    assert assigned["agency"]["id"] == str(committee)
    accepted = await change(officer, f"work/{path}/acceptance", assigned["version"])
    after = Samples(None).draw("lamp", taken_at=datetime.now(UTC), **EXACT)
    done = form(after, {"text": DONE})
    finished = await change(officer, f"work/{path}/result", accepted["version"], files=done)
    approved = await change(moderator, f"desk/{path}/approval", finished["version"])
    await look_at(moderator, approved, {**masks, "photos": masks_of(approved)["photos"]})

    public = (await client.get(f"/v1/feedback/public/reports/{report['code']}")).json()
    own = (await citizen.get(f"/v1/feedback/{path}")).json()
    assert public["state"] == own["state"] == "resolved"
    assert public["result"] == own["result"] == DONE
    assert own["text"] == TEXT
    assert len(public["photos"]) == 2


async def claim_at_once(moderators: list[Caller], report: Any, seen: str) -> Any:
    """Two officers at once: one wins, the other is told where the report stands now."""
    desk = "/v1/feedback/desk/reports"
    for moderator in moderators:
        assert report["code"] in (await moderator.get(desk)).text
    claims = await asyncio.gather(
        *(
            moderator.post(f"{desk}/{report['id']}/claim", key=None, headers={"If-Match": seen})
            for moderator in moderators
        )
    )
    won, lost = sorted(claims, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["type"].endswith("/problems/feedback/not-from-here")
    return won.json()


def masks_of(report: Any) -> dict[str, Any]:
    """Hide what the machine has found in the text, and nothing of the photos."""
    found = report.get("personal_data", ())
    return {
        "spans": [{"start": span["start"], "end": span["end"]} for span in found],
        "photos": [{"file_id": photo["file_id"]} for photo in report["photos"]],
    }


async def look_at(moderator: Caller, report: Any, masks: dict[str, Any]) -> Any:
    path = f"/v1/feedback/desk/reports/{report['id']}/masks"
    headers = {"If-Match": f'"{report["version"]}"'}
    looked = await moderator.put(path, json=masks, headers=headers)
    assert looked.status_code == 200, looked.text
    return looked.json()


async def publish(moderator: Caller, report: Any, masks: dict[str, Any]) -> Any:
    looked = await look_at(moderator, report, masks)
    path = f"desk/reports/{report['id']}"
    preview = (await moderator.get(f"/v1/feedback/{path}/preview")).json()
    seen = {"source_digest": preview["source_digest"]}
    published = await change(moderator, f"{path}/publication", looked["version"], json=seen)
    assert published["publication"] == "public"
    return published


async def expect_clean(client: Client, address: str) -> None:
    """Follow a public photo as a browser does, and find nothing in it but a picture."""
    parts = urlsplit(address)
    answer = await client.get(parts.path, follow_redirects=True)
    assert answer.status_code == 200
    assert CAMERA_SERIAL.encode() not in answer.content
    picture = Image.open(BytesIO(answer.content))
    assert picture.format == "JPEG"
    assert not picture.getexif()
    assert not picture.getexif().get_ifd(GPS)
    assert not picture.getexif().get_ifd(EXIF)

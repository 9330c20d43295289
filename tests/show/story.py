"""`make demo`: one story through the front door, each step asserted as it is told.

A citizen's photo of a pothole becomes a settled report that everybody reads without a name or a
number; a signed document is shared, verified, altered by one byte and caught.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from backend.files.samples import CAMERA_SERIAL, Samples
from backend.host.call import Call, DemoCaller
from contracts.demo import HAC_THANH
from tests.show.lodging import lodged

TEXT = "Ổ gà rất to trước số nhà 12 Lê Lợi, gọi 0912 345 678 để tôi chỉ chỗ."
AGAIN = "Trước nhà số 12 Lê Lợi có ổ gà to, xe tôi vừa sụt bánh."
DONE = "Đã vá ổ gà bằng bê tông nhựa, lu lèn xong, dọn sạch mặt đường."
EXACT = {"lat": 19.806712, "lon": 105.785234}
REPORTS = "/v1/feedback/reports"
DESK = "/v1/feedback/desk/reports"
WORK = "/v1/feedback/work/reports"
DOCUMENTS = "/v1/documents"


class Stage:
    """Who speaks in the story, and what has been seen so far."""

    def __init__(self, client: httpx.AsyncClient, data_dir: Path) -> None:
        self.client, self.data_dir = client, data_dir
        self._people: dict[str, DemoCaller] = {}
        self.count = 0

    async def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        """Make a call as a demo person; return what was answered, which must be good."""
        answer = await self.tried(who, method, path, **more)
        assert not answer.is_error, f"{who} {method} {path}: {answer.status_code} {answer.text}"
        kind = answer.headers.get("content-type", "")
        return answer.json() if kind.endswith("json") else answer.content

    async def tried(
        self, who: str, method: str, path: str, *, version: int | None = None, **more: Any
    ) -> httpx.Response:
        person = self._people.setdefault(who, DemoCaller(self.client, who, self.data_dir))
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await person.send(Call(method=method, path=path, headers=headers, **more))

    def seen(self, sentence: str, *, holds: bool) -> None:
        """Tell what has just been seen; the story ends where it is not so."""
        self.count += 1
        sys.stdout.write(f"  {'✔' if holds else '✘'} {sentence}\n")
        sys.stdout.flush()
        if not holds:
            raise SystemExit(f"The story broke off: {sentence}")

    def photo(self, subject: Any) -> Path:
        """Return a photo as a phone makes it, with place, moment and serial number in it."""
        file = self.data_dir / f"{subject}.jpg"
        file.write_bytes(Samples(None).draw(subject, taken_at=datetime.now(UTC), **EXACT))
        return file


async def report(stage: Stage) -> None:
    """Tell of the pothole."""
    sys.stdout.write("\nA pothole\n")
    said = {"category": "roads", "text": TEXT, "location": EXACT, "commune_code": HAC_THANH}
    photos = (("photos", stage.photo("pothole")),)
    filed = await stage.ask("citizen", "POST", REPORTS, json=said, files=photos)
    path = f"{DESK}/{filed['id']}"
    promised = filed["deadline"]["due_at"]
    stage.seen(
        f"a citizen reports it with a photo: {filed['code']}, answer promised by {promised}",
        holds=filed["state"] == "received",
    )
    claimed = await stage.ask("moderator", "POST", f"{path}/claim", version=filed["version"])
    stage.seen(
        "a moderator takes it in hand; nobody else reads it before the photo was looked at",
        holds=claimed["publication"] == "private" and await hidden(stage, filed["code"]),
    )
    await publish(stage, path, claimed)
    public = (await stage.client.get(f"/v1/feedback/public/reports/{filed['code']}")).json()
    stage.seen(
        "published: the telephone number is masked, the place is rounded to the road",
        holds="0912" not in str(public) and public["location"] == {"lat": 19.8067, "lon": 105.7852},
    )
    stage.seen(
        "the public photo carries neither place nor serial number of the camera",
        holds=CAMERA_SERIAL.encode() not in await fetched(stage, public["photos"][0]),
    )
    await duplicate(stage, filed)
    approved = await settle(stage, path, filed["id"])
    own = await stage.ask("citizen", "GET", f"{REPORTS}/{filed['id']}")
    stage.seen(
        "approved by somebody else than its author; the citizen reads the same result",
        holds=own["state"] == approved["state"] == "resolved" and own["result"] == DONE,
    )
    rated = await stage.ask(
        "citizen",
        "PUT",
        f"{REPORTS}/{filed['id']}/rating",
        json={"value": 3},
        version=own["version"],
    )
    stage.seen("the citizen rates it: well done", holds=len(rated["ratings"]) == 1)


async def hidden(stage: Stage, code: str) -> bool:
    return (await stage.client.get(f"/v1/feedback/public/reports/{code}")).status_code == 404


async def publish(stage: Stage, path: str, claimed: Any) -> None:
    """Mask what the machine found, look at the photo, and publish what the preview shows."""
    masks = {
        "spans": [{"start": s["start"], "end": s["end"]} for s in claimed["personal_data"]],
        "photos": [{"file_id": photo["file_id"]} for photo in claimed["photos"]],
    }
    looked = await stage.ask(
        "moderator", "PUT", f"{path}/masks", json=masks, version=claimed["version"]
    )
    preview = await stage.ask("moderator", "GET", f"{path}/preview")
    seen = {"source_digest": preview["source_digest"]}
    await stage.ask(
        "moderator", "POST", f"{path}/publication", json=seen, version=looked["version"]
    )


async def duplicate(stage: Stage, first: Any) -> None:
    """A neighbour reports the same; the desk is told, and lets both be one."""
    said = {"category": "roads", "text": AGAIN, "location": EXACT, "commune_code": HAC_THANH}
    second = await stage.ask("citizen-parent", "POST", REPORTS, json=said)
    path = f"{DESK}/{second['id']}"
    similar = await stage.ask("moderator", "GET", f"{path}/similar")
    stage.seen(
        "a neighbour reports the same; the desk is shown the first one beside it",
        holds=first["id"] in str(similar),
    )
    merge = {"canonical_id": first["id"], "text": "Cùng một ổ gà, cùng địa điểm, báo sau."}
    merged = await stage.ask(
        "moderator", "POST", f"{path}/merge", json=merge, version=second["version"]
    )
    stage.seen("both are one, and the neighbour follows it", holds=merged["state"] == "duplicate")


async def settle(stage: Stage, path: str, report_id: str) -> Any:
    """Give it to the agency, which mends the road and shows it."""
    version = (await stage.ask("moderator", "GET", path))["version"]
    assigned = await stage.ask("moderator", "POST", f"{path}/assignments", json={}, version=version)
    stage.seen(f"given to {assigned['agency']['name']}", holds=assigned["state"] == "with_agency")
    accepted = await stage.ask(
        "officer", "POST", f"{WORK}/{report_id}/acceptance", version=assigned["version"]
    )
    foreign = await stage.tried("officer-sam-son", "GET", f"{WORK}/{report_id}")
    stage.seen("an officer of another agency finds nothing there", holds=foreign.status_code == 404)
    finished = await stage.ask(
        "officer",
        "POST",
        f"{WORK}/{report_id}/result",
        json={"text": DONE},
        files=(("photos", stage.photo("lamp")),),
        version=accepted["version"],
    )
    stale = await stage.tried("moderator", "POST", f"{path}/approval", version=version)
    stage.seen(
        "the result has a photo; whoever looked at an older version overwrites nothing",
        holds=finished["assignment"] is not None and stale.status_code == 412,
    )
    return await stage.ask("moderator", "POST", f"{path}/approval", version=finished["version"])


async def fetched(stage: Stage, address: str) -> bytes:
    answer = await stage.client.get(urlsplit(address).path, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.content


async def document(stage: Stage) -> None:
    """Tell of the signed documents."""
    sys.stdout.write("\nA document\n")
    pdf = (stage.data_dir / "samples" / "transcript-year.pdf").read_bytes()
    genuine = await verdict(stage, pdf)
    signers = [each["signer"] for each in genuine["signatures"]]
    stage.seen(
        f"a school record, signed by {', '.join(signers)}: {genuine['verdict']}",
        holds=genuine["verdict"] == "VALID" and len(signers) == 3,
    )
    middle = len(pdf) // 2
    altered = await verdict(stage, pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :])
    stage.seen(
        f"one bit of it changed: {altered['verdict']}, {altered['subindication']}",
        holds=altered["verdict"] == "INVALID",
    )
    page = await stage.client.post(
        "/verify", files={"file": ("hoc-ba.pdf", pdf, "application/pdf")}, data={"bundle": ""}
    )
    stage.seen("the page says so in one Vietnamese sentence", holds="CÒN HIỆU LỰC" in page.text)
    mine = await stage.ask("citizen-verified", "GET", DOCUMENTS)
    contract = next(each for each in mine["items"] if "contract" in each["kind"])
    order = {
        "fields": ["job"],
        "purpose": "Vay mua nhà",
        "recipient": "Ngân hàng mẫu",
        "hours": 24,
    }
    shared = await stage.ask(
        "citizen-verified", "POST", f"{DOCUMENTS}/{contract['document_id']}/shares", json=order
    )
    opened = await stage.client.post(f"{DOCUMENTS}/shares/open", json={"token": shared["token"]})
    told = opened.json()["extract"]["fields"]
    stage.seen(
        f"an employee shares one fact of a contract with a bank, and no other: {told}",
        holds=list(told) == ["job"],
    )
    await stage.ask("citizen-verified", "POST", f"{DOCUMENTS}/shares/{shared['id']}/withdrawal")
    after = await stage.client.post(f"{DOCUMENTS}/shares/open", json={"token": shared["token"]})
    stage.seen("withdrawn, the address opens nothing any more", holds=after.status_code == 404)


async def verdict(stage: Stage, pdf: bytes) -> Any:
    answer = await stage.client.post(
        f"{DOCUMENTS}/verifications/files",
        content=pdf,
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told(url: str, data_dir: Path) -> int:
    """Tell the whole story to a house; return how many steps were seen."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        stage = Stage(client, data_dir)
        await report(stage)
        await document(stage)
    return stage.count


if __name__ == "__main__":
    sys.stdout.write("Starting a house of its own: half a minute.\n")
    sys.stdout.flush()
    with lodged() as (address, folder):
        began = time.monotonic()
        steps = asyncio.run(told(address, folder))
        sys.stdout.write(f"\n{steps} steps, all seen, in {time.monotonic() - began:.1f} s.\n")

"""How each call is made at the front door, and how a report comes to stand in each state."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec

from backend.identity.secret_keys import LentKeys
from backend.kernel import VIETNAM
from backend.kernel.database import Connection
from backend.kms.settings import Settings as KmsSettings
from backend.testing import Caller
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.model.machines import (
    MACHINES,
    AssignmentState,
    Call,
    PublicationState,
    RatingState,
    ReportState,
    Standing,
    Who,
)

WHY = "Một lý do đủ dài để được nhận."
DONE = {"text": "Đã nhắc nhở và lập biên bản vi phạm."}


def vietnam(text: str) -> datetime:
    """Return a moment on our citizens' clock."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """How a call is made at the front door.

    `{assignment}`, `{helper}` and `{extension}` are those of the report, or none that there is.
    """

    path: str
    method: str = "POST"
    body: Any = None
    reason: str | None = None


REQUESTS: Mapping[Call, Request] = {
    Call.CLAIM: Request(path="claim"),
    Call.RELEASE: Request(method="DELETE", path="claim"),
    Call.QUESTION: Request(path="questions", body={"text": WHY}),
    Call.ANSWER: Request(path="answers", body={"text": "Số 12."}),
    Call.ASSIGNMENT: Request(path="assignments", body={}),
    Call.RECALL: Request(method="DELETE", path="assignments/{assignment}", reason=WHY),
    Call.ACCEPTANCE: Request(path="acceptance"),
    Call.HANDLER: Request(path="handler", body={}),
    Call.RETURN: Request(path="return", body={"reason": "other", "text": WHY}),
    Call.INQUIRY: Request(path="questions", body={"text": WHY}),
    Call.PLAN: Request(path="plan", body={"planned_for": "2099-01-01"}),
    Call.TRANSFER: Request(path="transfer", body={"to": "Công ty điện", "until": "2099-01-01"}),
    Call.EXTENSION: Request(path="extensions", body={"days": 2, "text": WHY}),
    Call.RESULT: Request(path="result", body=DONE),
    Call.APPROVAL: Request(path="approval"),
    Call.REFUSAL: Request(path="refusal", body={"text": WHY}),
    Call.DECLINATION: Request(path="declination", body={"reason": "no-issue", "text": WHY}),
    Call.WITHDRAWAL: Request(path="withdrawal"),
    Call.HIDING: Request(path="hiding", body={"reason": "other", "text": WHY}),
    Call.CLASS: Request(
        method="PUT", path="class", body={"deadline_class": "priority", "text": WHY}
    ),
    Call.CONCERN: Request(method="PUT", path="concern", body={"agency_id": None, "text": WHY}),
    Call.RATING: Request(method="PUT", path="rating", body={"value": 2}),
    Call.REOPENING: Request(path="reopening", body={"text": WHY}),
    Call.REOPENING_GRANTED: Request(
        path="reopening-decision",
        body={"decision": "granted", "text": WHY, "agency_id": str(agency_of(HAC_THANH))},
    ),
    Call.REOPENING_REFUSED: Request(
        path="reopening-decision", body={"decision": "refused", "text": WHY}
    ),
    Call.WAIVER: Request(method="DELETE", path="assignments/{helper}", reason=WHY),
    Call.CONTRIBUTION: Request(path="contribution", body={"text": WHY}),
    Call.EXTENSION_DECISION: Request(
        path="extensions/{extension}/decision", body={"decision": "granted", "text": WHY}
    ),
    # Who handles, what is merged into, and what was previewed, the stage finds out.
    Call.MERGE: Request(path="merge", body={"text": WHY}),
    Call.UNMERGE: Request(method="DELETE", path="merge", reason=WHY),
    Call.PUBLICATION: Request(path="publication", body={}),
    Call.MASKING: Request(method="PUT", path="masks", body={}),
    Call.SEALING: Request(path="sealing", body={"text": WHY}),
    Call.CATEGORY: Request(method="PUT", path="category", body={"category": "trees", "text": WHY}),
    Call.PLACE: Request(
        method="PUT",
        path="point",
        body={"location": {"lat": 19.8070, "lon": 105.7850}, "text": WHY},
    ),
}
PARTS = {
    Who.REPORTER: "reports",
    Who.MODERATOR: "desk/reports",
    Who.AGENCY: "work/reports",
    Who.COORDINATOR: "work/reports",
}
CALLERS = {move.call: move.who for machine in MACHINES for move in machine.moves}

SCENES: Mapping[ReportState, tuple[Call, ...]] = {
    ReportState.RECEIVED: (),
    ReportState.IN_REVIEW: (Call.CLAIM,),
    ReportState.NEEDS_INFO: (Call.CLAIM, Call.QUESTION),
    ReportState.WITH_AGENCY: (Call.CLAIM, Call.ASSIGNMENT, Call.ACCEPTANCE),
    ReportState.AWAITING_APPROVAL: (Call.ASSIGNMENT, Call.ACCEPTANCE, Call.RESULT),
    ReportState.RESOLVED: (Call.ASSIGNMENT, Call.ACCEPTANCE, Call.RESULT, Call.APPROVAL),
    ReportState.DECLINED: (Call.CLAIM, Call.DECLINATION),
    ReportState.REOPEN_REQUESTED: (
        Call.ASSIGNMENT,
        Call.ACCEPTANCE,
        Call.RESULT,
        Call.APPROVAL,
        Call.REOPENING,
    ),
    ReportState.WITHDRAWN: (Call.WITHDRAWAL,),
    ReportState.CLOSED: (
        Call.CLAIM,
        Call.DECLINATION,
        Call.REOPENING,
        Call.REOPENING_REFUSED,
    ),
    ReportState.DUPLICATE: (Call.CLAIM, Call.MERGE),
}
"""How a report comes to stand in each state."""


class Stage:
    """A report, and the people who may do something about it."""

    def __init__(
        self,
        people: Mapping[Who, Caller],
        other: Caller,
        report: Any,
        *,
        sealer: Caller | None = None,
        again: Callable[[], Awaitable[Any]] | None = None,
        helpers: tuple[str, ...] = (),
    ) -> None:
        self.people, self.other, self.report = people, other, report
        self._sealer, self._again, self._helpers = sealer, again, helpers

    async def desk(self) -> Any:
        """Return what the desk reads: of a sealed report, its identity desk."""
        path = f"/v1/feedback/desk/reports/{self.report['id']}"
        seen = await self.people[Who.MODERATOR].get(path)
        if seen.status_code == 404 and self._sealer is not None:
            seen = await self._sealer.get(path)
        return seen.json()

    async def standing(self) -> tuple[Standing, Any]:
        desk = await self.desk()
        own = await self.people[Who.REPORTER].get(f"/v1/feedback/reports/{self.report['id']}")
        ratings = {each["cycle"]: each["state"] for each in own.json()["ratings"]}
        rating = ratings.get(desk["cycle"])
        standing = Standing(
            report=ReportState(desk["state"]),
            assignment=None if desk["assignment"] is None else AssignmentState(desk["assignment"]),
            publication=PublicationState(desk["publication"]),
            rating=None if rating is None else RatingState(rating),
        )
        return standing, desk

    async def make(
        self, call: Call, who: Caller | None = None, *, seen: Any = None, **changes: Any
    ) -> Any:
        """Make a call on what the desk reads now, or has `seen` before, with a body's `changes`."""
        request, desk = REQUESTS[call], seen or await self.desk()
        path = f"/v1/feedback/{PARTS[CALLERS[call]]}/{self.report['id']}/{request.path}"
        more: dict[str, Any] = {}
        if request.body is not None:
            more["json"] = {**request.body, **(changes or await self._found(call))}
        if request.reason is not None:
            more["params"] = {"reason": request.reason}
        return await (who or self.people[CALLERS[call]]).send(
            request.method,
            path.format(**self._named(desk)),
            headers={"If-Match": f'"{desk["version"]}"'},
            **more,
        )

    def _named(self, desk: Any) -> dict[str, str]:
        none = self.report["id"]
        waiting = [each["id"] for each in desk["coordinators"] if each["state"] == "offered"]
        return {
            "assignment": desk["assignment_id"] or none,
            "helper": next(iter(waiting), none),
            "extension": none if desk["extension"] is None else desk["extension"]["id"],
        }

    async def _found(self, call: Call) -> dict[str, Any]:
        """Return the part of a body that is not the same for every report."""
        if call is Call.ASSIGNMENT and self._helpers:
            return {"coordinators": list(self._helpers)}
        if call is Call.HANDLER:
            agency = self.people[Who.AGENCY]
            await agency.get("/v1/feedback/work/reports")  # who has never signed in is nobody yet
            return {"staff_id": str(agency.staff_id)}
        if call is Call.MERGE and self._again is not None:
            return {"canonical_id": (await self._again())["id"]}
        if call is Call.PUBLICATION:
            path = f"/v1/feedback/desk/reports/{self.report['id']}/preview"
            seen = await (self._sealer or self.people[Who.MODERATOR]).get(path)
            return {"source_digest": seen.json().get("source_digest", "0" * 64)}
        return {}

    async def play(self, calls: tuple[Call, ...]) -> "Stage":
        for call in calls:
            # A colleague ends it, so that whoever decides on a reopening is somebody else.
            ends = call in (Call.APPROVAL, Call.DECLINATION)
            answer = await self.make(call, self.other if ends else None)
            assert answer.status_code < 300, (call, answer.text)
        return self


async def reveal(moderator: Caller, report_id: str) -> Any:
    """Look at every photo, mask every suggestion, and publish what the preview shows."""
    path = f"/v1/feedback/desk/reports/{report_id}"
    desk = (await moderator.get(path)).json()
    masks = {
        "spans": [{"start": span["start"], "end": span["end"]} for span in desk["personal_data"]],
        "photos": [{"file_id": photo["file_id"]} for photo in desk["photos"]],
    }
    headers = {"If-Match": f'"{desk["version"]}"'}
    looked = await moderator.put(f"{path}/masks", json=masks, headers=headers)
    assert looked.status_code == 200, looked.text
    if looked.json()["publication"] == "public":
        return looked.json()
    preview = (await moderator.get(f"{path}/preview")).json()
    published = await moderator.post(
        f"{path}/publication",
        json={"source_digest": preview["source_digest"]},
        headers={"If-Match": f'"{looked.json()["version"]}"'},
    )
    assert published.status_code == 200, published.text
    return published.json()


async def program_key(connection: Connection, folder: Path) -> str:
    """Make the key of an Open311 program with the secrets of a house that runs on a folder."""
    place: Any = SimpleNamespace(data_dir=folder, ask_maybe=lambda _: KmsSettings())
    shown = uuid4().hex
    mac = LentKeys(place).mac("feedback-open311", shown.encode())
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(
        """
        insert into feedback.open311_key (id, key_mac, name, contact, made_at)
        values ($1, $2, 'a program', 'ops@example.org', '2026-01-01')
        """,
        uuid4(),
        mac,
    )
    return shown

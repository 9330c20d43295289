"""What was released stays true for those who built on it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from backend.host.promises import broken, broken_event

REPORT = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string"},
        "state": {"enum": ["received", "resolved"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
DRAFT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 4000}, "wish": {"type": "string"}},
}
RELEASED: dict[str, Any] = {
    "paths": {
        "/reports": {
            "post": {
                "operationId": "fileReport",
                "parameters": [
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "default": 20}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/draft"}}},
                },
                "responses": {
                    "201": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/report"}}}
                    },
                    "409": {},
                },
            }
        }
    },
    "components": {"draft": DRAFT, "report": REPORT},
}


def operation(document: Any) -> Any:
    return document["paths"]["/reports"]["post"]


def removed(*path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return change


def put(value: Any, *path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document.setdefault(part, {})
        document[path[-1]] = value

    return change


POST = ("paths", "/reports", "post")
DRAFTED = ("components", "draft")
REPORTED = ("components", "report")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (removed(*POST), "is gone"),
        (removed(*POST, "responses", "409"), "status 409 is gone"),
        (put("createReport", *POST, "operationId"), "operationId 'fileReport' changed"),
        (put([{"dpop": []}], *POST, "security"), "now asks for a credential"),
        (put([], *POST, "parameters"), "parameter limit is gone"),
        (removed(*REPORTED, "properties", "state"), "201/state is gone"),
        (put(["id"], *REPORTED, "required"), "201/state is newly optional"),
        (put({"type": "integer"}, *REPORTED, "properties", "id"), "201/id was retyped"),
        (put(["text", "wish"], *DRAFTED, "required"), "body/wish is newly required"),
        (put(100, *DRAFTED, "properties", "text", "maxLength"), "body/text has a lower maxLength"),
        (put("^a", *DRAFTED, "properties", "wish", "pattern"), "body/wish has another pattern"),
    ],
)
def test_what_breaks_somebody_is_named(change: Callable[[Any], None], line: str) -> None:
    newer = deepcopy(RELEASED)
    change(newer)

    assert f"POST /reports: {line}" in broken(RELEASED, newer)


def test_adding_breaks_nobody() -> None:
    newer = deepcopy(RELEASED)
    newer["paths"]["/more"] = {"get": {"operationId": "more"}}
    newer["components"]["report"]["properties"]["version"] = {"type": "integer"}
    newer["components"]["draft"]["properties"]["address"] = {"type": "string"}
    newer["components"]["draft"]["properties"]["text"]["maxLength"] = 8000
    operation(newer)["responses"]["422"] = {}

    assert broken(RELEASED, newer) == []


def test_an_event_keeps_its_members() -> None:
    newer = deepcopy(REPORT)
    del newer["properties"]["note"]  # type: ignore[attr-defined]

    assert broken_event(REPORT, REPORT) == []
    assert broken_event(REPORT, newer) == ["event/note is gone"]

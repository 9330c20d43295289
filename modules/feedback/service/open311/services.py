"""What a program finds: the endpoints, what may be filed, and what is asked for it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from backend.kernel import NotFound, Snapshot, t
from modules.feedback.model.categories import Version
from modules.feedback.model.open311 import (
    PRODUCTION,
    SPECIFICATION,
    TEST,
    Params,
    attributes,
    service_type,
    word,
)
from modules.feedback.service import categories
from modules.feedback.settings import Settings


def require_jurisdiction(snapshot: Snapshot, params: Params) -> None:
    """Raise `NotFound` for a jurisdiction that is not ours; none named is ours."""
    ours = snapshot.ask(Settings).jurisdiction or urlsplit(snapshot.base_url).hostname
    if word(params.get("jurisdiction_id")) not in {None, ours}:
        raise NotFound


async def discovery(snapshot: Snapshot) -> Mapping[str, Any]:
    """Return where what is found. The changeset moves with any category."""
    changed_on = await categories.changed_on(snapshot)
    changeset = f"{changed_on.isoformat()}T00:00:00+07:00"
    start = f"{snapshot.base_url}/v1/feedback"
    formats = ["text/xml", "application/json"]
    endpoints = [
        {
            "specification": SPECIFICATION,
            "url": f"{start}{path}",
            "changeset": changeset,
            "type": kind,
            "formats": formats,
        }
        for path, kind in ((PRODUCTION, "production"), (TEST, "test"))
    ]
    contact = snapshot.ask(Settings).open311_contact
    return {
        "changeset": changeset,
        "contact": contact,
        "key_service": contact,
        "endpoints": endpoints,
    }


async def services(snapshot: Snapshot) -> Sequence[Mapping[str, Any]]:
    """Return what a program may file: what needs no account."""
    return [_service(version) for version in await _filed_by_programs(snapshot)]


async def definition(snapshot: Snapshot, code: str) -> Mapping[str, Any]:
    """Return what is asked with a service. Raises `NotFound` where nothing is."""
    for version in await _filed_by_programs(snapshot):
        if version.code == code and version.questions:
            asked = attributes(version.questions, depends=_depends)
            return {"service_code": code, "attributes": asked}
    raise NotFound


async def _filed_by_programs(snapshot: Snapshot) -> Sequence[Version]:
    return [each for each in await categories.versions_open(snapshot) if each.anonymous]


def _service(version: Version) -> Mapping[str, Any]:
    card = version.shown()
    return {
        "service_code": version.code,
        "service_name": card.label,
        "description": card.help,
        "metadata": bool(version.questions),
        "type": service_type(version),
        "keywords": ", ".join((card.label.lower(), card.group.label.lower())),
        "group": card.group.label,
    }


def _depends(question: str, options: Sequence[str]) -> str:
    """Say when a question is asked: the standard has no member for it."""
    return t("feedback.open311.depends", question=question, options=", ".join(options))

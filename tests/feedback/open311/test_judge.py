"""Open311's own description judges our GeoReport v2, by schemathesis, against a running server.

The description is public and lies outside the repository, below `TINHS_VECTORS`. Where it
contradicts the specification that it describes, a copy is mended at run time: a request is under
`/requests/` and comes as a list of one, a jurisdiction may be left out, what is not known is null,
and errors have a form. It is told what there is: a key, services with and without questions, a
public report, a token.

XML is read as Open311's conversion says (the Spark convention: an element that holds elements of
one name alone is a list) and then judged by the same description.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import msgspec
import pytest
import pytest_asyncio
import schemathesis
import yaml
from schemathesis.config import SchemathesisConfig
from schemathesis.core.deserialization import _DESERIALIZERS
from schemathesis.engine import events, from_schema

from backend.host.registry import discover
from backend.kernel import House, Module, Principal, Transaction
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from modules.feedback.model.setup.categories import CategoryDraft
from modules.feedback.service.setup import categories
from tests.feedback.staging import WHY, program_key
from tests.gateway.serving import Served, environment, started

VECTORS = Path(
    os.environ.get("TINHS_VECTORS", Path(__file__).resolve().parents[4] / "shared" / "vectors")
)
DESCRIPTION = VECTORS / "open311" / "georeport_v2-1.yaml"
HERE = "/v1/feedback/open311/v2"
ERRORS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["code", "description"],
        "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
    },
}
REFUSED = ("400", "403", "404", "405", "413", "414", "415", "429")
CONFIG: Mapping[str, Any] = {
    "seed": 1,
    "generation": {"max-examples": 10, "allow-x00": False},
    "request-timeout": 10,
    "continue-on-failure": True,
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED]},
        "negative_data_rejection": {"expected-statuses": ["2xx", *REFUSED]},
    },
}
QUESTIONS: Sequence[Mapping[str, Any]] = [
    {
        "code": "kind",
        "label_vi": "Loại",
        "label_en": "Kind",
        "datatype": "singlevaluelist",
        "required": True,
        "options": [{"code": "karaoke", "label_vi": "Karaoke", "label_en": "Karaoke"}],
    },
    {"code": "hours", "label_vi": "Giờ", "label_en": "Hours", "datatype": "number"},
]
LISTS = frozenset({"services", "service_requests", "attributes", "values", "errors"})
"""Elements that hold a list; one that is empty cannot show it."""
NUMBERS = frozenset({"lat", "long", "order", "code"})
FLAGS = frozenset({"metadata", "variable", "required"})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    database: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Served]:
    if not DESCRIPTION.exists():
        pytest.skip(f"{DESCRIPTION} was absent: Open311's own description judged nothing")
    folder = tmp_path_factory.mktemp("open311")
    more = {"TINHS_ENV": "dev", "TINHS_REQUESTS_PER_MINUTE": "1000000"}
    found = await started(database, folder, **more)
    yield found
    found.process.terminate()
    await found.process.wait()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to ask for."""

    key: str
    request: str
    token: str


@pytest.fixture
async def known(served: Served, database: DatabaseUrls, connection: Connection) -> Known:
    """Invented reports, a service that asks, a key, and a report that is followed by a token."""
    variables = environment(database, served.folder, port=served.port, TINHS_ENV="dev")
    filling = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "feedback", "fill", "400", env=variables
    )
    assert await filling.wait() == 0
    key = await program_key(connection, served.folder)
    now = datetime.now(UTC)
    officer = Principal(kind="job", client_id="feedback", staff_id=uuid4())
    tx = Transaction(connection, House(), now, officer)
    version = (await categories.versions(tx, "noise"))[-1]
    draft = {
        **{name: getattr(version, name) for name in CategoryDraft.__struct_fields__[1:12]},
        "valid_from": tx.today,
        "questions": QUESTIONS,
        "reason": WHY,
    }
    await categories.write(tx, "noise", msgspec.convert(draft, CategoryDraft), seen=version.number)
    async with httpx.AsyncClient(base_url=f"{served.url}{HERE}", timeout=60) as client:
        listed = (await client.get("/requests.json")).json()
        form = {"api_key": key, "service_code": "food-safety", "address_id": "14797"}
        said = {**form, "description": "Quán ăn để thức ăn sống lẫn chín."}
        posted = await client.post("/requests.json", data=said)
    assert posted.status_code == 200, posted.text
    return Known(key=key, request=listed[0]["service_request_id"], token=posted.json()[0]["token"])


def spark(element: ET.Element) -> Any:
    """Read an element as the Spark convention does, with the types that JSON would have."""
    assert not element.attrib
    assert "{" not in element.tag, "no namespace"
    children = list(element)
    if element.tag in LISTS:
        return [spark(child) for child in children]
    if children:
        members = {child.tag: spark(child) for child in children}
        assert len(members) == len(children), "a list without a name"
        return members
    text = element.text or None
    if text is None:
        return None
    if element.tag in FLAGS:
        return {"true": True, "false": False}[text]
    if element.tag in NUMBERS:
        try:
            return json.loads(text)
        except ValueError:  # the code of an attribute
            return text
    return text


@contextmanager
def reading_xml() -> Iterator[None]:
    """Let the judge read XML for a block: other judges of this process know no Spark."""
    schemathesis.deserializer("text/xml")(_read_xml)
    try:
        yield
    finally:
        del _DESERIALIZERS["text/xml"]


def _read_xml(_: Any, response: Any) -> Any:
    assert response.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return spark(ET.fromstring(response.content))  # noqa: S314 - our own answer


def mended(document: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return the description as the specification has it, with what there is to ask for."""
    found: dict[str, Any] = deepcopy(dict(document))
    for definition in found["definitions"].values():
        for member in definition.get("properties", {}).values():
            member["x-nullable"] = True
    found["parameters"]["response_format"] |= {"enum": ["json", "xml"]}
    found["paths"] = {
        path.replace("/request/", "/requests/"): operations
        for path, operations in found["paths"].items()
    }
    there: Mapping[str, Sequence[str]] = {
        "service_code": ["roads", "noise", "food-safety", "nonsense"],
        "service_request_id": [known.request, "PA-222222"],
        "token_id": [known.token, "nonsense"],
        "address_id": ["14797"],
    }
    ours = {"lat": {"minimum": 19.7, "maximum": 19.9}, "long": {"minimum": 105.7, "maximum": 105.9}}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            operation["parameters"] = [
                parameter
                | ({"enum": there[name]} if name in there else {})
                | (ours.get(name, {}) if method == "post" else {})
                for parameter in operation["parameters"]
                for name in [parameter.get("name", "")]
                if not str(parameter.get("$ref", "")).endswith("/jurisdiction_id")
            ]
            if method == "post":
                del operation["security"]
                operation["parameters"] += [
                    {"name": name, "in": "query", "required": True, "type": "string", "enum": enum}
                    for name, enum in (
                        ("api_key", [known.key]),
                        ("description", ["Hát karaoke quá giờ, cả xóm không ngủ được."]),
                        ("attribute[kind]", ["karaoke"]),
                    )
                ]
            answer = operation["responses"]["200"]
            if "{service_request_id}" in path or "{token_id}" in path:
                answer["schema"] = {"type": "array", "items": answer["schema"]}
            for status in (*REFUSED, "503"):
                operation["responses"][status] = {"description": "Refused.", "schema": ERRORS}
    return found


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the description had to say, and what was answered with which status."""

    complaints: Sequence[str]
    answered: frozenset[tuple[str, str, int]]


def judged(url: str, known: Known) -> Verdict:
    document = mended(yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8")), known)
    config = SchemathesisConfig.from_dict({**CONFIG, "base-url": f"{url}{HERE}"})
    schema: Any = schemathesis.openapi.from_dict(document, config=config)
    found: list[str] = []
    answered: set[tuple[str, str, int]] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(getattr(event, "value", None) or event.exception))
        elif isinstance(event, events.ScenarioFinished):
            for one in event.recorder.interactions.values():
                form = one.request.uri.partition("?")[0].rpartition(".")[2]
                if one.response is not None:
                    answered.add((event.recorder.label, form, one.response.status_code))
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        found.append(f"{event.recorder.label}: {failure.title}: {failure.message}")
    # One handler answers every call of a form, so `Allow` tells of more than one call takes.
    said = sorted({each for each in found if "Allow header mismatch" not in each})
    return Verdict(complaints=said, answered=frozenset(answered))


async def test_open311s_own_description_finds_nothing_to_say(served: Served, known: Known) -> None:
    with reading_xml():
        verdict = await asyncio.to_thread(judged, served.url, known)

    assert verdict.complaints == [], json.dumps(verdict.complaints, indent=1, ensure_ascii=False)
    assert {status for _, _, status in verdict.answered} >= {200, 400, 404}
    answered = {(label, form) for label, form, status in verdict.answered if status == 200}
    labels = {label for label, _, _ in verdict.answered}
    assert len(labels) == 6
    assert answered >= {(label, form) for label in labels for form in ("json", "xml")}

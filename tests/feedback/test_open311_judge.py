"""Open311's own description judges our GeoReport v2, by schemathesis, against a running server.

The description is public and lies outside the repository, below `TINHS_VECTORS`. Where it
contradicts the specification that it describes, a copy is mended at run time: a request is under
`/requests/` and comes as a list of one, a jurisdiction may be left out, what is not known is null,
and errors have a form.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
import yaml
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.gateway.serving import Served, started

VECTORS = Path(
    os.environ.get("TINHS_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors")
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


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    database: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Served]:
    if not DESCRIPTION.exists():
        pytest.skip(f"{DESCRIPTION} was absent: Open311's own description judged nothing")
    more = {"TINHS_ENV": "dev", "TINHS_REQUESTS_PER_MINUTE": "1000000"}
    found = await started(database, tmp_path_factory.mktemp("open311"), **more)
    yield found
    found.process.terminate()
    await found.process.wait()


def mended(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description as the specification has it."""
    found: dict[str, Any] = deepcopy(dict(document))
    for definition in found["definitions"].values():
        for member in definition.get("properties", {}).values():
            member["x-nullable"] = True
    found["parameters"]["response_format"] |= {"enum": ["json", "xml"]}
    found["paths"] = {
        path.replace("/request/", "/requests/"): operations
        for path, operations in found["paths"].items()
    }
    for path, operations in found["paths"].items():
        for operation in operations.values():
            operation["parameters"] = [
                parameter
                for parameter in operation["parameters"]
                if not str(parameter.get("$ref", "")).endswith("/jurisdiction_id")
            ]
            answer = operation["responses"]["200"]
            if "{service_request_id}" in path or "{token_id}" in path:
                answer["schema"] = {"type": "array", "items": answer["schema"]}
            for status in (*REFUSED, "503"):
                operation["responses"][status] = {"description": "Refused.", "schema": ERRORS}
    return found


def complaints(url: str) -> list[str]:
    document = mended(yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8")))
    config = SchemathesisConfig.from_dict({**CONFIG, "base-url": f"{url}{HERE}"})
    schema: Any = schemathesis.openapi.from_dict(document, config=config)
    found: list[str] = []
    asked = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(getattr(event, "value", None) or event.exception))
        elif isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                asked += len(checks)
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        found.append(f"{event.recorder.label}: {failure.title}: {failure.message}")
    assert asked > 100
    # One handler answers every call of a form, so `Allow` tells of more than one call takes.
    return sorted({each for each in found if "Allow header mismatch" not in each})


async def test_open311s_own_description_finds_nothing_to_say(served: Served) -> None:
    found = await asyncio.to_thread(complaints, served.url)

    assert found == [], json.dumps(found, indent=1)

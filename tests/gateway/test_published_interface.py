"""The interface does what its description says: schemathesis asks in all its ways.

A real server is asked, by demo people who sign each request. Three random examples for each
operation come after the cases that its description implies: of over a thousand for one body every
second, third and so on of each further thirty. `TINHS_EXAMPLES=200` asks everything, and longer.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import unregister_all

from backend.host.registry import discover
from backend.identity.entry import COOKIE
from backend.identity.signer import Signer
from backend.kernel import Module
from backend.kernel.brought import NDJSON
from backend.local.roles import DatabaseUrls

from .serving import Served, started

LONGER = os.environ.get("TINHS_EXAMPLES")
EXAMPLES = int(LONGER or 3)
THINNED_FROM = sys.maxsize if LONGER else 30
SEED = int(os.environ.get("TINHS_SEED", "1"))
CONFIG = {
    "seed": SEED,
    "generation": {"max-examples": EXAMPLES, "allow-x00": False},  # U+0000 is refused anywhere
    "request-timeout": 10,
    "continue-on-failure": True,
    "checks": {
        # What fits the description may still not be there, not be allowed, or not be so now.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "412", "422", "428", "429"]
        },
        "negative_data_rejection": {
            "expected-statuses": [
                "400",
                "401",
                "403",
                "404",
                "405",
                "409",
                "413",
                "414",
                "415",
                "422",
                "428",
                "429",  # who asks as often as a fuzzer is turned away before the body is judged
            ]
        },
    },
}

FILES = {"application/octet-stream", NDJSON}
schemathesis.serializer.alias(NDJSON, "text/plain")


ELSEWHERE = "/v1/files/uploads"
"""tus 1.0 describes these itself: half of its methods are not in our description."""
KNOWN = {
    "bbox": {"enum": ["105.7,19.7,105.9,19.9"]},  # corners in order, in this country
    "purpose": {"enum": ["feedback.report"]},  # what the installed modules keep files for
}


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    database: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Served]:
    more = {"TINHS_ENV": "dev", "TINHS_REQUESTS_PER_MINUTE": "1000000"}
    found = await started(database, tmp_path_factory.mktemp("asked"), **more)
    yield found
    found.process.terminate()
    await found.process.wait()


class Person:
    """A demo person, as the door of an operation wants them."""

    def __init__(self, base_url: str, who: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=60)
        self._who, self._signer = who, Signer()
        self._token = self._cookie = self._csrf = self._nonce = ""
        self._until = datetime.now(UTC)

    def headers(self, method: str, url: str) -> dict[str, str]:
        if self._until <= datetime.now(UTC):
            self._sign_in()
        if self._cookie:
            return {
                "Cookie": f"{COOKIE}={self._cookie}",
                "Sec-Fetch-Site": "same-origin",
                "Origin": str(self._client.base_url).rstrip("/"),
                "X-CSRF-Token": self._csrf,
            }
        now = datetime.now(UTC)
        return self._signer.headers(method, url, self._token, now=now, nonce=self._nonce)

    def learn(self, nonce: str | None) -> None:
        self._nonce = nonce or self._nonce

    def leave(self) -> None:
        self._client.close()

    def _sign_in(self) -> None:
        jwk = msgspec.to_builtins(self._signer.jwk)
        answer = self._client.post("/dev/login", json={"as": self._who, "jwk": jwk})
        found = answer.raise_for_status().json()
        self._token, self._cookie = found.get("access_token", ""), found.get("cookie", "")
        self._csrf = found.get("csrf", "")
        self._until = datetime.now(UTC) + timedelta(minutes=2)


def thinning() -> Callable[[Any, Any], bool]:
    """Return what leaves out ever more of the cases that one operation's description implies."""
    implied: Counter[str] = Counter()

    def is_asked(context: Any, case: Any) -> bool:
        if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
            return True
        implied[context.operation.label] += 1
        turn = implied[context.operation.label]
        return turn < THINNED_FROM or turn % (turn // THINNED_FROM) == 0

    return is_asked


def failures(url: str) -> list[str]:
    """Let schemathesis ask in all its phases; return what it has to say."""
    people = {"dpop": Person(url, "citizen-verified"), "console": Person(url, "admin")}
    config = SchemathesisConfig.from_dict({**CONFIG, "base-url": url})
    schema: Any = schemathesis.openapi.from_dict(askable(url), config=config)

    @schema.auth()
    class Signed:
        """Signs as the person whom the door wants; schemathesis leaves it out where it must."""

        def get(self, case: Any, context: Any) -> Person | None:
            doors = [name for door in context.operation.definition.raw["security"] for name in door]
            return people[doors[0]] if doors else None

        def set(self, case: Any, person: Person, context: Any) -> None:
            address = case.as_transport_kwargs(base_url=url)["url"]
            case.cookies = {}  # an officer's cookie and a token at once are refused
            case.headers.update(person.headers(case.method, address))

    schemathesis.hook("filter_case")(thinning())

    @schemathesis.hook("after_call")
    def learn(context: Any, case: Any, response: Any) -> None:
        for person in people.values():
            person.learn(next(iter(response.headers.get("dpop-nonce", [])), None))

    @schemathesis.hook("filter_failure")
    def is_ours(context: Any, failure: Any, case: Any, response: Any) -> bool:
        """Leave out refusals that no description can foretell."""
        if response.status_code != 400:
            return True
        told = response.json().get("errors", ())
        return not told or not all(is_beyond_words(fault, case) for fault in told)

    found: list[str] = []
    try:
        for event in from_schema(schema).execute():
            found += complaints(event)
    finally:
        unregister_all()
        for person in people.values():
            person.leave()
    return found


def askable(url: str) -> dict[str, Any]:
    """Return the description, without what a stranger could only guess wrong."""
    document: dict[str, Any] = (
        httpx.get(f"{url}/v1/openapi.json", timeout=60).raise_for_status().json()
    )
    for path in [path for path in document["paths"] if path.startswith(ELSEWHERE)]:
        del document["paths"][path]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["security"] = operation["security"][:1]  # two credentials are one too many
            operation["parameters"] = [
                {**parameter, "schema": KNOWN.get(parameter["name"], parameter["schema"])}
                for parameter in operation.get("parameters", [])
            ]
    return document


def is_beyond_words(fault: Mapping[str, Any], case: Any) -> bool:
    """Tell whether a fault is of a kind that the description cannot say, or the judge not read."""
    if fault["code"] == "inconsistent":  # a cursor of another list, two parameters that exclude
        return "parameter" in fault
    if fault["code"] == "required":  # a file of no bytes, where the body is the file
        return case.media_type in FILES and not case.body
    if fault["code"] == "type":  # JSON Schema takes 1.0 for an integer, and we do not
        return "pointer" in fault and is_round(valued(case.body, fault["pointer"]))
    return fault.get("parameter") == "If-Match"  # it tries `0`, which is no tag, on purpose


def valued(body: Any, pointer: str) -> Any:
    """Return what a JSON Pointer (RFC 6901) leads to."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        body = body[int(key) if isinstance(body, list) else key]
    return body


def is_round(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def complaints(event: Any) -> Iterator[str]:
    """Return what an event of the engine says against us."""
    if isinstance(event, events.NonFatalError | events.FatalError):
        yield repr(event)
    if isinstance(event, events.ScenarioFinished):
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    told = check.failure_info
                    answer = event.recorder.interactions[case_id].response
                    shown = answer.content[:900] if answer is not None else b""
                    yield (
                        f"{event.phase} {check.name}: {told.failure}\n{shown!r}\n{told.code_sample}"
                    )


async def test_schemathesis_finds_nothing_to_complain_about(served: Served) -> None:
    found = await asyncio.to_thread(failures, served.url)

    assert not found, "\n\n".join(found)

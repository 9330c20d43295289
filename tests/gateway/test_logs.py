"""A log that cannot tell on anybody, and a thread through everything."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import msgspec
import pytest
import structlog
from prometheus_client import REGISTRY, generate_latest

from backend.gateway.logs import Journal, configure, journal_of_process
from backend.gateway.trace import trace_id_of

from .fronting import JSON, Around, echo

PLANTED = ("038200001234", "0912345678", "eyJhbGciOi", "Nguyễn Thị Bưởi", "19.8067,105.7852")
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spoken() -> Iterator[Any]:
    """What the house writes, and how to read it."""
    file = io.BytesIO()
    journal = Journal(file)
    configure(journal)

    def lines() -> list[dict[str, Any]]:
        journal.flush()
        return [msgspec.json.decode(line) for line in file.getvalue().splitlines()]

    yield lines
    configure(Journal(io.BytesIO()))


def test_a_line_keeps_the_members_that_are_known_and_drops_the_rest(spoken: Any) -> None:
    structlog.get_logger().info("photo cleaned", count=3, phone="0912345678", body={"a": 1})

    (line,) = spoken()
    assert {name: line[name] for name in line if name != "at"} == {
        "level": "info",
        "event": "photo cleaned",
        "count": 3,
    }


def test_a_line_says_for_which_trace_and_job_it_was_written(spoken: Any) -> None:
    with structlog.contextvars.bound_contextvars(trace_id="0af7", job="photos.clean", phone="09"):
        structlog.get_logger().info("photo cleaned")

    (line,) = spoken()
    assert {name: line[name] for name in line if name not in {"at", "level"}} == {
        "event": "photo cleaned",
        "trace_id": "0af7",
        "job": "photos.clean",
    }


def test_an_error_is_kept_by_its_type_and_its_places_and_not_by_its_text(spoken: Any) -> None:
    try:
        try:
            raise asyncpg.UniqueViolationError("Key (phone)=(0912345678) already exists.")
        except asyncpg.PostgresError as error:
            raise ValueError("038200001234") from error
    except ValueError as error:
        structlog.get_logger().error("unhandled", exc_info=error)

    (line,) = spoken()
    outer, inner = line["error"]
    assert outer["type"] == "builtins.ValueError"
    assert "test_logs.py" in outer["at"][-1]
    assert inner["type"] == "asyncpg.exceptions.UniqueViolationError"
    assert inner["sqlstate"] == "23505"
    assert not any(secret in str(line) for secret in PLANTED)


def test_an_error_at_hand_is_found(spoken: Any) -> None:
    try:
        raise KeyError("0912345678")
    except KeyError:
        structlog.get_logger().exception("unhandled")

    (line,) = spoken()
    assert line["error"][0]["type"] == "builtins.KeyError"
    assert "0912345678" not in str(line)


def test_a_message_of_the_standard_library_is_kept_as_it_stands_in_the_program(
    spoken: Any,
) -> None:
    log = logging.getLogger("tinhs")

    log.warning("cannot reach %s", "0912345678")
    try:
        raise TypeError("an int is not a str")
    except TypeError:
        log.exception("the commit failed")

    warned, failed = spoken()
    assert (warned["logger"], warned["event"]) == ("tinhs", "cannot reach %s")
    assert failed["error"][0]["text"] == "an int is not a str"  # it speaks of the program


def test_the_log_of_a_process_is_its_standard_error(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    journal = journal_of_process()
    journal.write(b'{"event":"begun"}\n')
    journal.flush()
    journal.flush()  # nothing is left

    assert capfdbinary.readouterr().err == b'{"event":"begun"}\n'


async def test_lines_wait_a_moment_and_come_in_order() -> None:
    house = Around(echo)
    await house.ask("GET", "/first")
    await house.ask("POST", "/second", headers=[JSON, (b"content-length", b"2")], parts=[b"{}"])

    assert house.log.getvalue() == b""
    house.journal.flush()

    lines = [msgspec.json.decode(line) for line in house.log.getvalue().splitlines()]
    assert [line["method"] for line in lines] == ["GET", "POST"]
    assert lines[0]["network"] == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("parent", "kept"),
    [
        (PARENT, True),
        (None, False),
        (b"", False),
        (PARENT.upper(), False),
        (PARENT + b"0", False),
        (PARENT.replace(b"0af7651916cd43dd8448eb211c80319c", b"0" * 32), False),
        (b"00-0912345678-038200001234-01", False),
    ],
)
def test_a_trace_goes_on_when_it_is_one(parent: bytes | None, kept: bool) -> None:  # noqa: FBT001
    trace = trace_id_of(parent)

    assert re.fullmatch("[0-9a-f]{32}", trace)
    assert (trace == "0af7651916cd43dd8448eb211c80319c") == kept


async def test_the_trace_is_in_the_answer_the_log_and_the_problem(
    client: Any, log: io.BytesIO, journal: Journal
) -> None:
    told = await client.get("/nowhere", headers={"traceparent": PARENT.decode()})
    journal.flush()

    trace = "0af7651916cd43dd8448eb211c80319c"
    assert told.headers["trace-id"] == told.json()["trace_id"] == trace
    assert trace.encode() in log.getvalue()


async def test_what_a_request_tells_the_other_modules_goes_on_under_its_trace(
    client: Any, connection: Any
) -> None:
    told = await client.post("/v1/sample/seen")

    kept = await connection.fetchval("select trace from kernel.event where type = 'sample.seen.v1'")
    assert told.status_code == 200
    assert kept == told.headers["trace-id"]


async def test_what_an_app_calls_itself_is_kept_if_it_looks_like_a_name() -> None:
    house = Around(echo)
    no_names = (b"0912345678", b"android/0912345678", b"a038095012345/1", b"android/2.3.1 Nguyen")
    for name in (b"android/2.3.1", *no_names):
        await house.ask(headers=[(b"tinhs-client", name)])
    house.journal.flush()

    lines = [msgspec.json.decode(line) for line in house.log.getvalue().splitlines()]
    assert [line.get("client") for line in lines] == ["android/2.3.1", *[None] * len(no_names)]


async def test_nothing_that_a_caller_sends_is_ever_in_a_log_a_metric_or_a_refusal(
    client: Any, log: io.BytesIO, journal: Journal
) -> None:
    configure(journal)  # other tests of this file write elsewhere
    answers: list[Any] = []
    for secret in PLANTED:
        requests = [
            client.build_request("GET", f"/v1/sample/{secret}"),
            client.build_request("GET", f"/v1/sample/things/{secret}?words={secret}"),
            client.build_request("GET", "/v1/sample/bug", params={"person": secret}),
            client.build_request("GET", "/v1/sample/echoes", params={secret: secret}),
            client.build_request("POST", "/v1/sample/sightings", json={secret: secret}),
            client.build_request("POST", "/v1/sample/sightings", json={"title": [secret]}),
            client.build_request("POST", "/v1/sample/sightings", content=secret.encode()),
            client.build_request("POST", "/v1/sample/uploads", data={secret: secret}),
            client.build_request(
                "POST", "/v1/sample/uploads", files={secret: (secret, b"x", "image/jpeg")}
            ),
            client.build_request(
                "GET",
                "/v1/sample/database-bug",
                headers={
                    "cookie": b"c=" + secret.encode(),
                    "authorization": b"DPoP " + secret.encode(),
                    "tinhs-client": secret.encode(),
                    "traceparent": secret.encode(),
                    "accept-language": secret.encode(),
                    "idempotency-key": secret.encode(),
                    "x-forwarded-for": secret.encode(),
                    "user-agent": secret.encode(),
                },
            ),
        ]
        answers += [await client.send(request) for request in requests]
    journal.flush()

    refusals = [told for told in answers if told.status_code >= 400]
    assert len(refusals) > 40
    for secret in PLANTED:
        assert secret.encode() not in log.getvalue()
        assert secret.encode() not in generate_latest(REGISTRY)
        for told in refusals:
            assert secret not in told.text
            assert secret not in str(told.headers)
    assert b'"event":"unhandled"' in log.getvalue()  # so the log was looked at


async def test_figures_are_kept_by_the_template_of_a_route(client: Any) -> None:
    await client.get("/v1/sample/things/0198c3a0-7e1c-7000-8000-000000000000")
    await client.request("BREW", "/v1/sample/lists")

    figures = generate_latest(REGISTRY).decode()

    assert 'route="/v1/sample/things/{thing_id}"' in figures
    assert 'method="other"' in figures
    assert "BREW" not in figures

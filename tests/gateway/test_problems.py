"""Every failure is a problem document with a constant name, in the caller's language."""

import errno
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from litestar.exceptions import ClientException, InternalServerException

from backend.gateway.exchange import Exchange
from backend.gateway.problem_pages import kinds_by_slug
from backend.gateway.problems import answered, detail_of, worded
from backend.host.words import teach
from backend.kernel import BadRequest, DomainError
from backend.kernel.hosts import ServerAway
from backend.kernel.locale import LANGUAGES, knows, language, learn
from backend.kernel.pool import Pool, PoolExhausted
from contracts.problem import Fault, FaultCode

OURS = sorted(slug for slug in kinds_by_slug() if slug.startswith("kernel/"))


def exchange_of(**scope: Any) -> Exchange:
    whole = {"method": "GET", "headers": [], "path": "/v1/x", **scope}
    found = Exchange(whole, base_url="https://tinh.example", started=0.0)
    found.trace_id = "0af7651916cd43dd8448eb211c80319c"
    return found


def told(error: BaseException, **scope: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    teach([])
    status, headers, body = answered(error, exchange_of(**scope))
    return status, headers, msgspec.json.decode(body)


def sql_error(state: str) -> Exception:
    return asyncpg.exceptions.PostgresError.new({"C": state, "M": "0912345678", "S": "ERROR"})


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (PoolExhausted(), 503, "kernel/overloaded"),
        (sql_error("40001"), 503, "kernel/overloaded"),  # serialization failure
        (sql_error("40P01"), 503, "kernel/overloaded"),  # deadlock
        (sql_error("55P03"), 503, "kernel/overloaded"),  # a lock took too long
        (sql_error("57014"), 503, "kernel/overloaded"),  # a statement took too long
        (sql_error("57P01"), 503, "kernel/unavailable"),  # the server is going down
        (sql_error("53100"), 503, "kernel/unavailable"),  # its disk is full
        (sql_error("25006"), 503, "kernel/unavailable"),  # it is a standby
        (sql_error("08006"), 503, "kernel/unavailable"),  # the connection broke
        (asyncpg.InterfaceError("connection is closed"), 503, "kernel/unavailable"),
        (ServerAway(), 503, "kernel/unavailable"),
        (ConnectionResetError(), 503, "kernel/unavailable"),
        (TimeoutError(), 503, "kernel/unavailable"),
        (OSError(errno.ENOSPC, "no space"), 503, "kernel/unavailable"),
        (sql_error("22021"), 400, "kernel/bad-request"),  # a character it cannot keep
        (sql_error("22003"), 400, "kernel/bad-request"),  # a number out of range
        (ClientException("https://tinh.example/?a=0912345678"), 400, "kernel/bad-request"),
        (ClientException(status_code=413), 413, "kernel/body-too-large"),
        (ExceptionGroup("", [BadRequest()]), 400, "kernel/bad-request"),
    ],
)
def test_what_is_foreseen_has_a_name(error: Exception, status: int, slug: str) -> None:
    found, headers, document = told(error)

    assert (found, document["status"]) == (status, status)
    assert document["type"] == f"https://tinh.example/problems/{slug}"
    assert ("Retry-After" in headers) == (status == 503)
    assert "0912345678" not in str(document)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("0912345678"),
        KeyError("0912345678"),
        LookupError("select 1"),
        RecursionError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "0912345678"),
        msgspec.ValidationError("Invalid enum value '0912345678'"),
        sql_error("23505"),  # a constraint that no rule foresaw
        sql_error("42601"),
        asyncpg.InterfaceError("another operation is in progress"),
        asyncpg.DataError("invalid input for query argument $1: 0912345678"),
        OSError(errno.ENOENT, "0912345678"),
        InternalServerException("0912345678"),
        ExceptionGroup("", [ValueError(), ValueError()]),
    ],
)
def test_a_bug_is_told_by_its_trace_and_nothing_else(error: Exception) -> None:
    status, headers, document = told(error)

    assert (status, headers) == (500, {})
    assert document == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


@pytest.mark.parametrize("error", [LookupError("unknown encoding: x-none"), UnicodeError()])
def test_a_form_in_an_unknown_charset_is_the_callers_fault(error: Exception) -> None:
    exchange = exchange_of()
    exchange.media_type = b"multipart/form-data"
    expected = 500 if type(error) is UnicodeError else 400

    assert answered(error, exchange)[0] == expected


def test_a_number_that_the_driver_cannot_send_is_the_callers_fault() -> None:
    error = asyncpg.DataError("invalid input for query argument $1")
    error.__cause__ = OverflowError()

    assert told(error)[0] == 400


def test_members_explain_and_never_replace() -> None:
    class Full(DomainError):
        """No place."""

        slug = "kernel/not-found"
        status = 409

    _, _, document = told(Full(free=0, status=200, type="x"))

    assert document["free"] == 0
    assert document["status"] == 409
    assert document["type"].endswith("/kernel/not-found")
    assert list(document)[:3] == ["type", "title", "status"]


def test_a_path_is_repeated_only_when_the_caller_chose_no_part_of_it() -> None:
    fixed = told(BadRequest(), path_template="/v1/feedback/reports")[2]
    chosen = told(BadRequest(), path_template="/v1/people/{number}")[2]
    unknown = told(BadRequest())[2]

    assert fixed["instance"] == "/v1/feedback/reports"
    assert "instance" not in chosen
    assert "instance" not in unknown


def test_no_answer_names_more_than_fifty_faults() -> None:
    faults = [Fault(pointer=f"/{place}", code="type") for place in range(80)]

    assert len(told(BadRequest(errors=faults))[2]["errors"]) == 50


@pytest.mark.parametrize("slug", OURS)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_each_refusal_has_a_title_and_says_what_to_do(slug: str, spoken: Any) -> None:
    teach([])

    assert knows(f"kernel.problems.{slug}", spoken)
    assert knows(f"kernel.details.{slug}", spoken)


@pytest.mark.parametrize("code", FaultCode.__args__)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_each_fault_is_told_in_words(code: FaultCode, spoken: Any) -> None:
    teach([])
    before = language.set(spoken)

    assert worded(Fault(pointer="", code=code)).detail
    assert worded(Fault(pointer="", code=code, limit=5)).detail
    language.reset(before)


def test_a_fault_that_brings_its_own_words_keeps_them() -> None:
    fault = Fault(pointer="/photo", code="format", detail="Not a photo.")

    assert worded(fault) == fault


def test_a_sentence_with_a_hole_in_it_is_left_out_and_reported() -> None:
    learn("vi", {"kernel.details.kernel/not-found": "Còn {places} chỗ."})

    assert detail_of("kernel/not-found", {}) == ""
    assert detail_of("kernel/not-found", {"places": 3}) == "Còn 3 chỗ."
    teach([])


def test_a_limit_is_written_as_the_reader_writes_numbers() -> None:
    teach([])
    fault = Fault(pointer="/lat", code="too_large", limit=20.7)

    assert "20,7" in worded(fault).detail
    before = language.set("en")
    assert "20.7" in worded(fault).detail
    language.reset(before)


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (None, "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.5", "en"),
        ("fr", "vi"),
        ("vi;q=0.1, en;q=0.2", "en"),
        ("en;q=0", "vi"),
        ("en;q=nonsense", "vi"),
        ("*", "vi"),
        (",;=\xff", "vi"),
    ],
)
async def test_the_language_is_the_callers_and_never_a_reason_to_refuse(
    client: Any, wanted: str | None, spoken: str
) -> None:
    headers = {} if wanted is None else {"accept-language": wanted.encode("latin-1")}

    told = await client.get("/nowhere", headers=headers)

    assert told.status_code == 404
    assert told.headers["content-language"] == spoken
    assert told.json()["title"] == {"vi": "Không tìm thấy", "en": "Not found"}[spoken]


async def test_the_frameworks_own_failures_are_problems_too(client: Any) -> None:
    nowhere = await client.get("/v1/sample/0912345678?phone=0912345678")
    method = await client.request("DELETE", "/v1/sample/lists")
    typed = await client.get("/v1/sample/things/038200001234")
    several = await client.get(
        "/v1/sample/things/0198c3a0-7e1c-7000-8000-000000000000?stars=9&words=038200001234"
    )

    assert nowhere.status_code == typed.status_code == 404
    assert nowhere.json()["type"] == typed.json()["type"]
    assert (method.status_code, method.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert several.json()["errors"][0]["parameter"] == "stars"
    for told in (nowhere, method, typed, several):
        assert told.headers["content-type"] == "application/problem+json"
        assert told.headers["cache-control"] == "no-store"
        assert told.json()["trace_id"] == told.headers["trace-id"]
        assert "038200001234" not in told.text
        assert "0912345678" not in told.text


async def test_all_defects_of_a_body_are_told_at_once(client: Any) -> None:
    told = await client.post(
        "/v1/sample/sightings", json={"title": " ", "place": {"lat": 1}, "stars": "many"}
    )

    assert told.status_code == 400
    assert {fault["pointer"]: fault["code"] for fault in told.json()["errors"]} == {
        "/place/lat": "too_small",
        "/place/lon": "required",
        "/seen_on": "required",
        "/stars": "type",
    }
    assert all(fault["detail"] for fault in told.json()["errors"])


async def test_all_defects_of_a_form_are_told_at_once(client: Any) -> None:
    told = await client.post(
        "/v1/sample/uploads", data={"title": ""}, files={"other": ("a.jpg", b"x", "image/jpeg")}
    )

    assert told.status_code == 400
    assert {fault["pointer"]: fault["code"] for fault in told.json()["errors"]} == {
        "/title": "too_short",
        "/photo": "required",
    }


async def test_a_cookie_that_is_not_what_it_should_be_is_a_bad_request(client: Any) -> None:
    told = await client.get("/v1/sample/visits", headers={"cookie": "visits=0912345678x"})

    assert (told.status_code, "errors" in told.json()) == (400, False)
    assert "0912345678" not in told.text


async def test_a_bug_in_a_handler_keeps_to_itself(client: Any) -> None:
    told = await client.get("/v1/sample/bug?person=0912345678")

    assert told.status_code == 500
    assert told.json()["type"] == "about:blank"
    assert "0912345678" not in told.text


async def test_each_type_opens_for_people_and_for_programs(client: Any) -> None:
    refused = await client.post("/v1/sample/full")
    page = refused.json()["type"].removeprefix("http://testserver.local")

    for_people = await client.get(page, headers={"accept": "text/html", "accept-language": "en"})
    for_programs = await client.get(page, headers={"accept": "application/json"})
    listed = await client.get("/problems", headers={"accept": "application/json"})
    unknown = await client.get("/problems/sample/nothing")

    assert for_people.headers["content-type"].startswith("text/html")
    assert 'lang="en"' in for_people.text
    assert for_programs.json()["status"] == 409
    assert for_programs.json() in listed.json()["items"]
    assert "max-age=300" in for_people.headers["cache-control"]
    assert unknown.status_code == 404


async def test_every_kind_of_problem_has_a_page(client: Any) -> None:
    listed = await client.get("/problems")

    for slug in OURS:
        assert f"/problems/{slug}" in listed.text
        assert (await client.get(f"/problems/{slug}")).status_code == 200


async def test_a_server_that_is_away_is_the_houses_trouble(tmp_path: Path) -> None:
    pool = Pool(f"postgresql:///nothing?host={tmp_path}", size=1)

    with pytest.raises(ServerAway) as away:
        await pool.take()

    assert told(away.value)[0] == 503

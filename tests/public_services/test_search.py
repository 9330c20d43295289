"""The right procedure in everyday words, through the front door and in numbers."""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from backend.host.app import create_app
from backend.kernel import Module
from backend.testing import Caller, Client, Clock
from backend.testing.callers import alive
from modules.public_services import demo
from modules.public_services.model import evaluation
from modules.public_services.model.engine import Engine, Filters
from modules.public_services.model.index import Term, build, packed, unpacked
from modules.public_services.repository import search as repository
from modules.public_services.scopes import EDIT
from modules.public_services.service import indexing
from tests.public_services.conftest import options, package, raw

SEARCH = "/v1/public-services/search"
TERMS = "/v1/public-services/search-terms"
EFFECTS = "/v1/public-services/search-term-effects"
CCCD = {"kind": "abbreviation", "text": "cccd", "target": "căn cước"}
EVALUATION = Path(__file__).parent / "evaluation"
HOUSE = [Path(__file__).parents[2] / name for name in ("backend", "modules")]
CODE = {".py", ".sql"}
Publish = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seeded() -> AsyncGenerator[list[Engine]]:
    """Where the first test keeps the engine of the example catalogue for the rest."""
    yield []


@pytest.fixture(autouse=True)
async def engine(seeded: list[Engine], as_job: Callable[..., Any], clock: Clock) -> Engine:
    """The example catalogue, indexed."""
    if not seeded:
        async with as_job() as tx:
            await demo.seed(tx)
            await indexing.rebuild(tx)
            found = (await indexing.current(tx)).engine
            assert found is not None
            seeded.append(found)
        clock.advance(seconds=3)
    return seeded[0]


async def titles(client: Client, text: str, **more: str) -> list[str]:
    answer = await client.get(SEARCH, params={"q": text, "limit": "5", **more})
    return [hit["card"]["title"] for hit in answer.json()["hits"]]


@pytest.mark.parametrize(
    "text",
    ["lam giay khai sinh", "làm giấy khai sihn", "LÀM GIẤY KHAI SINH", "vợ tôi vừa sinh em bé"],
)
async def test_birth_registration_is_found_however_it_is_typed(client: Client, text: str) -> None:
    assert "Đăng ký khai sinh" in await titles(client, text)


async def test_small_talk_becomes_an_intent(client: Client) -> None:
    answer = (await client.get(SEARCH, params={"q": "làm hộ chiếu cần giấy tờ gì"})).json()

    assert answer["intents"] == ["papers"]
    assert answer["hits"][0]["plain_title"] == "Làm hộ chiếu"


async def test_a_slip_is_mended_and_said(client: Client) -> None:
    answer = (await client.get(SEARCH, params={"q": "đăng ký kết hoon", "explain": "1"})).json()

    assert answer["corrected"] == "dang ky ket hon"
    assert answer["hits"][0]["card"]["title"] == "Đăng ký kết hôn"
    assert answer["explanation"]["words"] == ["dang", "ky", "ket", "hon"]


async def test_marks_lie_on_the_original_letters(client: Client) -> None:
    (hit, *_) = (await client.get(SEARCH, params={"q": "ket hon"})).json()["hits"]

    title = hit["card"]["title"]
    assert {title[start:end] for start, end in hit["marks"]} <= {"kết", "hôn", "Kết", "Hôn"}
    assert hit["marks"]


async def test_filters_hold_and_a_code_is_answered_by_itself(client: Client) -> None:
    birth = (await client.get(SEARCH, params={"q": "đăng ký khai sinh"})).json()["hits"][0]["card"]

    by_code = await titles(client, birth["code"])
    land = (await client.get(SEARCH, params={"q": "đăng ký", "field": "DATDAI"})).json()

    assert by_code == ["Đăng ký khai sinh"]
    assert {hit["card"]["field_code"] for hit in land["hits"]} == {"DATDAI"}
    assert {facet["name"] for facet in land["facets"]} == {
        "level",
        "field",
        "audience",
        "channel",
        "free",
    }


async def test_an_answer_may_be_kept_to_one_life_event(client: Client) -> None:
    event = (await client.get("/v1/public-services/life-events/ket-hon")).json()
    brought = {step["code"] for step in event["steps"]}
    narrowed = {"q": "đăng ký", "life_event": "ket-hon"}

    found = (await client.get(SEARCH, params=narrowed)).json()["hits"]
    listed = await client.get("/v1/public-services/procedures?life_event=ket-hon")
    unknown = await client.get(SEARCH, params={**narrowed, "life_event": "khong-co"})

    assert {hit["card"]["code"] for hit in found} <= brought
    assert {card["code"] for card in listed.json()["items"]} == brought
    assert unknown.status_code == 404


async def test_what_nobody_asks_an_authority_is_not_pretended_to_be_known(client: Client) -> None:
    answer = (await client.get(SEARCH, params={"q": "kết quả xổ số miền bắc"})).json()

    assert answer["answerable"] is False


@pytest.mark.parametrize("text", ["'; drop", "%%%", "💥", "a" * 500, "   ", "１２３", "🇻🇳 khai"])
async def test_nothing_that_is_typed_fails(client: Client, text: str) -> None:
    answer = await client.get(SEARCH, params={"q": text})

    assert answer.status_code == 200


async def test_suggestions_follow_the_typing(client: Client) -> None:
    found = await client.get("/v1/public-services/suggestions", params={"q": "dang ky ket"})

    assert "Đăng ký kết hôn" in [each["title"] for each in found.json()["suggestions"]]
    assert len(found.json()["suggestions"]) <= 8


async def test_what_an_editor_writes_is_found_seconds_later(
    client: Client,
    as_staff: Callable[..., Caller],
    work: Callable[[], Awaitable[list[str]]],
    clock: Clock,
    publish: Publish,
) -> None:
    await publish(package(raw("1.777777", "Thủ tục chưa ai biết")), options("2026-01-02"))
    editor = as_staff(*EDIT.roles)
    await editor.put(
        "/v1/public-services/procedures/1.777777/citizen-text",
        json={"plain_title": "Nuôi thằn lằn bay", "situations": ["con thằn lằn nhà tôi"]},
        headers={"If-Match": '"0"'},
    )

    outcomes = await work()
    clock.advance(seconds=3)

    assert set(outcomes) == {"done"}
    assert (await titles(client, "thằn lằn"))[0] == "Thủ tục chưa ai biết"


async def test_an_editor_sees_what_a_word_would_do_before_it_is_kept(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    editor = as_staff(*EDIT.roles)
    meaning = {"kind": "synonym", "text": "grumf", "target": "đăng ký kết hôn"}

    tried = await editor.post(EFFECTS, json={"draft": meaning, "questions": ["grumf"]})

    (effect,) = tried.json()["changed"]
    assert (effect["question"], effect["source"], effect["before"]) == ("grumf", "sent", [])
    assert effect["after"][0]["title"] == "Đăng ký kết hôn"
    assert await titles(client, "grumf") == []


async def test_a_best_bet_shows_whose_place_it_takes(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    said = "vợ tôi vừa sinh em bé"
    bet = {"kind": "best_bet", "text": said, "target": "9.001007"}
    sent = {"draft": bet, "questions": ["đăng ký khai tử"]}

    tried = (await as_staff(*EDIT.roles).post(EFFECTS, json=sent)).json()

    (effect,) = tried["changed"]
    before = [each["code"] for each in effect["before"]]
    after = [each["code"] for each in effect["after"]]
    assert (effect["question"], effect["source"], tried["tried"]) == (said, "said", 2)
    assert after[0] == "9.001007" != before[0]


async def test_to_drop_a_word_shows_who_relied_on_it(as_staff: Callable[..., Caller]) -> None:
    editor = as_staff(*EDIT.roles)
    terms = (await editor.get(f"{TERMS}?kind=abbreviation&limit=50")).json()["items"]
    dropped = next(each["id"] for each in terms if each["text"] == "cccd")
    asked = {"questions": ["mất cccd", "đăng ký kết hôn"]}

    tried = (await editor.post(EFFECTS, json={"id": dropped, **asked})).json()
    kept = (await editor.post(EFFECTS, json={"id": dropped, "draft": CCCD, **asked})).json()
    unknown = await editor.post(EFFECTS, json={"id": str(UUID(int=7)), **asked})
    nothing = await editor.post(EFFECTS, json=asked)

    assert "mất cccd" in [each["question"] for each in tried["changed"]]
    assert "đăng ký kết hôn" not in [each["question"] for each in tried["changed"]]
    assert kept["changed"] == []
    assert (unknown.status_code, nothing.status_code) == (404, 422)


async def test_every_process_serves_a_change_within_five_seconds(
    client: Client,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    as_job: Callable[..., Any],
    work: Callable[[], Awaitable[list[str]]],
    clock: Clock,
) -> None:
    app = create_app(modules, settings, secret=b"a secret that every test may know", clock=clock)
    async with alive(app), Client(app) as elsewhere:
        doors = (client, elsewhere)
        before = [(await door.get(SEARCH, params={"q": "ket hon"})).json() for door in doors]
        async with as_job() as tx:
            meaning = Term(kind="synonym", text="qwert zxcvb", target="đăng ký kết hôn")
            await repository.put_terms(tx, [meaning])
            await indexing.changed(tx)
        await work()
        clock.advance(seconds=5)

        after = [(await door.get(SEARCH, params={"q": "qwert zxcvb"})).json() for door in doors]

    assert len({answer["index"]["version"] for answer in before}) == 1
    assert {answer["index"]["version"] for answer in after} == {before[0]["index"]["version"] + 1}
    assert {answer["hits"][0]["card"]["title"] for answer in after} == {"Đăng ký kết hôn"}


def test_no_process_waits_for_a_word_that_may_get_lost() -> None:
    """Each looks for itself, as above: no statement of ours notifies, and nobody listens."""
    spoken = re.compile(r"(?im)pg_notify|add_listener|^\W*(?:notify|listen)\s+\w+\W*$")

    sources = [each for folder in HOUSE for each in folder.rglob("*") if each.suffix in CODE]

    assert len(sources) > 500
    assert not [each for each in sources if spoken.search(each.read_text(encoding="utf-8"))]


async def test_an_index_comes_back_from_bytes_and_damage_is_noticed(
    engine: Engine, as_job: Callable[..., Any]
) -> None:
    async with as_job() as tx:
        documents = await repository.documents(tx, tx.today)
    built = build(documents, engine.index.terms)
    content = packed(built)

    again, before = Engine(unpacked(content), 2), Engine(built, 1)

    asked = "cap lai so do bi mat"
    assert again.search(asked, Filters()).ranked == before.search(asked, Filters()).ranked
    with pytest.raises(ValueError, match="digest"):
        unpacked(content[:-1] + b"x")


@pytest.mark.parametrize(
    ("name", "goals"),
    [("tuning", "R@1=.97,R@5=.99,MRR@10=.98"), ("frozen", "R@1=.83,R@5=.97,MRR@10=.89")],
)
def test_the_search_is_as_good_as_it_was(engine: Engine, name: str, goals: str) -> None:
    lines = (EVALUATION / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [evaluation.Asked(**json.loads(line)) for line in lines]

    def search(text: str) -> tuple[list[str], bool]:
        found = engine.search(text, Filters())
        documents = engine.index.documents
        return [documents[number].code for number, _ in found.ranked[:10]], found.answerable

    reached = evaluation.figures(evaluation.run(questions, search))

    assert evaluation.missed(goals, reached[0]) == []


async def test_seeding_again_changes_nothing(as_job: Callable[..., Any]) -> None:
    async with as_job() as tx:
        before = await repository.newest(tx)
        await demo.seed(tx)
        await indexing.rebuild(tx)
        after = await repository.newest(tx)

    assert before is not None
    assert after is not None
    assert after.version - before.version in {0, 1}
    assert len(demo.shipped_terms()) > 50

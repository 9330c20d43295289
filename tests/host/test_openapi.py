"""The description of the interface: complete, true to the routes, and accepted by its judges.

What a judge has against it is mended, or waived with its reason in `waivers.toml`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from litestar import Litestar, delete, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from msgspec import Meta

from backend.host.app import create_app
from backend.host.openapi import described
from backend.host.registry import discover
from backend.host.settings import wanted
from backend.host.shapes import Document
from backend.kernel import (
    Anyone,
    DomainError,
    IfMatch,
    Injected,
    Line,
    Module,
    Scope,
    Transaction,
    everything,
    refuses,
    requires,
)
from contracts.page import Page
from tests.host.judges import ROOT, ZALANDO, Finding, asyncapi, redocly, spectral, waivers

WRITE = Scope(name="shop:write", rule=everything())
KEEP = Scope(
    name="shop:keep", rule=everything(), kinds=frozenset({"staff"}), roles=frozenset({"keeper"})
)


class SoldOut(DomainError):
    slug = "shop/sold-out"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    what: Line
    many: Annotated[int, Meta(ge=1, le=9)] = 1


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered."""

    what: Line
    note: str | None = None


class Sparse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    note: str = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    photo: UploadFile


@post("/orders", guards=[requires(WRITE)], responses=refuses(SoldOut))
async def place_order(data: JSONBody[Wish], tx: Injected[Transaction]) -> Order:
    """Order something."""
    raise NotImplementedError


@get("/orders", guards=[Anyone()])
async def list_orders(
    since: Annotated[int | None, QueryParameter(ge=0, le=99)] = None,
    colour: FromQuery[Literal["red", "blue"]] = "red",
    cursor: FromQuery[str | None] = None,
) -> Page[Order]:
    """List what was ordered."""
    raise NotImplementedError


@get("/orders/{number:int}", guards=[Anyone()])
async def read_order(number: FromPath[int]) -> Sparse:
    """Read one order."""
    raise NotImplementedError


@delete("/orders/{number:int}", guards=[requires(KEEP)])
async def cancel_order(
    number: FromPath[int], tx: Injected[Transaction], if_match: IfMatch = None
) -> None:
    """Cancel an order."""


@post("/pictures", guards=[Anyone()], status_code=200)
async def show_picture(data: MultipartBody[Picture]) -> Order:
    """Order what is on a picture."""
    raise NotImplementedError


ROUTES = (place_order, list_orders, read_order, cancel_order, show_picture)
SHOP = Module(name="shop", package=__name__, routes=ROUTES, scopes=(WRITE, KEEP))


def app_of(modules: Sequence[Module]) -> Litestar:
    settings = {struct: struct() for struct in wanted(modules).values()}
    return create_app(modules, settings, secret=b"")


@pytest.fixture(scope="module")
def shop() -> Document:
    plain = msgspec.structs.replace(SHOP, package="")  # it has no words and no migrations
    return described(app_of([plain]), [SHOP])


@pytest.fixture(scope="module")
def whole() -> Document:
    modules = discover(guests=())
    return described(app_of(modules), modules)


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_an_operation_is_named_tagged_and_explained(shop: Document) -> None:
    operation = shop["paths"]["/v1/shop/orders"]["post"]

    assert operation["operationId"] == "placeOrder"
    assert operation["summary"] == "Place order"
    assert operation["description"] == "Order something."
    assert operation["tags"] == ["shop"]
    assert [tag["name"] for tag in shop["tags"]] == ["shop"]


def test_the_door_of_a_route_is_its_security(shop: Document) -> None:
    orders, order = shop["paths"]["/v1/shop/orders"], shop["paths"]["/v1/shop/orders/{number}"]

    assert orders["post"]["security"] == [{"dpop": []}]
    assert orders["post"]["x-scope"] == "shop:write"
    assert orders["get"]["security"] == []
    assert "403" not in orders["get"]["responses"]
    assert order["delete"]["security"] == [{"console": []}]
    assert set(shop["components"]["securitySchemes"]) == {"dpop", "console"}


def test_what_is_made_anew_asks_for_a_key_and_what_is_changed_for_a_version(
    shop: Document,
) -> None:
    made = shop["paths"]["/v1/shop/orders"]["post"]["parameters"]
    changed = shop["paths"]["/v1/shop/orders/{number}"]["delete"]["parameters"]

    assert [(each["name"], each["required"]) for each in made] == [("Idempotency-Key", True)]
    assert {each["name"]: each["required"] for each in changed} == {
        "number": True,
        "If-Match": False,
    }


def test_every_failure_is_a_problem_document(shop: Document) -> None:
    answers = shop["paths"]["/v1/shop/orders"]["post"]["responses"]

    assert set(answers) == {
        *("201", "400", "401", "403", "408", "409", "413", "415", "422", "429", "503")
    }
    assert answers["409"]["description"] == "`shop/sold-out`"
    for status, answer in answers.items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"]
    assert "404" in shop["paths"]["/v1/shop/orders/{number}"]["get"]["responses"]


def test_shapes_are_those_that_msgspec_holds_to(shop: Document) -> None:
    schemas = shop["components"]["schemas"]

    assert schemas["ShopWish"]["properties"]["many"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "default": 1,
        "format": "int32",
    }
    assert schemas["ShopOrder"]["properties"]["note"]["anyOf"] == [
        {"type": "string"},
        {"type": "null"},
    ]
    assert schemas["ShopPicture"]["properties"]["photo"] == {"type": "string", "format": "binary"}


def test_a_shape_is_named_after_its_module_so_that_a_new_module_renames_none(
    shop: Document,
) -> None:
    schemas = shop["components"]["schemas"]

    assert {name for name in schemas if name.startswith("Shop")} == {
        "ShopOrder",
        "ShopOrderPage",
        "ShopPicture",
        "ShopSparse",
        "ShopWish",
    }
    assert {"Fault", "Problem"} <= set(schemas)
    assert schemas["ShopOrderPage"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/ShopOrder"
    }


def test_the_tags_of_a_choice_lead_to_the_names_that_are_published() -> None:
    ball = msgspec.defstruct("Ball", [("size", int)], tag="ball", module=__name__)
    kite = msgspec.defstruct("Kite", [("tail", int)], tag="kite", module=__name__)

    @post("/toys", guards=[Anyone()], status_code=200)
    async def choose(data: JSONBody[ball | kite]) -> Wish:  # type: ignore[valid-type]
        """Choose a toy."""
        raise NotImplementedError

    shop = Module(name="shop", routes=(choose,))
    document = described(app_of([shop]), [msgspec.structs.replace(shop, package=__name__)])

    (body,) = document["paths"]["/v1/shop/toys"]["post"]["requestBody"]["content"].values()
    assert body["schema"]["discriminator"]["mapping"] == {
        "ball": "#/components/schemas/ShopBall",
        "kite": "#/components/schemas/ShopKite",
    }


def test_two_shapes_of_one_name_are_refused() -> None:
    other = msgspec.defstruct("Wish", [("who", str)], module=f"{__name__}.other")

    @post("/wishes", guards=[Anyone()], status_code=200)
    async def wish(data: JSONBody[other]) -> Wish:  # type: ignore[valid-type]
        """Wish for something else."""
        raise NotImplementedError

    plain = Module(name="shop", routes=(wish,))
    named = msgspec.structs.replace(plain, package=__name__)

    with pytest.raises(ValueError, match="both published as ShopWish"):
        described(app_of([plain]), [named])


def test_an_answer_leaves_no_member_out_unless_its_type_does(shop: Document) -> None:
    schemas = shop["components"]["schemas"]

    assert schemas["ShopOrder"]["required"] == ["note", "what"]
    assert schemas["ShopOrderPage"]["required"] == ["items", "next_cursor"]
    assert schemas["ShopSparse"]["required"] == []
    assert schemas["ShopWish"]["required"] == ["what"]  # a request may leave `many` out


def test_a_parameter_is_described_as_it_is_held_to(shop: Document) -> None:
    since, colour, cursor = shop["paths"]["/v1/shop/orders"]["get"]["parameters"]

    number = {"type": "integer", "format": "int32"}
    assert since["schema"] == {**number, "minimum": 0, "maximum": 99}  # and never null
    assert since["required"] is False
    assert colour["schema"] == {"type": "string", "enum": ["blue", "red"], "default": "red"}
    assert cursor["schema"]["pattern"] == "^[A-Za-z0-9_-]+$"


def test_the_document_is_the_same_each_time(whole: Document) -> None:
    modules = discover(guests=())

    again = described(app_of(modules), modules)

    assert json.dumps(again) == json.dumps(whole)


def test_each_operation_of_the_house_has_a_name_of_its_own(whole: Document) -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations(whole))

    assert [name for name, times in names.items() if times > 1] == []


def test_each_operation_of_the_house_belongs_to_a_module_and_says_what_it_does(
    whole: Document,
) -> None:
    for path, method, operation in operations(whole):
        assert len(operation["tags"]) == 1, (method, path)
        assert operation.get("description"), (method, path)
    assert all(tag["description"] for tag in whole["tags"])


async def test_the_document_is_served_and_nothing_beside_it(client: Any) -> None:
    served = await client.get("/v1/openapi.json")
    beside = await client.get("/v1/nothing")
    posted = await client.post("/v1/nothing")
    above = await client.get("/v1")

    assert served.status_code == 200
    assert served.json()["openapi"].startswith("3.1")
    assert "public" in served.headers["cache-control"]
    assert beside.status_code == posted.status_code == above.status_code == 404


# The judges

EVERYWHERE = {each.rule for each in waivers("spectral") if each.places is None and not each.stops}
STOPPING = {each.rule for each in waivers("spectral") if each.stops}


@pytest.fixture(scope="module")
def part(whole: Document) -> Document:
    """A document of an eighth of the house, which a judge reads soon."""
    kept = {path: whole["paths"][path] for path in sorted(whole["paths"])[::8]}
    return json.loads(json.dumps({**whole, "paths": kept}))


def beyond(found: Sequence[Finding], judge: str) -> list[Finding]:
    """Return what no waiver covers; each waiver must cover as many places as it names."""
    bounded = {each.rule: each.places for each in waivers(judge) if each.places is not None}
    places = Counter(each.code for each in found)
    unneeded = bounded.keys() - places.keys()
    return [
        *(each for each in found if places[each.code] != bounded.get(each.code)),
        *(Finding(code=rule, message="a waiver that nothing needs") for rule in unneeded),
    ]


def test_spectral_owasp_and_zalando_find_nothing_beyond_the_waivers(
    whole: Document, tmp_path: Path
) -> None:
    found = spectral(whole, tmp_path, EVERYWHERE | STOPPING)

    assert beyond(found, "spectral") == []


def test_spectral_finds_what_is_planted_and_what_is_waived_everywhere(
    part: Document, tmp_path: Path
) -> None:
    """The control: a fault for each of its three books, and no waiver without a need."""
    del part["info"]["description"]
    part["components"]["securitySchemes"]["plain"] = {"type": "http", "scheme": "basic"}
    part["paths"]["/v1/toys/"] = part["paths"].popitem()[1]

    found = {each.code for each in spectral(part, tmp_path, STOPPING)}

    assert found >= {
        "info-description",
        "owasp:api2:2023-no-http-basic",
        "must-use-normalized-paths-without-trailing-slash",
    }
    assert EVERYWHERE - found == set()


@pytest.mark.parametrize("rule", sorted(STOPPING))
def test_a_rule_that_is_left_out_still_stops_at_the_first_null(rule: str) -> None:
    if not ZALANDO.exists():
        pytest.skip("NOT TRIED: Zalando's rules are not installed; type `npm ci`")
    written = ZALANDO.read_text(encoding="utf-8").partition(f"\n  {rule}:")[2]

    condition = written.partition("given: ")[2].partition("\n")[0]
    assert "[?(@.type === " in condition  # and not `@ && @.type`, as all its others


def test_redocly_finds_nothing(whole: Document, tmp_path: Path) -> None:
    assert redocly(whole, tmp_path) == []


def test_redocly_would_find_something(part: Document, tmp_path: Path) -> None:
    """The control: a description without what it needs is not accepted."""
    broken = json.loads(json.dumps(part))
    broken["info"] = {"title": "", "version": ""}
    for _, _, operation in operations(broken):
        operation.pop("responses")

    assert redocly(broken, tmp_path)


def test_the_events_are_described_as_their_judge_wants_it(tmp_path: Path) -> None:
    document = json.loads((ROOT / "contracts" / "asyncapi.json").read_bytes())

    found = asyncapi(document, tmp_path)
    without = asyncapi({**document, "info": {}}, tmp_path)

    assert beyond(found, "asyncapi") == []
    assert beyond(without, "asyncapi")

"""What people see who open an installation in a browser: no script, no foreign host."""

import re
from collections import Counter

import pytest

from backend.testing.callers import Client

PAGES = ("/", "/developers", "/status", "/docs", "/problems", "/problems/kernel/not-found")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("spoken", "word"), [("vi", "Tài liệu API"), ("en", "API reference")])
async def test_a_page_speaks_both_languages_and_asks_nobody_else(
    client: Client, path: str, spoken: str, word: str
) -> None:
    answer = await client.get(path, headers={"Accept": "text/html", "Accept-Language": spoken})

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{spoken}">' in answer.text
    assert word in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.findall(r"<script|\sstyle=|\son\w+=|(?:src|action)=\"https?:", answer.text)


async def test_the_style_sheet_of_every_page_is_there(client: Client) -> None:
    page = await client.get("/")
    (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)

    answer = await client.get(sheet)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")


async def test_the_reference_shows_every_operation_of_the_description(client: Client) -> None:
    described = (await client.get("/v1/openapi.json")).json()
    page = (await client.get("/docs")).text

    ids = [
        operation["operationId"]
        for methods in described["paths"].values()
        for operation in methods.values()
    ]
    assert ids
    assert [name for name in ids if f'id="{name}"' not in page] == []


async def test_what_the_first_page_offers_to_open_needs_nobody_and_nothing(client: Client) -> None:
    page = (await client.get("/")).text
    offered = re.findall(r'<li><a href="([^"]+)"', page)

    answers = [await client.get(path) for path in offered]

    modules = Counter(path.split("/")[2] for path in offered if path.startswith("/v1/"))
    assert modules["sample"] == 2, "some of each module, so that none hides the others"
    assert not {answer.status_code for answer in answers} & {400, 401, 403, 404}


async def test_demo_people_are_on_no_page_but_a_developers(client: Client) -> None:
    start = await client.get("/")
    people = await client.get("/dev/login")

    assert "/dev/login" not in start.text
    assert people.status_code == 404


async def test_a_reader_chooses_language_and_light_once(client: Client) -> None:
    english = await client.post("/look", data={"language": "en", "back": "/docs?x=1"})
    dark = await client.post(
        "/look",
        data={"theme": "dark", "back": "/"},
        headers={"Cookie": english.headers["set-cookie"].partition(";")[0]},
    )
    chosen = dark.headers["set-cookie"].partition(";")[0]
    page = await client.get("/", headers={"Cookie": chosen, "Accept-Language": "vi"})

    assert (english.status_code, english.headers["location"]) == (303, "/docs?x=1")
    assert chosen == "tinhs-look=en.dark"
    assert '<html lang="en" data-theme="dark">' in page.text
    assert "cookie" in page.headers["vary"].lower()


@pytest.mark.parametrize("back", ["//elsewhere.example", "https://elsewhere.example", "/\\x", ""])
async def test_the_way_back_never_leaves_the_house(client: Client, back: str) -> None:
    answer = await client.post("/look", data={"theme": "light", "back": back})

    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("cookie", ["tinhs-look=", "tinhs-look=fr.blue", "x=tinhs-look=en.dark"])
async def test_a_choice_that_there_is_not_changes_nothing(client: Client, cookie: str) -> None:
    page = await client.get("/", headers={"Cookie": cookie, "Accept-Language": "vi"})

    assert '<html lang="vi">' in page.text


async def test_fonts_and_the_mark_come_from_this_house(client: Client) -> None:
    sheet = (await client.get("/static/house.css")).text

    named = re.findall(r'url\("([^"]+)"\)', sheet)
    answers = [await client.get(f"/static/{name}") for name in (*named, "mark.svg")]

    assert len(set(named)) == 4
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["content-type"] == "font/woff2"


async def test_the_status_says_the_same_to_people_and_programs(client: Client) -> None:
    page = await client.get("/status", headers={"Accept-Language": "en"})
    told = (await client.get("/status.json")).json()

    assert {each["state"] for each in told["services"]} <= {"works", "away"}
    assert page.text.count("● works") == sum(e["state"] == "works" for e in told["services"])
    assert "no-store" in page.headers["cache-control"]

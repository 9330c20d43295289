"""The pages between a pushed request and its code: for one browser, for ten minutes, and ours."""

import re

import pytest

from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from tests.identity.phone_app import CALLBACK, NewApp, answered


async def test_a_request_is_taken_up_once_and_soon(new_app: NewApp, clock: Clock) -> None:
    app = new_app()
    used, late = await app.push(), await app.push()
    first = await app.authorize(used)
    cookie = first.headers["set-cookie"].partition(";")[0].partition("=")[2]

    again = await app.authorize(used, cookie=cookie)
    elsewhere = await app.authorize(used, cookie="another browser")
    clock.advance(seconds=61)
    stale = await app.authorize(late)

    assert again.headers["location"] == first.headers["location"]
    assert (elsewhere.status_code, stale.status_code) == (400, 400)
    assert "location" not in elsewhere.headers


async def test_nobody_is_sent_to_an_address_that_was_not_pushed(client: Client) -> None:
    asked: list[dict[str, str]] = [
        {},
        {"client_id": "tinhs-app", "redirect_uri": "https://evil.example/"},
        {"client_id": "tinhs-app", "request_uri": "urn:ietf:params:oauth:request_uri:guessed"},
        {"client_id": "tinhs-app", "request_uri": "https://evil.example/"},
        {"client_id": "tinhs-app", "response_type": "code", "redirect_uri": CALLBACK},
    ]

    for query in asked:
        answer = await client.get("/oauth/authorize", params=query)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert answer.headers["content-type"].startswith("text/html")


async def test_the_cookie_of_a_sign_in_is_for_this_host_and_no_script(new_app: NewApp) -> None:
    app = new_app()

    begun = await app.authorize(await app.push())

    name, *attributes = begun.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-ix=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(attributes)


async def test_a_sign_in_stays_in_its_browser(new_app: NewApp, client: Client) -> None:
    app = await new_app().begin()

    elsewhere = [
        await client.get(app.path),
        await app.look(Cookie="__Host-ix=guessed"),
        await app.look(Cookie=f"__Host-ix={app.cookie}; __Host-ix=other"),
        await client.post(f"{app.path}/phone", data={"phone": "0912345678"}),
    ]

    assert {answer.status_code for answer in elsewhere} == {400}
    assert (await app.look()).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_is_refused(
    new_app: NewApp, client: Client, headers: dict[str, str]
) -> None:
    app = await new_app().begin()

    answer = await client.post(
        f"{app.path}/phone",
        data={"phone": "0912345678"},
        headers={"Cookie": f"__Host-ix={app.cookie}", **headers},
    )

    assert answer.status_code == 400


async def test_a_sign_in_lasts_ten_minutes(new_app: NewApp, clock: Clock) -> None:
    app = await new_app().begin()

    clock.advance(minutes=11)

    assert (await app.look()).status_code == 400


async def test_a_person_may_change_their_mind(new_app: NewApp) -> None:
    app = await new_app().begin()

    answer = await app.submit("cancel")
    again = await app.submit("cancel")

    assert answered(answer) == {
        "error": "access_denied",
        "state": "state of the app",
        "iss": BASE_URL,
    }
    assert again.status_code == 400


async def test_the_page_speaks_the_language_of_the_app(new_app: NewApp) -> None:
    english = await (await new_app().begin(ui_locales="en-GB fr")).look()
    vietnamese = await (await new_app().begin()).look()

    assert "Mobile number" in english.text
    assert english.headers["content-language"] == "en"
    assert "Số điện thoại di động" in vietnamese.text


async def test_the_page_lets_its_form_end_at_the_app_and_nowhere_else(new_app: NewApp) -> None:
    page = await (await new_app().begin()).look()

    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/static/passkey.js" defer>']

"""Citizens in a browser: they come in as into an app, see their own affairs, and nobody else's."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend.identity.minting import cookie_key, form_token
from backend.identity.scopes import READ, WRITE
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from backend.work import drain
from tests.identity.authenticator import Authenticator
from tests.identity.phone_app import OURS, NewApp, PhoneApp
from tests.identity.test_passkeys import added, asked_by

DEVICES = "/account/identity/devices"
CONSENTS = "/account/identity/consents"
NUMBER = "/account/identity/phone"


class Citizen:
    """A citizen's browser, which keeps cookies and follows what our pages say."""

    def __init__(self, client: Client, phone_app: PhoneApp) -> None:
        self.client, self.phone_app = client, phone_app
        self.cookies: dict[str, str] = {}

    async def look(self, path: str, **headers: str) -> httpx.Response:
        return self._kept(await self.client.get(path, headers=self._headers(headers)))

    async def submit(
        self, path: str, headers: dict[str, str] = OURS, **form: str
    ) -> httpx.Response:
        if self.cookie:
            form = {"csrf": form_token(self.cookie), **form}
        sent = self._headers(headers)
        return self._kept(await self.client.post(path, data=form, headers=sent))

    async def begin(self, **form: str) -> str:
        """Press the button at the door; return where the sign-in is."""
        answer = await self.submit("/account/login", OURS, **form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come_in(self, phone: str, **form: str) -> httpx.Response:
        """Sign in by a code; return the page in between, which leads on."""
        path = await self.begin(**form)
        assert (await self.submit(f"{path}/phone", phone=phone)).status_code == 303
        code = await self.phone_app.code_sent_to(phone)
        proved = await self.submit(f"{path}/code", code=code)
        return await self.look(proved.headers["location"].removeprefix(BASE_URL))

    async def prove(self, device: Authenticator) -> None:
        """Come in once more, by a passkey."""
        path = await self.begin(more="1", back=DEVICES)
        told = device.use(asked_by((await self.look(path)).text))
        proved = await self.submit(f"{path}/passkey", credential=json.dumps(told))
        await self.look(proved.headers["location"].removeprefix(BASE_URL))

    @property
    def cookie(self) -> str:
        return self.cookies.get("__Host-account", "")

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**more, "Cookie": told} if told else dict(more)

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
            if not self.cookies[name]:
                del self.cookies[name]
        return answer


@pytest.fixture
def citizen(client: Client, new_app: NewApp) -> Citizen:
    return Citizen(client, new_app())


@pytest.fixture
async def at_home(citizen: Citizen, phone: str) -> Citizen:
    """Somebody who has come in by a code."""
    assert (await citizen.come_in(phone)).status_code == 200
    return citizen


@pytest.fixture
async def with_a_key(at_home: Citizen, clock: Clock) -> Citizen:
    """Somebody who has come in by a passkey, minutes after the code."""
    device = Authenticator(BASE_URL)
    made = device.make(asked_by((await at_home.look(DEVICES)).text))
    await at_home.submit("/account/identity/passkeys", credential=json.dumps(made))
    clock.advance(minutes=3)
    await at_home.prove(device)
    return at_home


async def test_a_code_on_the_phone_opens_the_account_in_a_browser(
    citizen: Citizen, phone: str
) -> None:
    entered = await citizen.come_in(phone, back=DEVICES)

    home = await citizen.look("/account")

    assert f'content="0; url={DEVICES}"' in entered.text
    assert home.status_code == 200
    assert phone[-3:] in home.text
    assert "max-age" not in home.headers["cache-control"]
    assert "unsafe" not in home.headers["content-security-policy"]
    assert "__Host-begun" not in citizen.cookies


async def test_the_browser_holds_a_cookie_and_no_token(citizen: Citizen, phone: str) -> None:
    entered = await citizen.come_in(phone)

    (kept,) = [
        line for line in entered.headers.get_list("set-cookie") if line.startswith("__Host-account")
    ]

    assert kept.endswith("; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert len(citizen.cookie) == 43
    assert "eyJ" not in entered.text + str(citizen.cookies)


async def test_without_the_browser_that_began_a_code_opens_nothing(
    citizen: Citizen, phone: str
) -> None:
    path = await citizen.begin()
    await citizen.submit(f"{path}/phone", phone=phone)
    code = await citizen.phone_app.code_sent_to(phone)
    proved = await citizen.submit(f"{path}/code", code=code)
    del citizen.cookies["__Host-begun"]

    stolen = await citizen.look(proved.headers["location"].removeprefix(BASE_URL))

    assert stolen.status_code == 400
    assert not citizen.cookie


async def test_our_pages_are_no_app_that_anybody_else_could_be(new_app: NewApp) -> None:
    app = new_app()

    pushed = await app.send("/oauth/par", app.wanted(client_id="tinhs-web"))

    assert (pushed.status_code, pushed.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("path", ["/account", DEVICES, CONSENTS, NUMBER])
async def test_a_stranger_is_led_to_the_door_and_back(citizen: Citizen, path: str) -> None:
    answer = await citizen.look(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/account/login?back={path}"


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/console", "/account\\"]
)
async def test_nobody_is_led_elsewhere(citizen: Citizen, phone: str, back: str) -> None:
    entered = await citizen.come_in(phone, back=back)

    assert 'content="0; url=/account"' in entered.text


async def test_the_cookie_opens_pages_and_no_interface(at_home: Citizen) -> None:
    interface = await at_home.look("/v1/account")
    console = await at_home.look("/console")

    assert interface.status_code == 401
    assert console.headers["location"] == "/console/login"


async def test_an_officer_at_work_is_nobody_here(at_home: Citizen, at_work: Any) -> None:
    at_home.cookies = {"__Host-console": at_work.cookie}

    answer = await at_home.look("/account")

    assert answer.headers["location"] == "/account/login?back=/account"


@pytest.mark.parametrize(
    "headers",
    [
        {**OURS, "Sec-Fetch-Site": "cross-site"},
        {**OURS, "Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_form_of_a_foreign_page_does_nothing(
    at_home: Citizen, headers: dict[str, str]
) -> None:
    answer = await at_home.submit(f"{DEVICES[:-8]}/sessions/others", headers=headers)
    forged = await at_home.submit(f"{DEVICES[:-8]}/sessions/others", csrf="A" * 43)

    assert (answer.status_code, forged.status_code) == (403, 403)
    assert (await at_home.look("/account")).status_code == 200


async def test_who_leaves_is_out_on_the_server_too(at_home: Citizen) -> None:
    cookie = at_home.cookie

    left = await at_home.submit("/account/leave")
    at_home.cookies = {"__Host-account": cookie}

    assert '"storage"' in left.headers["clear-site-data"]
    assert (await at_home.look("/account")).status_code == 303


async def test_a_session_ends_when_idle_and_lives_on_while_used(
    at_home: Citizen, clock: Clock
) -> None:
    for _ in range(3):
        clock.advance(minutes=10)
        assert (await at_home.look("/account")).status_code == 200

    clock.advance(minutes=16)

    assert (await at_home.look("/account")).status_code == 303


async def test_a_session_ends_after_two_hours_however_much_it_is_used(
    at_home: Citizen, clock: Clock
) -> None:
    for _ in range(11):
        clock.advance(minutes=10)
        assert (await at_home.look("/account")).status_code == 200

    clock.advance(minutes=11)

    assert (await at_home.look("/account")).status_code == 303


async def test_the_lost_phone_is_signed_out_from_a_browser(
    at_home: Citizen, phone: str, new_app: NewApp
) -> None:
    app = new_app()
    tokens = await app.sign_in(phone)
    devices = (await at_home.look(DEVICES)).text
    (path,) = re.findall(r'action="(/account/identity/sessions/[0-9a-f-]+/end)"', devices)

    ended = await at_home.submit(path)

    assert ended.headers["location"] == DEVICES
    assert (await app.account(tokens["access_token"])).status_code == 401
    assert path not in (await at_home.look(DEVICES)).text


async def test_a_strangers_session_is_not_there(
    at_home: Citizen, as_citizen: Callable[..., Caller]
) -> None:
    stranger = as_citizen(READ)
    theirs = (await stranger.get("/v1/account/sessions")).json()["current_id"]

    answer = await at_home.submit(f"/account/identity/sessions/{theirs}/end")

    assert answer.status_code == 404
    assert (await stranger.get("/v1/account")).status_code == 200


async def test_a_passkey_is_made_in_the_browser_and_opens_more(
    at_home: Citizen, phone: str, clock: Clock
) -> None:
    device = Authenticator(BASE_URL)
    asked = asked_by((await at_home.look(DEVICES)).text)
    made = json.dumps(device.make(asked))

    kept = await at_home.submit("/account/identity/passkeys", credential=made, name="Máy ở nhà")
    clock.advance(minutes=1)
    await at_home.prove(device)

    page = (await at_home.look(DEVICES)).text
    assert kept.headers["location"] == DEVICES
    assert "Máy ở nhà" in page
    assert "/account/login?more" not in page


async def test_what_needs_a_passkey_says_so_at_the_door(at_home: Citizen, clock: Clock) -> None:
    clock.advance(minutes=11)

    page = (await at_home.look(DEVICES)).text
    refused = await at_home.submit("/account/identity/passkeys", credential="{}")
    door = await at_home.look("/account/login?more&back=/account")

    assert "data-passkey" not in page
    assert f"/account/login?more&amp;back={DEVICES}" in page
    assert refused.status_code in {303, 422}
    assert 'name="more"' in door.text


async def test_a_number_is_changed_in_the_browser_unless_one_keeps_the_old(
    with_a_key: Citizen, phone: str
) -> None:
    new, reader = f"+848{phone[4:]}", with_a_key.phone_app

    asked = await with_a_key.submit(NUMBER, phone=new.replace("+84", "0"))
    sent = await with_a_key.look(asked.headers["location"])
    code = await reader.code_sent_to(new)
    proved = await with_a_key.submit(f"{NUMBER}/code", code=f"{code[:3]} {code[3:]}")
    await drain(reader.shop)
    waiting = (await with_a_key.look(proved.headers["location"])).text
    kept = await with_a_key.submit(f"{NUMBER}/kept")
    after = (await with_a_key.look(DEVICES)).text

    assert [asked.status_code, proved.status_code, kept.status_code] == [303] * 3
    assert f'action="{NUMBER}/code"' in sent.text
    assert (f'action="{NUMBER}/kept"' in waiting, "chờ thay số cũ" in waiting) == (True, True)
    assert "#" not in [letter["text"] for letter in reader.letters() if letter["to"] == phone][-1]
    assert "chờ thay số cũ" not in after


async def test_what_is_wrong_about_a_new_number_is_said_on_its_page(
    with_a_key: Citizen, phone: str
) -> None:
    new = f"+848{phone[4:]}"

    foreign = await with_a_key.submit(NUMBER, phone="+44 20 7946 0000")
    asked = await with_a_key.submit(NUMBER, phone=new)
    again = await with_a_key.submit(NUMBER, phone=new)
    right = await with_a_key.phone_app.code_sent_to(new)
    wrong = [f"{(int(right) + n) % 1_000_000:06}" for n in range(1, 6)]
    guessed = [await with_a_key.submit(f"{NUMBER}/code", code=code) for code in wrong]
    late = await with_a_key.submit(f"{NUMBER}/code", code=right)

    pages = [foreign, again, *guessed, late]
    assert asked.status_code == 303
    assert [page.status_code for page in pages] == [422, 429, *[409] * 5, 429]
    assert all('role="alert"' in page.text for page in pages)
    assert 'value="+44 20 7946 0000"' in foreign.text
    assert int(again.headers["retry-after"]) in range(1, 61)


async def test_a_code_is_not_enough_to_change_the_number(at_home: Citizen) -> None:
    looked = await at_home.look(NUMBER)
    asked = await at_home.submit(NUMBER, phone="0912 345 678")
    guessed = await at_home.submit(f"{NUMBER}/code", code="123456")

    assert looked.headers["location"] == f"/account/login?more&back={NUMBER}"
    assert {asked.headers["location"], guessed.headers["location"]} == {
        "/account/login?more&back=/account"
    }


async def test_the_table_knows_no_cookie(at_home: Citizen, connection: Connection) -> None:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")

    kept = await connection.fetchval(
        "select count(*) from identity.session where dpop_jkt = $1", cookie_key(at_home.cookie)
    )
    bare = await connection.fetchval(
        "select count(*) from identity.session where dpop_jkt = $1", at_home.cookie
    )

    assert (kept, bare) == (1, 0)


async def test_a_passkey_of_the_app_opens_the_browser(
    citizen: Citizen, as_citizen: Callable[..., Caller]
) -> None:
    device = Authenticator(BASE_URL)
    await added(as_citizen(READ, WRITE, ial=2), device)
    path = await citizen.begin()
    told = device.use(asked_by((await citizen.look(path)).text))

    proved = await citizen.submit(f"{path}/passkey", credential=json.dumps(told))
    await citizen.look(proved.headers["location"].removeprefix(BASE_URL))

    home = await citizen.look("/account")
    assert "định danh mức 2" in home.text
    assert "khóa đăng nhập" in home.text

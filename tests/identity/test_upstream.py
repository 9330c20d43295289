"""An identity provider in front: who it proves, what it may not do, and that nothing leaks."""

import json
import re
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.outside import Outside, Unreachable
from backend.identity.settings import Settings as SignIn
from backend.identity.signer import Signer
from backend.identity.upstream.settings import Upstream, described
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from contracts.identity import PersonMerged, PersonVerified
from contracts.personal_data import People
from tests.identity.idp import CLIENT, ISSUER, Idp
from tests.identity.phone_app import CALLBACK, NewApp, PhoneApp, code_of

ROOT = Path(__file__).parents[2]
NUMBERS = iter(range(10_000, 99_999, 10))

TOML = """
[vneid]
title = "VNeID thử"
authorize = "{url}/authorize"
token = "{url}/token"
jwks = "{url}/jwks"
expected_issuer = "{issuer}"
client_id = "{client}"
client_key = "{key}"
claims.level = "LoaiTaiKhoan"
claims.name = "HoVaTen"
claims.birth = "NgayThangNamSinh"
claims.number = "SoDinhDanh"
level_map = {{ 1 = 1, 2 = 2 }}
"""


@pytest.fixture(scope="module")
def ours() -> Signer:
    return Signer(generate_private_key(SECP256R1()))


@pytest.fixture(scope="module")
def idp(clock: Clock, ours: Signer) -> Iterator[Idp]:
    found = Idp(clock, ours._private.public_key())
    yield found
    found.close()


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type, msgspec.Struct],
    idp: Idp,
    ours: Signer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[type, msgspec.Struct]:
    """A house of a developer, in front of which a provider stands."""
    key: Path = tmp_path_factory.mktemp("keys") / "ours.pem"
    key.write_bytes(ours.pem())
    house: Any = settings[Settings]
    return {
        **settings,
        Settings: msgspec.structs.replace(house, env="dev"),
        SignIn: SignIn(
            login_methods=("phone", "vneid"),
            upstreams=TOML.format(url=idp.url, issuer=ISSUER, client=CLIENT, key=key),
            sms_senders=("file",),
            app_redirect_uris=(CALLBACK,),
            carrier_networks=("127.0.0.0/8",),
        ),
    }


@pytest.fixture
def phone() -> str:
    return f"+849{next(NUMBERS)}000"


async def leave(app: PhoneApp) -> str:
    """Follow the link to the provider; return where it leads."""
    cookie = {"Cookie": f"__Host-ix={app.cookie}"}
    answer = await app.client.get(f"{app.path}/up/vneid", headers=cookie)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def back(app: PhoneApp, query: str, *, cookie: str | None = None) -> httpx.Response:
    """Let the provider send the browser back."""
    return await app.client.get(
        f"/login/cb/vneid?{query}",
        headers={
            "Cookie": f"__Host-ix={app.cookie if cookie is None else cookie}",
            "Sec-Fetch-Site": "cross-site",
        },
    )


async def prove(app: PhoneApp, idp: Idp, sub: str, **claims: Any) -> httpx.Response:
    return await back(app, idp.approve(await leave(app), sub, **claims))


async def sign_in(app: PhoneApp, idp: Idp, sub: str, **claims: Any) -> dict[str, Any]:
    """Sign in by the provider alone; return the account and the tokens."""
    await app.begin()
    answer = await prove(app, idp, sub, **claims)
    if answer.headers["location"].startswith("/login/"):
        answer = await app.submit("up/vneid")
    return await app.trade(code_of(answer))


async def account(app: PhoneApp, tokens: dict[str, Any]) -> dict[str, Any]:
    answer = await app.account(tokens["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- who it proves ------------------------------------------------------------------------------


async def test_somebody_new_signs_in_and_is_known_the_next_time(
    new_app: NewApp, idp: Idp, told: Callable[[type], Awaitable[list[Any]]]
) -> None:
    sub = uuid4().hex

    first = await account(app := new_app(), await sign_in(app, idp, sub))
    second = await account(app := new_app(), await sign_in(app, idp, sub))

    assert first["person_id"] == second["person_id"]
    assert (first["ial"], first["acr"]) == (2, "aal2")
    verified = [e for e in await told(PersonVerified) if str(e.person_id) == first["person_id"]]
    assert [event.ial for event in verified] == [2]


async def test_the_page_offers_it_by_its_name(new_app: NewApp) -> None:
    app = await new_app().begin()

    page = await app.look()

    assert "VNeID thử" in page.text
    assert f'href="{app.path}/up/vneid"' in page.text


async def test_what_it_asks_is_whole(new_app: NewApp, idp: Idp) -> None:
    location = await leave(await new_app().begin())

    asked = httpx.URL(location).params
    assert location.startswith(f"{idp.url}/authorize?")
    assert (asked["prompt"], asked["max_age"], asked["scope"]) == ("login", "0", "openid")
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver.local/login/cb/vneid"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_a_level_is_what_the_settings_say(new_app: NewApp, idp: Idp) -> None:
    one = await account(app := new_app(), await sign_in(app, idp, uuid4().hex, LoaiTaiKhoan="1"))
    app = await new_app().begin()
    unknown = [
        (await prove(app, idp, uuid4().hex, LoaiTaiKhoan=level)).status_code
        for level in (3, True, None, "", "02", [2])
    ]

    assert one["ial"] == 1
    assert unknown == [422] * 6


async def test_an_account_by_phone_becomes_the_one_that_is_proven(
    new_app: NewApp, idp: Idp, phone: str
) -> None:
    before = await account(app := new_app(), await app.sign_in(phone))
    sub = uuid4().hex

    app = await new_app().begin()
    asked = await prove(app, idp, sub)
    page = await app.look()
    linked = await account(app, await app.trade(code_of(await app.prove(phone))))
    again = await account(app := new_app(), await sign_in(app, idp, sub))

    assert f'action="{asked.headers["location"]}/phone"' in page.text
    assert before["person_id"] == linked["person_id"] == again["person_id"]
    assert (before["ial"], linked["ial"], again["ial"]) == (0, 2, 2)


async def test_two_accounts_of_one_human_being_become_one(
    new_app: NewApp, idp: Idp, phone: str, told: Callable[[type], Awaitable[list[Any]]]
) -> None:
    sub = uuid4().hex
    proven = await account(app := new_app(), await sign_in(app, idp, sub))
    by_phone = new_app()
    old_tokens = await by_phone.sign_in(phone)
    old = await account(by_phone, old_tokens)

    app = await new_app().begin()
    await prove(app, idp, sub)
    merged = await account(app, await app.trade(code_of(await app.prove(phone))))
    afterwards = await by_phone.account(old_tokens["access_token"])
    later = await new_app().begin()
    by_number = await later.prove(phone)

    assert merged["person_id"] == proven["person_id"] != old["person_id"]
    assert afterwards.status_code == 401
    # The number is the proven account's now: a device that is new there has to say whose it is.
    assert by_number.headers["location"] == later.path
    events = [e for e in await told(PersonMerged) if str(e.old_id) == old["person_id"]]
    assert [str(event.new_id) for event in events] == [proven["person_id"]]


async def test_a_number_of_somebody_else_is_not_an_account(
    new_app: NewApp, idp: Idp, phone: str
) -> None:
    """The provider knows both: whoever has the number now is not who had it."""
    app = await new_app().begin()
    await prove(app, idp, "first of two")
    first = await account(app, await app.trade(code_of(await app.prove(phone))))

    app = await new_app().begin()
    await prove(app, idp, "second of two")
    second = await account(app, await app.trade(code_of(await app.prove(phone))))

    assert first["person_id"] != second["person_id"]
    again = await account(app := new_app(), await sign_in(app, idp, "first of two"))
    assert again["person_id"] == first["person_id"]


async def test_a_number_that_was_verified_elsewhere_is_left_alone(
    new_app: NewApp, idp: Idp, phone: str, connection: Connection
) -> None:
    holder = await account(app := new_app(), await app.sign_in(phone))
    await connection.execute(
        "update identity.person set ial = 2, status = 'verified' where id = $1",
        UUID(holder["person_id"]),
    )

    app = await new_app().begin()
    await prove(app, idp, uuid4().hex)
    refused = await app.prove(phone)
    without = await account(app, await app.trade(code_of(await app.submit("up/vneid"))))

    assert refused.status_code == 409
    assert "up/vneid" in refused.text
    assert without["person_id"] != holder["person_id"]


async def test_nobody_goes_on_without_a_number_who_was_not_proved(new_app: NewApp) -> None:
    app = await new_app().begin()

    answer = await app.submit("up/vneid")

    assert answer.status_code == 422


async def test_what_it_tells_is_kept_sealed_and_shown_to_the_person_alone(
    new_app: NewApp, idp: Idp, authority: Authority
) -> None:
    number = f"0380990{uuid4().int % 100_000:05}"
    told_of = {"SoDinhDanh": number, "HoVaTen": "Lê Thị Mới", "NgayThangNamSinh": "20010229"}
    app = new_app()
    tokens = await sign_in(app, idp, uuid4().hex, **told_of)
    person_id = UUID((await account(app, tokens))["person_id"])

    async with authority.transaction() as tx:
        people = tx.ask(People)
        card = await people.card(
            person_id, ("name", "birth_date", "national_id"), purpose="identity.sign_in"
        )
    other = await account(app := new_app(), await sign_in(app, idp, uuid4().hex, **told_of))
    async with authority.transaction() as tx:
        found = await tx.ask(People).find("national_id", number, purpose="identity.sign_in")

    assert card is not None
    assert (card.name, card.national_id, card.birth_date) == ("Lê Thị Mới", number, None)
    assert found == person_id != UUID(other["person_id"])


# --- freshness ----------------------------------------------------------------------------------


async def test_an_earlier_success_is_no_second_factor(
    new_app: NewApp, idp: Idp, clock: Clock
) -> None:
    an_hour_ago = int(clock.now.timestamp()) - 3600
    app = await new_app().begin(acr_values="aal2")

    stale = await prove(app, idp, "stale", auth_time=an_hour_ago)
    silent = await prove(app, idp, "stale", auth_time=None)
    fresh = await prove(app, idp, "stale")

    assert [stale.status_code, silent.status_code, fresh.status_code] == [403, 403, 303]


async def test_a_step_up_is_a_round_of_its_own(new_app: NewApp, idp: Idp, clock: Clock) -> None:
    sub = uuid4().hex
    an_hour_ago = int(clock.now.timestamp()) - 3600
    weak = await account(app := new_app(), await sign_in(app, idp, sub, auth_time=an_hour_ago))

    await app.begin(acr_values="aal2")
    await prove(app, idp, sub)
    strong = await account(app, await app.trade(code_of(await app.submit("up/vneid"))))

    assert (weak["acr"], strong["acr"]) == ("aal1", "aal2")
    assert weak["session_id"] != strong["session_id"]


# --- tricks -------------------------------------------------------------------------------------

LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "for another client": {"aud": "somebody"},
    "for us and another": {"aud": [CLIENT, "somebody"]},
    "authorized for another": {"azp": "somebody"},
    "another round": {"nonce": "of another round"},
    "no round": {"nonce": None},
    "over": {"exp": 1},
    "of tomorrow": {"iat": 4_000_000_000},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a logout token": {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    "another key": {"head": {"forged": True}},
    "a key that is not known": {"head": {"kid": "unknown"}},
    "a key of another kind": {"head": {"kid": "curve"}},
    "no signature": {"head": {"alg": "none"}},
    "a shared secret": {"head": {"alg": "HS256", "kid": "shared"}},
    "a key that it brings": {"head": {"jwk": {"kty": "RSA"}}},
    "a place for keys": {"head": {"jku": "https://evil.example/jwks"}},
    "something critical": {"head": {"crit": ["exp"]}},
    "another kind of token": {"head": {"typ": "logout+jwt"}},
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_cannot_be_believed_lets_nobody_in(
    new_app: NewApp, idp: Idp, lie: str, connection: Connection
) -> None:
    app = await new_app().begin()
    before = await connection.fetchval("select count(*) from identity.upstream_proof")

    answer = await prove(app, idp, **{"sub": uuid4().hex, **LIES[lie]})

    assert answer.status_code == 422
    assert await connection.fetchval("select count(*) from identity.upstream_proof") == before


async def test_es256_is_believed_as_well(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()

    answer = await prove(app, idp, uuid4().hex, head={"alg": "ES256", "kid": "curve"})

    assert answer.status_code == 303


async def test_a_way_back_works_once_in_one_browser_and_for_one_provider(
    new_app: NewApp, idp: Idp
) -> None:
    app, other = await new_app().begin(), await new_app().begin()
    query = idp.approve(await leave(app), uuid4().hex)

    elsewhere = await back(other, query)
    nowhere = await back(app, query, cookie="")
    nobody = await app.client.get(
        f"/login/cb/nobody?{query}", headers={"Cookie": f"__Host-ix={app.cookie}"}
    )
    invented = await back(app, "code=x&state=invented")
    mine = await back(app, query)
    again = await back(app, query)

    assert [a.status_code for a in (elsewhere, nowhere, nobody, invented)] == [400] * 4
    assert mine.status_code == 303
    assert again.status_code == 400


async def test_another_provider_cannot_answer_in_its_place(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    query = idp.approve(await leave(app), uuid4().hex)

    answer = await back(app, f"{query}&iss=https%3A%2F%2Fevil.example")

    assert answer.status_code == 422


async def test_whoever_declines_there_can_choose_another_way(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    state = httpx.URL(await leave(app)).params["state"]

    answer = await back(app, f"error=access_denied&state={state}")

    assert answer.status_code == 403
    assert f'action="{app.path}/phone"' in answer.text


async def test_a_provider_that_is_down_is_said_to_be(new_app: NewApp, idp: Idp) -> None:
    app = await new_app().begin()
    idp.status = 500
    try:
        broken = await prove(app, idp, uuid4().hex)
    finally:
        idp.status = 200

    assert broken.status_code == 422
    assert (await prove(app, idp, uuid4().hex)).status_code == 303


# --- nothing leaks ------------------------------------------------------------------------------


async def test_nothing_of_the_provider_leaves_the_gateway(
    new_app: NewApp, idp: Idp, connection: Connection
) -> None:
    sub = f"name-at-the-provider-{uuid4().hex}"
    sid = f"session-at-the-provider-{uuid4().hex}"
    app = await new_app().begin()
    told_of = {"sid": sid, "SoDinhDanh": "038099012345"}
    seen = [await prove(app, idp, sub, **told_of), await app.look()]
    seen.append(await app.submit("up/vneid"))
    tokens = await app.trade(code_of(seen[-1]))
    seen.append(await app.account(tokens["access_token"]))

    rows = await connection.fetch(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('identity', 'kernel') and table_type = 'BASE TABLE'"
    )
    kept = ""
    for row in rows:
        found = await connection.fetch(
            f"select to_jsonb(t)::text as text from {row['table_schema']}.{row['table_name']} as t"
        )
        kept += "".join(each["text"] for each in found)
    secrets = [*idp.given, sub, sid, "Bí Mật", "038099012345"]
    told = "".join(f"{answer.headers} {answer.text}" for answer in seen) + json.dumps(tokens)
    assert [text for text in secrets if text in told] == []
    assert [text for text in secrets if text in kept] == []
    assert "vneid" not in json.dumps(jwt_claims(tokens["access_token"]))


def jwt_claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


# --- signing out there ----------------------------------------------------------------------------


async def log_out(client: Client, token: str, name: str = "vneid") -> httpx.Response:
    return await client.post(f"/oauth/backchannel-logout/{name}", data={"logout_token": token})


async def test_a_sign_out_there_ends_the_session_that_began_with_it(
    new_app: NewApp, idp: Idp, client: Client
) -> None:
    sub = uuid4().hex
    here, there = new_app(), new_app()
    first = await sign_in(here, idp, sub, sid="first")
    second = await sign_in(there, idp, sub, sid="second")

    answer = await log_out(client, idp.logout(sid="first"))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await here.account(first["access_token"])).status_code == 401
    assert (await here.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await there.account(second["access_token"])).status_code == 200


async def test_a_sign_out_of_a_person_ends_all_that_began_there_and_nothing_else(
    new_app: NewApp, idp: Idp, client: Client, phone: str
) -> None:
    sub = uuid4().hex
    one, two, by_phone = new_app(), new_app(), new_app()
    first, second = await sign_in(one, idp, sub), await sign_in(two, idp, sub)
    stranger = await by_phone.sign_in(phone)

    await log_out(client, idp.logout(sub=sub))

    assert (await one.account(first["access_token"])).status_code == 401
    assert (await two.account(second["access_token"])).status_code == 401
    assert (await by_phone.account(stranger["access_token"])).status_code == 200


async def test_a_logout_token_works_once(new_app: NewApp, idp: Idp, client: Client) -> None:
    sub = uuid4().hex
    token = idp.logout(sub=sub)
    first = await log_out(client, token)
    tokens = await sign_in(app := new_app(), idp, sub)

    again = await log_out(client, token)

    assert (first.status_code, again.status_code) == (200, 400)
    assert again.json()["error"] == "invalid_request"
    assert (await app.account(tokens["access_token"])).status_code == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody"},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"jti": None},
        {"sub": None},
        {"nonce": "like an ID token's"},
        {"events": None},
        {"events": {"something": {}}},
        {"head": {"typ": "JWT"}},
        {"head": {"typ": ""}},
        {"head": {"forged": True}},
        {"head": {"alg": "none"}},
    ],
    ids=str,
)
async def test_a_logout_token_that_cannot_be_believed_ends_nothing(
    new_app: NewApp, idp: Idp, client: Client, lie: dict[str, Any]
) -> None:
    sub = uuid4().hex
    tokens = await sign_in(app := new_app(), idp, sub)

    answer = await log_out(client, idp.logout(**{"sub": sub, **lie}))

    assert answer.status_code == 400
    assert (await app.account(tokens["access_token"])).status_code == 200


async def test_an_id_token_signs_nobody_out(idp: Idp, client: Client) -> None:
    answers = [
        await log_out(client, idp.signed({"sub": "x"})),
        await log_out(client, ""),
        await log_out(client, "no.no.no"),
        await log_out(client, idp.logout(sub="x"), name="nobody"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4


# --- where we call ------------------------------------------------------------------------------


@pytest.fixture
def outside() -> Outside:
    return Outside({"localhost", "127.0.0.1", "169.254.169.254"}, is_dev=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/jwks",
        "https://127.0.0.1/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://evil.example/jwks",
        "http://localhost/jwks",
        "file:///etc/passwd",
        "/jwks",
    ],
)
async def test_nothing_but_public_hosts_of_the_settings_is_called(
    outside: Outside, url: str
) -> None:
    with pytest.raises(Unreachable):
        await outside.get(url)


async def test_a_host_that_does_not_answer_is_left_alone(idp: Idp) -> None:
    outside = Outside({"localhost"}, is_dev=True)
    for _ in range(5):
        with pytest.raises(Unreachable):
            await outside.post("http://localhost:9/", b"", {})

    with pytest.raises(Unreachable, match="left alone"):
        await outside.get(f"{idp.url}/jwks")


# --- settings -----------------------------------------------------------------------------------

GOOD = TOML.format(url="https://sso.example", issuer=ISSUER, client=CLIENT, key="/k")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "TINHS_IDENTITY_UPSTREAMS"),
        (GOOD.replace("[vneid]", "[phone]"), "phone cannot be a name"),
        (GOOD.replace("[vneid]", '["vn/eid"]'), "cannot be a name"),
        (GOOD.replace("authorize", "authorise"), "authorise"),
        (GOOD.replace("token = ", "par = "), "discovery"),
        (GOOD.replace("2 = 2", "2 = 3"), "1 or 2"),
        (GOOD.replace('claims.level = "LoaiTaiKhoan"', ""), "one key"),
        (GOOD + 'scope = "profile"', "openid"),
    ],
)
def test_a_description_that_cannot_work_is_refused_at_once(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        described(text)


def test_a_way_to_sign_in_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody knows vneid"):
        SignIn(login_methods=("vneid",))


def test_the_description_in_the_guide_is_one() -> None:
    page = (ROOT / "docs" / "guide" / "an-identity-provider.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]

    found = described(text)

    assert [upstream.title for upstream in found.values()] == ["VNeID"]
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", page, re.MULTILINE)
    named = set(re.findall(r"`([a-z_]+)`", " ".join(rows))) | set(tomllib.loads(text)["vneid"])
    assert named == set(Upstream.__struct_fields__)

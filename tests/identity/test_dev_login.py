"""`/dev/login` and `tinhs call`: demo people with real sessions, on a developer's machine alone."""

import stat
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from backend.host.app import create_app
from backend.host.app import now as real_now
from backend.host.call import Call, DemoCaller, Kept, NobodyAnswers, composed, shown
from backend.host.registry import discover
from backend.host.settings import BadSettings, Settings
from backend.identity import demo
from backend.identity.minting import mint_citizen
from backend.identity.signer import Signer
from backend.kernel import Injected, Module, Scope, Statement, Transaction, everything, requires
from backend.kernel.database import Connection
from backend.testing import Client, Clock

STRONG = Scope(name="vault:open", rule=everything(), acr="aal2", max_age=timedelta(minutes=5))
DESK = Scope(
    name="vault:desk",
    kinds=frozenset({"staff"}),
    roles=frozenset({"moderator"}),
    rule=everything(),
)


class Note(msgspec.Struct):
    text: str


class Who(msgspec.Struct):
    kind: str
    wards: int


ASK = Statement("select tinhs.kind()")


@get("/open", guards=[requires(STRONG)])
async def open_vault(tx: Injected[Transaction]) -> Who:
    await tx.run(ASK)
    return Who(kind=tx.principal.kind, wards=len(tx.principal.wards))


@post("/notes", guards=[requires(DESK)])
async def note(data: JSONBody[Note], tx: Injected[Transaction]) -> Note:
    await tx.run(ASK)
    return data


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), Module(name="vault", scopes=(STRONG, DESK), routes=(open_vault, note))]


class RealClock(Clock):
    """`tinhs call` reads the clock of the machine, so the house does too."""

    def __call__(self) -> Any:
        self.now = real_now()
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return RealClock()


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    ours: Any = settings[Settings]
    return {**settings, Settings: msgspec.structs.replace(ours, env="dev")}


@pytest.fixture
def call(client: Client, tmp_path: Path) -> Callable[..., Any]:
    async def call(who: str, method: str, path: str, **more: Any) -> Any:
        caller = DemoCaller(client, who, tmp_path)
        return await caller.send(Call(method=method, path=path, **more))

    return call


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


async def test_the_page_lists_everybody(client: Client) -> None:
    page = await client.get("/dev/login")

    assert page.headers["content-type"].startswith("text/html")
    assert "no-store" in page.headers["cache-control"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    for key in (*demo.CITIZENS, *demo.OFFICERS, *demo.PARTNERS):
        assert key in page.text


async def test_a_citizen_reads_their_account(call: Callable[..., Any]) -> None:
    answer = await call("citizen", "GET", "/v1/account")

    assert answer.status_code == 200
    assert answer.json()["person_id"] == str(demo.person_id("citizen"))
    assert b'\n  "ial": 0' in shown(answer, Terminal())
    assert shown(answer, StringIO()) == answer.content  # a file is given what was sent


async def test_a_second_call_signs_in_no_more(
    call: Callable[..., Any], connection: Connection, tmp_path: Path
) -> None:
    first = (await call("citizen", "GET", "/v1/account")).json()["session_id"]
    second = (await call("citizen", "GET", "/v1/account")).json()["session_id"]
    await connection.execute("update identity.session set revoked_at = now()")
    third = (await call("citizen", "GET", "/v1/account")).json()["session_id"]

    assert first == second != third
    (kept,) = (tmp_path / "call").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_a_scope_that_came_after_signing_in_is_there_at_once(
    call: Callable[..., Any], client: Client, tmp_path: Path
) -> None:
    await call("citizen-verified", "GET", "/v1/account")
    (file,) = (tmp_path / "call").iterdir()
    kept = msgspec.json.decode(file.read_bytes(), type=Kept)
    authority = client.app.state.authority
    async with authority.transaction() as tx:
        poorer = await mint_citizen(
            tx,
            jkt=Signer.from_pem(kept.pem.encode()).thumbprint,
            scopes=["identity:read"],
            person_id=demo.person_id("citizen-verified"),
        )
    kept.token = authority.person_token(poorer)
    file.write_bytes(msgspec.json.encode(kept))

    answer = await call("citizen-verified", "GET", "/v1/vault/open")

    assert answer.status_code == 200


async def test_a_door_that_asks_for_more_gets_more(call: Callable[..., Any]) -> None:
    weak = await call("citizen", "GET", "/v1/account")
    strong = await call("citizen", "GET", "/v1/vault/open")

    assert weak.json()["acr"] == "aal1"
    assert strong.status_code == 200


async def test_a_parent_comes_with_a_child(call: Callable[..., Any]) -> None:
    first = await call("citizen-parent", "GET", "/v1/vault/open")
    again = await call("citizen-parent", "GET", "/v1/vault/open")

    assert (first.json()["wards"], again.json()["wards"]) == (1, 1)


async def test_an_officer_acts_at_the_console(
    call: Callable[..., Any], connection: Connection
) -> None:
    made = await call("officer", "POST", "/v1/vault/notes", json={"text": "chào"})
    await connection.execute("update identity.console_session set revoked_at = now()")
    again = await call("officer", "POST", "/v1/vault/notes", json={"text": "chào"})
    refused = await call("admin", "POST", "/v1/vault/notes", json={"text": "chào"})

    assert (made.status_code, again.status_code, refused.status_code) == (201, 201, 403)


async def test_a_key_that_is_given_is_sent(call: Callable[..., Any]) -> None:
    answers = [
        await call("officer", "POST", "/v1/vault/notes", json={"text": "một"}, key="mine")
        for _ in range(2)
    ]

    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]


async def test_a_partner_has_a_token_of_its_own(client: Client) -> None:
    answer = await client.post(
        "/dev/login", json={"as": "partner", "jwk": msgspec.to_builtins(Signer().jwk)}
    )

    assert answer.status_code == 200
    assert answer.json()["kind"] == "token"


async def test_files_go_as_a_form(tmp_path: Path, client: Client) -> None:
    photo = tmp_path / "ảnh.jpg"
    photo.write_bytes(b"\xff\xd8")
    caller = DemoCaller(client, "citizen", tmp_path)

    answer = await caller.send(
        Call(
            method="POST",
            path="/nowhere",
            json={"text": "ổ gà", "location": {"lat": 19.8}},
            files=(("photo", photo),),
        )
    )

    sent = answer.request.read()
    assert answer.status_code == 404
    assert "ổ gà".encode() in sent
    assert b'{"lat":19.8}' in sent
    assert b"image/jpeg" in sent


def test_a_command_line_says_what_to_send(tmp_path: Path) -> None:
    photo = tmp_path / "x.jpg"
    photo.touch()

    made = composed(
        "post", "/v1/x", body='{"a": 1}', files=[f"photo=@{photo}"], headers=["If-Match: 3"]
    )

    assert (made.method, made.json, made.headers) == ("POST", {"a": 1}, {"If-Match": "3"})
    assert made.files == (("photo", photo),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "v1/x"},
        {"body": "{"},
        {"files": ["photo"]},
        {"files": ["photo=@nowhere.jpg"]},
        {"headers": ["If-Match"]},
    ],
    ids=str,
)
def test_a_command_line_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"path|JSON|json|--file|--header"):
        composed("POST", **{"path": "/v1/x", **wrong})


async def test_nobody_else_can_be_signed_in(client: Client, call: Callable[..., Any]) -> None:
    stranger = await client.post("/dev/login", json={"as": "the mayor"})
    keyless = await client.post("/dev/login", json={"as": "citizen"})
    bad_point = await client.post(
        "/dev/login",
        json={
            "as": "citizen",
            "jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        },
    )

    assert stranger.status_code == 404
    assert keyless.status_code == bad_point.status_code == 400
    assert keyless.json()["errors"][0]["pointer"] == "/jwk"
    with pytest.raises(NobodyAnswers):
        await call("the mayor", "GET", "/v1/account")


@pytest.mark.parametrize(
    ("who", "kind", "home"),
    [("officer", "console", "/console"), ("citizen-parent", "account", "/account")],
)
async def test_a_browser_is_sent_back_with_a_cookie(
    client: Client, who: str, kind: str, home: str
) -> None:
    answer = await client.post("/dev/login/browser", data={"as": who})
    stranger = await client.post("/dev/login/browser", data={"as": "the mayor"})

    assert (answer.status_code, stranger.status_code) == (303, 404)
    assert answer.headers["location"] == home
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{kind}=")
    assert all(word in cookie for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"))
    inside = await client.get(home, headers={"Cookie": cookie.partition(";")[0]})
    assert inside.status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])  # noqa: S104 - what must be refused
def test_a_developers_house_listens_to_this_machine_alone(
    modules: Sequence[Module], settings: Mapping[type, msgspec.Struct], host: str
) -> None:
    ours: Any = settings[Settings]

    with pytest.raises(BadSettings, match="TINHS_HOST"):
        create_app(
            modules,
            {**settings, Settings: msgspec.structs.replace(ours, host=host)},
            secret=b"s",
        )


@pytest.mark.parametrize("env", ["prod", "test"])
def test_there_is_no_such_door_elsewhere(
    modules: Sequence[Module], settings: Mapping[type, msgspec.Struct], env: str
) -> None:
    ours: Any = settings[Settings]

    app = create_app(
        modules, {**settings, Settings: msgspec.structs.replace(ours, env=env)}, secret=b"s" * 32
    )

    assert not [route.path for route in app.routes if route.path.startswith("/dev/")]

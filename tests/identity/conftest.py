"""What the tests of identity share: a forger who holds our key, an app, the public vectors."""

import json
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import jwt
import msgspec
import pytest
import pytest_asyncio

from backend.host.registry import gather
from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.console import enrolling
from backend.identity.minting import mint_citizen, mint_staff
from backend.identity.scopes import READ
from backend.identity.settings import Settings as SignIn
from backend.identity.signer import Signer
from backend.kernel import House, Module, Scope
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from backend.work import open_workshop
from backend.work.perform import Workshop
from tests.identity.authenticator import Authenticator
from tests.identity.officer import Browser, Invite
from tests.identity.phone_app import CALLBACK, NewApp, PhoneApp

VECTORS: Final = Path(
    os.environ.get("TINHS_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors")
)
NUMBERS: Final = iter(range(10_000_000, 99_999_999, 10_001))


@pytest.fixture
def groups() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a file of vectors; says aloud when it is not there."""

    def read(name: str) -> list[dict[str, Any]]:
        file = VECTORS / name
        if not file.is_file():
            pytest.skip(f"1 vector file was absent: {file}")
        return json.loads(file.read_text(encoding="utf-8"))["testGroups"]

    return read


class Forger:
    """Signs whatever it is asked to with the key of the house: only the rules can stop it."""

    def __init__(self, authority: Authority, clock: Clock) -> None:
        self._authority, self._clock = authority, clock
        self.signer = Signer()

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return a citizen's claims; a claim that is changed to None is left out."""
        issued = int(self._clock.now.timestamp())
        claims = {
            "iss": BASE_URL,
            "sub": "01a200b5-5e17-7000-ae5c-cf2dc583fa9c",
            "aud": f"{BASE_URL}/v1",
            "client_id": "tinhs-app",
            "scope": "identity:read",
            "iat": issued,
            "exp": issued + 300,
            "jti": "one",
            "cnf": {"jkt": self.signer.thumbprint},
            "sid": "01a200b5-5e17-7001-bf5e-14251f83faa2",
            "ial": 0,
            "acr": "aal1",
            "amr": ["otp"],
            "auth_time": issued,
        }
        return {name: v for name, v in {**claims, **changed}.items() if v is not None}

    def token(
        self, claims: dict[str, Any] | None = None, head: dict[str, Any] | None = None
    ) -> bytes:
        kid, reference = self._authority.keys.signing()
        key = self._authority.kms.load(reference)
        signed = jwt.encode(
            self.claims() if claims is None else claims,
            key,
            algorithm="ES256",
            headers={"typ": "at+jwt", "kid": kid, **(head or {})},
        )
        return signed.encode()


@pytest.fixture
def authority(client: Client) -> Authority:
    return client.app.state.authority


@pytest.fixture
def forger(authority: Authority, clock: Clock) -> Forger:
    return Forger(authority, clock)


@pytest.fixture
def reading() -> Scope:
    """The scope of one's own account."""
    return READ


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    """A house that sends codes into a folder, and knows the address of one app."""
    return {**settings, SignIn: SignIn(sms_senders=("file",), app_redirect_uris=(CALLBACK,))}


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type, msgspec.Struct],
    clock: Clock,
) -> AsyncGenerator[Workshop]:
    """The worker that sends the codes."""
    ours: Any = settings[Settings]
    house = House(providers=gather(modules, settings), base_url=BASE_URL, data_dir=ours.data_dir)
    shop = open_workshop(database.job, house, modules, concurrency=2, clock=clock)
    yield shop
    await shop.pool.close()


@pytest.fixture
def new_app(
    client: Client,
    clock: Clock,
    shop: Workshop,
    settings: Mapping[type, msgspec.Struct],
) -> NewApp:
    """Our app on another phone at each call, minutes after whatever was before."""
    ours: Any = settings[Settings]

    def app() -> PhoneApp:
        clock.advance(minutes=2)
        return PhoneApp(client, clock, shop, ours.data_dir)

    return app


@pytest.fixture
def phone() -> str:
    """A number that nobody has had yet, of a range of its own."""
    return f"+849{next(NUMBERS)}"


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def token(authority: Authority, signer: Signer) -> str:
    async with authority.transaction() as tx:
        session = await mint_citizen(tx, jkt=signer.thumbprint, scopes=["identity:read"])
    return authority.person_token(session)


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client, Authenticator(BASE_URL, count=1))


@pytest.fixture
def invited(authority: Authority) -> Invite:
    """A link for a new officer."""

    async def invite(*roles: str, name: str = "Lê Thị Sáu", staff_id: UUID | None = None) -> str:
        async with authority.transaction() as tx:
            officer = staff_id
            if officer is None:
                officer = await enrolling.invite(tx, name=name, email=None, invited_by=())
                await mint_staff(
                    tx, name=name, roles=roles, agency_id=uuid4(), areas=["14797"], staff_id=officer
                )
            link = await enrolling.link_for(
                tx, officer, kind="invitation", made_by=(), life=enrolling.INVITATION_LIFE
            )
        return link.removeprefix(BASE_URL)

    return invite


@pytest.fixture
async def at_work(browser: Browser, invited: Invite) -> Browser:
    """An officer who has enrolled and come in."""
    assert (await browser.answer(await invited("officer"))).status_code == 303
    assert (await browser.answer("/console/login")).status_code == 303
    return browser

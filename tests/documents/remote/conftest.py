"""A provider of people's keys at an address, and an employee who signs with a key that it keeps."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from backend.identity.authority import Authority
from backend.identity.people.recording import record_identifier
from backend.kernel import Secret
from backend.testing import Caller, Client, Clock
from backend.work import Workshop, drain
from modules.documents.service.remote import serving
from modules.documents.service.remote.trial import Kind, Reply, TrialProvider
from modules.documents.service.remote.trial_transactions import TrialTransactions
from modules.documents.service.trusting import READ_LISTS
from modules.documents.settings import Settings
from tests.documents.conftest import DOCUMENTS, Given, Phone


class Provided:
    """A provider behind an address, a fresh one for each test, and what became of the hashes."""

    def __init__(self) -> None:
        self.provider: TrialProvider | None = None
        self.server = serving.server(self._current)
        self.url = f"http://localhost:{self.server.server_port}"

    def _current(self) -> TrialProvider:
        assert self.provider is not None
        return self.provider

    def change(self, called: str, changed: Callable[[int, bytes], Reply]) -> None:
        """Let the provider answer something else to one of its methods."""
        ours = self._current()
        honest = ours.answer

        def answer(method: str, path: str, headers: Any, body: bytes) -> Reply:
            told = honest(method, path, headers, body)
            return changed(*told) if path.endswith(called) else told

        ours.answer = answer

    def relent(self) -> None:
        """Let the provider answer as it should again."""
        vars(self._current()).pop("answer")

    def answer(self, said: Any) -> None:
        """Let whoever is asked say yes, or no."""
        for handle in [*self._current().requests]:
            self._current().confirm(handle, said)


@pytest.fixture(scope="module")
def provided() -> Iterator[Provided]:
    found = Provided()
    thread = Thread(target=found.server.serve_forever, args=(0.05,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture(scope="module")
def settings(settings: Given, provided: Provided) -> Given:
    """A house with one provider of people's keys, which is a trial."""
    told = (
        f'[trial]\nlabel = "Thử nghiệm"\nurl = "{provided.url}/csc/v2"\n'
        f'token_url = "{provided.url}/oauth2/token"\n'
        'client_id = "tinhs"\nclient_secret = "s"\ntrial = true\n'
        f'[other]\nlabel = "Thử nghiệm hai"\nurl = "{provided.url}/v1"\n'
        'api = "transactions"\nclient_id = "tinhs"\nclient_secret = "s"\ntrial = true\n'
    )
    # The hours of these tests are near one another: what is published in one is fresh in the next.
    ours = Settings(fetch_private=True, signers=Secret(told), session_lives=timedelta(minutes=2))
    return {**settings, Settings: ours}


def number_of(phone: Phone) -> str:
    return f"038{phone.caller.person_id.int % 10**8:08}0" if phone.caller.person_id else ""


@pytest.fixture(params=["p256"])
def kept(request: pytest.FixtureRequest) -> Kind:
    """Which kind of key the provider keeps."""
    return request.param


@pytest.fixture(params=[1])
def steps(request: pytest.FixtureRequest) -> int:
    """How many authorities are above a person's certificate."""
    return request.param


Enter = Callable[[], Awaitable[None]]
Look = Callable[[Phone, dict[str, Any]], Awaitable[dict[str, Any]]]


@pytest.fixture
async def known(
    client: Client, employee: Phone, provided: Provided, clock: Clock, kept: Kind, steps: int
) -> Phone:
    """An employee whose number the house and a provider know."""
    told_at = {"issuing_list": "issuing.crl", "ocsp": "ocsp"} if steps == 2 else {}
    addresses = {name: f"{provided.url}/{path}" for name, path in told_at.items()}
    provided.provider = TrialTransactions(lambda: clock.now, kept, **addresses)
    authority: Authority = client.app.state.authority
    async with authority.transaction() as tx:
        person_id = employee.caller.person_id
        assert person_id is not None
        await record_identifier(tx, person_id, "national_id", number_of(employee), source="vneid")
    return employee


@pytest.fixture
def read_lists(shop: Workshop) -> Enter:
    """Lets the house read whom authorities have revoked."""

    async def read() -> None:
        async with shop.transaction() as tx:
            due = await READ_LISTS.prepare(tx)
        answers = await READ_LISTS.call(due)
        async with shop.transaction() as tx:
            await READ_LISTS.settle(tx, due, answers)

    return read


@pytest.fixture
def enter(
    provided: Provided, as_staff: Callable[..., Caller], read_lists: Enter, clock: Clock
) -> Enter:
    """Two keepers enter the provider's authority, and the house reads its list."""

    async def entered() -> None:
        assert provided.provider is not None
        order = {
            "action": "add",
            "tree": "dev",
            "certificates": provided.provider.pem(),
            "since": clock.now.replace(microsecond=0).isoformat(),
            "reason": "Nhà cung cấp thử nghiệm",
            "crl_url": f"{provided.url}/ca.crl",
        }
        clock.advance(seconds=2)
        changes = f"{DOCUMENTS}/trust/changes"
        proposed = await as_staff("trust_keeper").post(changes, json=order)
        assert proposed.status_code == 201, proposed.text
        where = f"{changes}/{proposed.json()['id']}/decision"
        agreed = await as_staff("trust_keeper").post(where, json={"accepted": True})
        assert agreed.status_code == 204, agreed.text
        await read_lists()

    return entered


@pytest.fixture(params=["trial"])
def through(request: pytest.FixtureRequest) -> str:
    """By which of the two ways of speaking the provider is asked."""
    return request.param


async def enrol(phone: Phone, shop: Workshop, through: str = "trial") -> dict[str, Any]:
    """Ask the provider for the person's keys; take the certificate that it has found."""
    where = f"{DOCUMENTS}/signing/remote-enrolments"
    begun = await phone.caller.post(where, json={"provider": through})
    assert begun.status_code == 202, begun.text
    await drain(shop)
    told = (await phone.caller.get(f"{where}/{begun.json()['id']}")).json()
    mine = (await phone.caller.get(f"{DOCUMENTS}/signing/certificates")).json()["items"]
    phone.fingerprint = next((c["fingerprint"] for c in mine if c["provider"]), "")
    return told


@pytest.fixture
async def remote(known: Phone, enter: Enter, shop: Workshop, through: str) -> Phone:
    """The employee, who signs with a key that the provider keeps."""
    await enter()
    assert (await enrol(known, shop, through))["state"] == "found"
    return known


@pytest.fixture
def look(shop: Workshop, clock: Clock) -> Look:
    """Let a little time pass, and read where a session stands."""

    async def looked(phone: Phone, session: dict[str, Any]) -> dict[str, Any]:
        clock.advance(seconds=16)
        await drain(shop)
        where = f"{DOCUMENTS}/signing/sessions/{session['id']}"
        return (await phone.caller.get(where)).json()

    return looked

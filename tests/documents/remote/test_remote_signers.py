"""Providers of people's keys: the adapter speaks their language, and is not fooled."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.host.installation import installation
from backend.host.settings import BadSettings
from backend.kernel import Secret
from backend.kernel.outside import Answer, Ask, Unreachable
from backend.testing import Clock
from contracts.conformance.remote_signing import PERSON, Confirm, RemoteSignerConformance, asked
from contracts.remote_signing import (
    Begun,
    Confirmed,
    HashesSigned,
    Rejected,
    RemoteSigner,
    Unanswered,
)
from modules.documents.service.remote.csc import CscSigner
from modules.documents.service.remote.transactions import TransactionSigner
from modules.documents.service.remote.trial import Kind, TrialProvider
from modules.documents.service.remote.trial_transactions import TrialTransactions
from modules.documents.settings import DescribedSigner, Settings, Spelling

DESCRIBED = DescribedSigner(
    label="Nhà cung cấp thử nghiệm",
    url="https://signing.example.vn/csc/v2",
    token_url="https://signing.example.vn/oauth2/token",  # noqa: S106 - an address
    client_id="tinhs",
    client_secret="s",  # noqa: S106 - nobody's
)


def speaking(provider: TrialProvider) -> Ask:
    """Ask a provider without a network between."""

    async def ask(method: str, url: str, **sent: Any) -> Answer:
        headers = {name.lower(): value for name, value in sent["headers"].items()}
        status, body = provider.answer(method, url, headers, sent["body"])
        return Answer(status=status, headers={}, body=body)

    return ask


def saying(status: int, body: bytes) -> Ask:
    """Give everybody a token, and this answer to all else."""

    async def ask(_: str, url: str, **__: Any) -> Answer:
        token = b'{"access_token":"t","token_type":"Bearer"}'
        if url == DESCRIBED.token_url:
            return Answer(status=200, headers={}, body=token)
        return Answer(status=status, headers={}, body=body)

    return ask


async def silent(*_: Any, **__: Any) -> Answer:
    raise Unreachable("nobody is there", was_sent=True)


class TestCscSigner(RemoteSignerConformance):
    @pytest.fixture
    def kind(self) -> Kind:
        return "p256"

    @pytest.fixture
    def provider(self, clock: Clock, kind: Kind) -> TrialProvider:
        return TrialProvider(lambda: clock.now, kind)

    @pytest.fixture
    def make(self) -> Callable[[Ask], RemoteSigner]:
        return lambda ask: CscSigner("trial", DESCRIBED, ask=ask)

    @pytest.fixture
    def signer(self, provider: TrialProvider, make: Callable[[Ask], RemoteSigner]) -> RemoteSigner:
        return make(speaking(provider))

    @pytest.fixture
    def away(self, make: Callable[[Ask], RemoteSigner]) -> RemoteSigner:
        return make(silent)

    @pytest.fixture
    def unwilling(self, make: Callable[[Ask], RemoteSigner]) -> RemoteSigner:
        return make(saying(400, b'{"error":"invalid_request"}'))

    @pytest.fixture(params=[b"<html>", b"[]", b"{}", b"\xff"])
    def garbled(
        self, make: Callable[[Ask], RemoteSigner], request: pytest.FixtureRequest
    ) -> RemoteSigner:
        return make(saying(200, request.param))

    @pytest.fixture
    def confirm(self, provider: TrialProvider) -> Confirm:
        async def said(handle: str, answer: Any) -> None:
            provider.confirm(handle, answer)

        return said

    async def test_the_same_confirmation_signs_once(
        self, signer: RemoteSigner, confirm: Confirm
    ) -> None:
        request = await asked(signer, "once")
        begun = await signer.start(request)
        again = await signer.start(request)
        assert isinstance(begun, Begun)
        await confirm(begun.handle, "yes")
        allowed = await signer.poll(request, begun.handle)
        assert isinstance(allowed, Confirmed)

        first = await signer.poll(request, allowed.handle)
        second = await signer.poll(request, allowed.handle)

        assert begun == again
        assert isinstance(first, HashesSigned)
        assert not isinstance(second, HashesSigned)

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_trouble_of_ours_is_no_word_on_the_person(
        self, make: Callable[[Ask], RemoteSigner], status: int
    ) -> None:
        assert await make(saying(status, b"")).credentials(PERSON) == Unanswered()

    async def test_a_right_to_sign_that_nobody_confirmed_is_not_taken(
        self, make: Callable[[Ask], RemoteSigner], signer: RemoteSigner
    ) -> None:
        request = await asked(signer, "hasty")

        assert await make(saying(200, b'{"SAD":"x"}')).start(request) == Rejected()


TRANSACTIONS = msgspec.structs.replace(
    DESCRIBED, api="transactions", token_url=None, url="https://signing.example.vn/v1"
)


class TestTransactionSigner(RemoteSignerConformance):
    @pytest.fixture
    def provider(self, clock: Clock) -> TrialTransactions:
        return TrialTransactions(lambda: clock.now, "pkcs1")

    @pytest.fixture
    def make(self) -> Callable[[Ask], RemoteSigner]:
        return lambda ask: TransactionSigner("trial", TRANSACTIONS, ask=ask)

    @pytest.fixture
    def signer(
        self, provider: TrialTransactions, make: Callable[[Ask], RemoteSigner]
    ) -> RemoteSigner:
        return make(speaking(provider))

    @pytest.fixture
    def away(self, make: Callable[[Ask], RemoteSigner]) -> RemoteSigner:
        return make(silent)

    @pytest.fixture
    def unwilling(self, make: Callable[[Ask], RemoteSigner]) -> RemoteSigner:
        return make(saying(400, b'{"message":"INVALID"}'))

    @pytest.fixture(
        params=[b"<html>", b"[]", b"{}", b"\xff", b'{"data":[]}', b'{"message":"SUCCESS","data":1}']
    )
    def garbled(
        self, make: Callable[[Ask], RemoteSigner], request: pytest.FixtureRequest
    ) -> RemoteSigner:
        return make(saying(200, request.param))

    @pytest.fixture
    def confirm(self, provider: TrialTransactions) -> Confirm:
        async def said(handle: str, answer: Any) -> None:
            provider.confirm(handle, answer)

        return said

    async def test_an_outcome_is_read_again_so_that_no_lost_answer_costs_a_confirmation(
        self, signer: RemoteSigner, confirm: Confirm
    ) -> None:
        request = await asked(signer, "twice")
        begun, again = await signer.start(request), await signer.start(request)
        assert isinstance(begun, Begun)
        await confirm(begun.handle, "yes")

        first = await signer.poll(request, begun.handle)

        assert begun == again
        assert isinstance(first, HashesSigned)
        assert first == await signer.poll(request, begun.handle)

    @pytest.mark.parametrize(
        ("told", "count"),
        [
            (b'[{"doc_id":"1","signature_value":"AQ=="}]', 1),
            (b'[{"doc_id":"7","signature_value":"AQ=="}]', 0),
            (b"[]", 0),
        ],
    )
    async def test_signatures_are_put_where_their_hashes_stand(
        self, make: Callable[[Ask], RemoteSigner], signer: RemoteSigner, told: bytes, count: int
    ) -> None:
        body = b'{"message":"SUCCESS","data":{"signatures":%b}}' % told

        found = await make(saying(200, body)).poll(await asked(signer, "some"), "handle")

        assert found == HashesSigned(values=(b"\x01",) * count)

    async def test_a_transaction_cannot_lead_elsewhere(
        self, make: Callable[[Ask], RemoteSigner], signer: RemoteSigner
    ) -> None:
        asked_for: list[str] = []

        async def noting(_: str, url: str, **__: Any) -> Answer:
            asked_for.append(url)
            return Answer(status=200, headers={}, body=b"{}")

        await make(noting).poll(await asked(signer, "astray"), "../../admin?x=")

        assert asked_for == [f"{TRANSACTIONS.url}/signatures/sign/..%2F..%2Fadmin%3Fx%3D/status"]

    async def test_another_spelling_is_a_matter_of_the_settings(
        self, provider: TrialTransactions, signer: RemoteSigner
    ) -> None:
        other = Spelling(state_at="state", waiting=("1",), signed=("2",), signatures_at="found")
        described = msgspec.structs.replace(TRANSACTIONS, spelling=other)
        body = b'{"state":"2","found":[{"doc_id":"0","signature_value":"AQ=="}]}'

        ours = TransactionSigner("other", described, ask=saying(200, body))

        request = await asked(signer, "spelt")
        assert await ours.poll(request, "handle") == HashesSigned(values=(b"\x01",))


@pytest.mark.parametrize(
    "text",
    [
        "[trial",
        '[Trial]\nlabel = "x"',
        '[trial]\nlabel = "x"\nurl = "http://example.vn"',
        '[trial]\nlabel = "x"\nurl = "https://a.vn"\npin = "1"',
        '[a]\nlabel = "x"\nurl = "https://a.vn"\nclient_id = "x"\nclient_secret = "x"',
    ],
)
def test_a_description_that_does_not_fit_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="TINHS_DOCUMENTS_SIGNERS"):
        Settings(signers=Secret(text))


def test_the_description_in_the_guide_is_one() -> None:
    page = Path(__file__).parents[3] / "docs" / "guide" / "remote-signing.md"
    texts = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)

    found = [*Settings(signers=Secret("\n".join(texts))).described_signers.values()]

    assert [(each.api, each.trial) for each in found] == [("csc2", False), ("transactions", False)]


@pytest.mark.parametrize("env", ["prod", "test"])
def test_a_trial_refuses_to_start_for_real_people(env: str) -> None:
    told = (
        '[trial]\nlabel = "x"\nurl = "http://localhost:8089/csc/v2"\n'
        'token_url = "http://localhost:8089/oauth2/token"\n'
        'client_id = "x"\nclient_secret = "x"\ntrial = true\n'
    )

    with pytest.raises(BadSettings, match="TINHS_DOCUMENTS_SIGNERS"):
        installation({"TINHS_ENV": env, "TINHS_DOCUMENTS_SIGNERS": told})
    assert installation({"TINHS_ENV": "dev", "TINHS_DOCUMENTS_SIGNERS": told})

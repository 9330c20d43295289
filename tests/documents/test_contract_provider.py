"""A signed contract goes to the provider that certifies it, whatever the provider does that day."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

import pytest

from backend.kernel import Errand, Module, Secret
from backend.kernel.outside import Answer, Unreachable
from backend.testing import Caller, Client, Clock
from backend.work import Workshop, drain
from contracts.conformance.econtract import EContractConformance
from contracts.econtract import (
    Certified,
    ContractPackage,
    Declined,
    EContractProvider,
    ProviderAnswer,
    Unanswered,
)
from modules.documents.model.packages import unpacked
from modules.documents.scopes import READ, SIGN
from modules.labour_contracts.scopes import DRAFT, PROVIDER
from modules.labour_contracts.service.econtract import HttpProvider
from modules.labour_contracts.service.handovers import HAND_OVER, Waiting, raise_alarms
from modules.labour_contracts.service.stand_ins import FileProvider
from modules.labour_contracts.settings import DescribedProvider, Settings
from modules.notifications.scopes import READ as INBOX
from tests.documents.conftest import CONTRACTS, Phone, contract

HANDOVERS = f"{CONTRACTS}/handovers"
NOTICE = "Chưa có chứng thực của nhà cung cấp eContract"
LICENCE = "01/GP-BCT"

Tick = Callable[..., Awaitable[None]]
Sign = Callable[..., Awaitable[str]]
View = Callable[[str], Awaitable[dict[str, Any]]]


class Flaky:
    """Provides `EContractProvider`: on some days it does not answer, or its answer is lost."""

    name = "flaky"
    mood: ClassVar[str] = "well"
    refs: ClassVar[list[str]] = []
    packages: ClassVar[dict[str, bytes]] = {}

    def __init__(self, _: object) -> None:
        pass

    async def submit(self, package: ContractPackage) -> ProviderAnswer:
        self.refs.append(package.ref)
        self.packages[package.ref] = package.package
        return await self.poll(package.ref)

    async def poll(self, token: str) -> ProviderAnswer:
        if self.mood != "well":
            return Declined() if self.mood == "unwilling" else Unanswered()
        digest = sha256(token.encode()).hexdigest()[:20].upper()
        return Certified(token=token, certificate=f"CT-{digest}", platform_number=f"SO-{digest}")


@pytest.fixture(scope="module")
def modules(modules: Sequence[Module]) -> Sequence[Module]:
    return [*modules, Module(name="flaky", provides={EContractProvider: Flaky})]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    described = Secret('[slow]\nurl = "file:slow"\n[pushing]\nurl = "file:away"\nclient_id = "p"')
    return {**settings, Settings: Settings(providers=described, econtract_licence=LICENCE)}


@pytest.fixture(autouse=True)
def a_good_day() -> None:
    Flaky.mood = "well"


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ, DRAFT, INBOX))
    await phone.enrol()
    return phone


@pytest.fixture
def sign(employer: Phone, employee: Phone, tick: Tick, shop: Workshop) -> Sign:
    """Has a contract signed by both, and logged; returns its id."""

    async def signed(**draft: Any) -> str:
        people = {"employer_signatory_id": employer.person_id, "employee_id": employee.person_id}
        body = {"contract": contract(), **people, **draft}
        begun = await employer.caller.post(CONTRACTS, json=body)
        assert begun.status_code == 201, begun.text
        document = begun.json()["document_id"]
        await employer.caller.post(f"{CONTRACTS}/{document}/submission")
        await employee.sign(document)
        await employer.sign(document)
        await tick()
        await tick()
        return document

    return signed


@pytest.fixture
def view(employee: Phone) -> View:
    async def seen(document: str) -> dict[str, Any]:
        return (await employee.caller.get(f"{CONTRACTS}/{document}")).json()["contract"]

    return seen


@pytest.fixture
async def waits(shop: Workshop, clock: Clock) -> Callable[..., Awaitable[None]]:
    """Lets time go by, and the house do what it does every five minutes."""

    async def waited(**time: float) -> None:
        clock.advance(**time)
        async with shop.transaction() as tx:
            await raise_alarms(tx)
        await drain(shop)

    return waited


async def test_what_both_have_signed_is_certified_and_numbered_and_anybody_can_tell(
    sign: Sign, view: View, employee: Phone, client: Client, tick: Tick
) -> None:
    document = await sign(provider="flaky")
    await tick()

    seen = await view(document)
    number = seen["platform_number"]
    bundle = (await employee.caller.get(f"/v1/documents/{document}/bundle.json")).text
    said = (await client.post("/v1/documents/verifications", json={"jws": bundle})).json()
    ids = {each["name"]: each["value"] for each in said["external_ids"]}

    assert (seen["certified_by"], seen["notice"]) == ("flaky", None)
    assert seen["handover"] == {**seen["handover"], "state": "numbered", "is_late": False}
    assert (said["verdict"], said["notice"]) == ("VALID", None)
    assert ids == {"certificate": f"flaky {seen['certificate']}", "platform-number": number}
    salt = json.loads(bundle)["evidence"]["external_ids"][0]["salt"]
    lies = {
        "NOT_AS_ISSUED": (f'"value":"{number}"', f'"value":"{number}0"'),
        # The same words, cut elsewhere, have the same hash: and no provider any more.
        "FORMAT_FAILURE": (f'"{salt}","value":"flaky ', f'"{salt} flaky","value":"'),
    }
    for subindication, (truth, lie) in lies.items():
        assert truth in bundle
        asked = {"jws": bundle.replace(truth, lie)}
        heard = (await client.post("/v1/documents/verifications", json=asked)).json()
        assert (heard["verdict"], heard["subindication"]) == ("INVALID", subindication)


async def test_a_provider_that_takes_its_time_is_asked_until_all_is_there(
    sign: Sign, view: View, waits: Callable[..., Awaitable[None]]
) -> None:
    document = await sign()
    taken = await view(document)
    await waits(minutes=2)
    certified = await view(document)
    await waits(minutes=3)
    numbered = await view(document)

    assert [each["handover"]["state"] for each in (taken, certified, numbered)] == [
        "sent", "certified", "numbered",
    ]  # fmt: skip
    assert [each["notice"] for each in (taken, certified)] == [NOTICE, None]
    assert taken["provider"] == numbered["certified_by"] == "slow"


async def test_a_provider_away_for_25_hours_is_told_of_and_still_gets_it_once(
    sign: Sign,
    view: View,
    waits: Callable[..., Awaitable[None]],
    employee: Phone,
    as_staff: Callable[..., Caller],
) -> None:
    Flaky.mood = "away"
    document = await sign(provider="flaky")
    keeper, code = (
        as_staff("trust_keeper", areas=["38"]),
        (await view(document))["standing"]["code"],
    )

    async def told(who: Caller) -> list[str]:
        items = (await who.get("/v1/notifications/inbox?limit=100")).json()["items"]
        return [each["text"].split(" giờ")[0] for each in items if each["about"] == code]

    heard: list[tuple[list[str], list[str], bool]] = []
    for hours in (11, 2, 7.5, 4.5):
        await waits(hours=hours)
        late = (await view(document))["handover"]["is_late"]
        heard.append((await told(keeper), await told(employee.caller), late))
    listed = (await keeper.get(HANDOVERS)).json()["items"]
    Flaky.mood = "well"
    await waits(hours=1)
    after = await view(document)

    assert heard == [
        ([], [], False),
        (["Đã 12"], [], False),
        (["Đã 20", "Đã 12"], ["Đã 20"], False),
        (["Đã 24", "Đã 20", "Đã 12"], ["Đã 24", "Đã 20"], True),
    ]
    (row,) = [each for each in listed if each["contract_id"] == document]
    assert (row["state"], row["failure"]) == ("queued", "unanswered")
    assert (after["handover"]["state"], after["handover"]["is_late"]) == ("numbered", False)
    assert {ref for ref in Flaky.refs if ref.startswith(document)} == {f"{document}.1"}


async def test_who_was_killed_before_the_answer_came_hands_over_nothing_else(
    sign: Sign, view: View, shop: Workshop, waits: Callable[..., Awaitable[None]]
) -> None:
    errand = cast("Errand", HAND_OVER.run)
    Flaky.mood = "away"
    document = await sign(provider="flaky")
    Flaky.mood = "well"
    async with shop.transaction() as tx:
        sending = await errand.prepare(tx, Waiting(contract_id=UUID(document), turn=1))
    await errand.call(sending)  # it is certified, and whoever asked is killed
    await waits(minutes=5)

    seen = await view(document)
    sent = [ref for ref in Flaky.refs if ref.startswith(document)]
    assert (set(sent), len(sent)) == ({f"{document}.1"}, 3)
    assert seen["handover"]["state"] == "numbered"
    package = unpacked(Flaky.packages[f"{document}.1"])
    assert package is not None
    assert package.original.startswith(b"%PDF-1.7")


async def test_one_that_is_refused_waits_for_a_person_who_sends_it_again(
    sign: Sign, view: View, as_staff: Callable[..., Caller], shop: Workshop
) -> None:
    Flaky.mood = "unwilling"
    document = await sign(provider="flaky")
    refused = await view(document)
    keeper, clerk = as_staff("trust_keeper", areas=["38"]), as_staff("registrar")
    Flaky.mood = "well"
    answers = [await who.post(f"{HANDOVERS}/{document}/retry") for who in (clerk, keeper)]
    await drain(shop)
    again = await keeper.post(f"{HANDOVERS}/{document}/retry")

    assert (refused["handover"]["state"], refused["handover"]["failure"]) == ("refused", "declined")
    assert [answer.status_code for answer in answers] == [403, 201]
    assert (await view(document))["handover"]["state"] == "numbered"
    assert again.json()["type"].endswith("not-to-be-sent")


async def test_another_provider_has_nothing_to_say_of_it(
    sign: Sign, view: View, as_partner: Callable[..., Caller], shop: Workshop
) -> None:
    Flaky.mood = "away"
    document, stranger = await sign(provider="flaky"), as_partner(PROVIDER)
    told: list[str] = []
    for kind, more in (
        ("certified", {"certificate": "CT-1"}),
        ("numbered", {"platform_number": "HDLD-1-2026"}),
        ("ended", {"ended_on": "2027-01-01"}),
    ):
        event = {"event_id": uuid4().hex, "document_id": document, "kind": kind, **more}
        await stranger.post(f"{CONTRACTS}/provider/events", json=event)
        await drain(shop)
        where = f"{CONTRACTS}/provider/events/{event['event_id']}"
        told.append((await stranger.get(where)).json()["reason"])

    seen = await view(document)
    assert told == ["not-yours"] * 3
    assert (seen["certified_by"], seen["platform_number"], seen["ended_on"]) == (None, None, None)


async def test_what_is_signed_here_alone_is_certified_by_the_operators_licence(
    sign: Sign, view: View, employer: Phone, employee: Phone
) -> None:
    document = await sign(route="local_signing")
    people = {"employer_signatory_id": employer.person_id, "employee_id": employee.person_id}
    unknown = {"contract": contract(), **people, "provider": "nobody"}

    seen, refused = await view(document), await employer.caller.post(CONTRACTS, json=unknown)

    assert (seen["certified_by"], seen["notice"], seen["handover"]) == (LICENCE, None, None)
    assert refused.json()["type"].endswith("unknown-provider")


async def test_an_amended_contract_is_certified_anew_and_keeps_its_number(
    sign: Sign, view: View, employer: Phone, employee: Phone, tick: Tick, client: Client
) -> None:
    document = await sign(provider="flaky")
    before = await view(document)
    Flaky.mood = "away"
    people = {"employer_signatory_id": employer.person_id, "employee_id": employee.person_id}
    body = {"contract": contract(job="Tổ trưởng"), **people, "reason": "Bổ nhiệm"}
    await employer.caller.put(f"{CONTRACTS}/{document}", json={**body, "provider": "flaky"})
    await employer.caller.post(f"{CONTRACTS}/{document}/submission")
    await employee.sign(document)
    await employer.sign(document)
    await tick()
    await tick()

    after = await view(document)
    bundle = (await employee.caller.get(f"/v1/documents/{document}/bundle.json")).text
    said = (await client.post("/v1/documents/verifications", json={"jws": bundle})).json()
    assert (before["notice"], after["notice"], said["notice"]) == (None, NOTICE, NOTICE)
    assert after["platform_number"] == before["platform_number"]
    assert [each["value"] for each in said["external_ids"]] == [before["platform_number"]]


async def test_a_third_fixed_term_in_a_row_is_refused_whoever_signs_for_the_employer(
    sign: Sign, employer: Phone, employee: Phone, as_citizen: Callable[..., Caller]
) -> None:
    def term(start: str, to: str) -> dict[str, Any]:
        return {"contract": contract(term={"kind": "FIXED", "start": start, "to": to})}

    await sign(**term("2026-12-01", "2027-11-30"), provider="flaky")
    await sign(**term("2027-12-01", "2028-11-30"), provider="flaky")
    colleague = as_citizen(DRAFT, READ)
    people = {"employer_signatory_id": str(colleague.person_id), "employee_id": employee.person_id}

    answers: list[Any] = []
    for start, to in (("2028-12-15", "2029-11-30"), ("2029-12-01", "2030-11-30")):
        begun = await colleague.post(CONTRACTS, json={**term(start, to), **people})
        where = f"{CONTRACTS}/{begun.json()['document_id']}/submission"
        answers.append(await colleague.post(where, headers={"Accept-Language": "en"}))

    assert [answer.status_code for answer in answers] == [422, 201]
    (defect,) = answers[0].json()["defects"]
    assert (defect["pointer"], defect["code"]) == ("/term/kind", "too-many-fixed-terms")
    assert defect["detail"].startswith("At most 2 fixed terms follow each other;")


class TestFileProvider(EContractConformance):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[str], EContractProvider]:
        return lambda url: FileProvider("trial", DescribedProvider(url=url), tmp_path)

    @pytest.fixture
    def provider(self, make: Callable[[str], EContractProvider]) -> EContractProvider:
        return make("file")

    @pytest.fixture
    def slow(self, make: Callable[[str], EContractProvider]) -> EContractProvider:
        return make("file:slow")

    @pytest.fixture
    def away(self, make: Callable[[str], EContractProvider]) -> EContractProvider:
        return make("file:away")

    @pytest.fixture
    def unwilling(self, make: Callable[[str], EContractProvider]) -> EContractProvider:
        return make("file:unwilling")


class Site:
    """Answers as the guide describes a provider's own program."""

    def __init__(self, mood: str = "") -> None:
        self._mood, self._asked = mood, 0

    async def ask(self, method: str, url: str, **sent: Any) -> Answer:
        assert sent["headers"]["Authorization"] == "Bearer secret"
        if self._mood == "away":
            raise Unreachable("nobody")
        if self._mood == "unwilling":
            return Answer(status=422, headers={}, body=b"")
        known = sent["headers"].get("Idempotency-Key") or url.rsplit("/", 1)[-1]
        said: dict[str, str] = {"token": known}
        if self._mood != "slow" or self._asked:
            said["certificate"] = f"CT-{known}"
        if self._mood != "slow" or self._asked > 1:
            said["platform_number"] = f"SO-{known.upper()}-2026"
        self._asked += 1
        return Answer(status=200, headers={}, body=json.dumps(said).encode())


class TestHttpProvider(TestFileProvider):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[str], EContractProvider]:
        described = DescribedProvider(url="https://provider.example.vn", api_key="secret")

        def made(url: str) -> EContractProvider:
            return HttpProvider("trial", described, ask=Site(url.partition(":")[2]).ask)

        return made

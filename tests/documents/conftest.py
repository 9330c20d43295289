"""What the tests of documents share: two people with phones, and the public test vectors."""

import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.host.registry import gather
from backend.host.settings import Settings as HostSettings
from backend.kernel import House, Job, Module, Transaction
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from backend.work import Workshop, drain, open_workshop
from modules.documents.jobs import PUBLISH, SEQUENCE, SIGN
from modules.documents.model import jws
from modules.documents.model.printed_verdict import content_of
from modules.documents.model.task import Task
from modules.documents.scopes import READ
from modules.documents.scopes import SIGN as SIGN_SCOPE
from modules.documents.service import verification
from modules.labour_contracts.scopes import DRAFT
from tests.documents.printed import Read

DOCUMENTS: Final = "/v1/documents"
CONTRACTS: Final = "/v1/labour-contracts"

VECTORS: Final = Path(
    os.environ.get("TINHS_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors")
)


@pytest.fixture
def vectors() -> Callable[[str], list[Path]]:
    """Finds files of vectors by pattern; says aloud when there are none."""

    def found(pattern: str) -> list[Path]:
        files = sorted(VECTORS.glob(pattern))
        if not files:
            pytest.skip(f"no vector file matches {VECTORS / pattern}")
        return files

    return found


@pytest.fixture
def groups(vectors: Callable[[str], list[Path]]) -> Callable[[str], list[dict[str, Any]]]:
    """Reads the groups of a file of Project Wycheproof."""

    def read(name: str) -> list[dict[str, Any]]:
        (file,) = vectors(f"wycheproof/{name}")
        return json.loads(file.read_text(encoding="utf-8"))["testGroups"]

    return read


Given = Mapping[type[msgspec.Struct], msgspec.Struct]
JOBS: Final = (SEQUENCE, SIGN, PUBLISH)


@pytest.fixture(scope="module")
def data_dir(settings: Given) -> Path:
    host = settings[HostSettings]
    assert isinstance(host, HostSettings)
    return host.data_dir


@pytest.fixture
async def shop(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Given,
    clock: Clock,
    data_dir: Path,
) -> AsyncGenerator[Workshop]:
    """A worker of the house under test."""
    house = House(providers=gather(modules, settings), base_url=BASE_URL, data_dir=data_dir)
    opened = open_workshop(database.job, house, modules, concurrency=2, clock=clock)
    yield opened
    await opened.pool.close()


@pytest.fixture
def tick(shop: Workshop) -> Callable[..., Awaitable[None]]:
    """Let the house do what it does every second, once."""

    async def ticked(*jobs: Job) -> None:
        await drain(shop)
        for job in jobs or JOBS:
            async with shop.transaction() as tx:
                await cast("Callable[[Transaction], Awaitable[None]]", job.run)(tx)

    return ticked


class Phone:
    """A person with a device: its key never leaves this object."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._key = generate_private_key(SECP256R1())
        self.fingerprint = ""

    @property
    def person_id(self) -> str:
        return str(self.caller.person_id)

    def jwk(self) -> dict[str, Any]:
        return msgspec.to_builtins(jws.jwk_of(self._key.public_key()))

    def raw(self, tbs: str) -> str:
        """Sign as WebCrypto does: r and s."""
        return jws.encoded(jws.sign(self._key, jws.decoded(tbs)))

    def der(self, tbs: str) -> str:
        """Sign as phones do."""
        return jws.encoded(self._key.sign(jws.decoded(tbs), jws.ES256))

    def handed_in(self, prepared: dict[str, Any], form: str = "raw") -> list[dict[str, str]]:
        """Sign one prepared document, both ways."""
        sign = self.raw if form == "raw" else self.der
        return [
            {
                "document": prepared["document"],
                "kind": each["kind"],
                "format": form,
                "value": sign(each["tbs"]),
            }
            for each in prepared["to_be_signed"]
        ]

    async def enrol(self) -> None:
        begun = (
            await self.caller.post(f"{DOCUMENTS}/signing/enrolments", json={"jwk": self.jwk()})
        ).json()
        proof = jws.encoded(jws.sign(self._key, jws.decoded(begun["to_be_signed"])))
        proved = await self.caller.put(
            f"{DOCUMENTS}/signing/enrolments/{begun['id']}/proof", json={"signature": proof}
        )
        assert proved.status_code == 200, proved.text
        self.fingerprint = proved.json()["fingerprint"]

    async def prepare(self, *documents: str) -> httpx.Response:
        wanted = {"documents": documents, "certificate": self.fingerprint}
        return await self.caller.post(f"{DOCUMENTS}/signing/sessions", json=wanted)

    async def finalise(self, session: str, *signatures: dict[str, str]) -> httpx.Response:
        return await self.caller.put(
            f"{DOCUMENTS}/signing/sessions/{session}/signatures",
            json={"signatures": signatures},
        )

    async def sign(self, *documents: str) -> None:
        prepared = await self.prepare(*documents)
        assert prepared.status_code == 201, prepared.text
        session = prepared.json()
        given = [signed for each in session["documents"] for signed in self.handed_in(each)]
        answer = await self.finalise(session["id"], *given)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def employer(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(DRAFT, SIGN_SCOPE, READ))
    await phone.enrol()
    return phone


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN_SCOPE, READ))
    await phone.enrol()
    return phone


def contract(**changed: Any) -> dict[str, Any]:
    """A contract that the law accepts."""
    return {
        "contract_no": "01/2026/HDLD",
        "employer": {
            "name": "Công ty TNHH May Sông Mã",
            "tax_code": "2800123456",
            "address": "12 Lê Lợi, phường Hạc Thành",
            "signatory": {
                "full_name": "Lê Thị Hòa",
                "title": "Giám đốc",
                "personal_id": "038080000001",
            },
        },
        "employee": {
            "full_name": "Hà Văn Đạt",
            "birth_date": "1998-02-28",
            "sex": "MALE",
            "residence": "Xã Bá Thước",
            "personal_id": "038098000002",
        },
        "job": "Công nhân may",
        "workplaces": ["12 Lê Lợi, phường Hạc Thành"],
        "term": {"kind": "FIXED", "start": "2026-12-01", "to": "2028-11-30"},
        "wage": {
            "amount": "9500000",
            "basis": "TIME",
            "pay_cycle": "Hằng tháng, ngày 5",
            "allowances": "Ăn trưa 730.000 đồng",
            "supplements": "Không",
        },
        "raise_rule": "Mỗi năm một lần",
        "hours": "8 giờ/ngày, 48 giờ/tuần",
        "rest": "Chủ nhật",
        "protection": "Khẩu trang, găng tay",
        "insurance": "Theo luật",
        "training": "Theo kế hoạch năm",
        **changed,
    }


@pytest.fixture
def draft(employer: Phone, employee: Phone) -> Callable[..., Awaitable[str]]:
    """Drafts a contract between the two and returns its id."""

    async def drafted(**changed: Any) -> str:
        answer = await employer.caller.post(
            CONTRACTS,
            json={
                "contract": contract(**changed),
                "employer_signatory_id": employer.person_id,
                "employee_id": employee.person_id,
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["document_id"]

    return drafted


@pytest.fixture
async def submitted(employer: Phone, draft: Callable[..., Awaitable[str]]) -> str:
    """A contract that waits for both signatures."""
    document = await draft()
    answer = await employer.caller.post(f"{CONTRACTS}/{document}/submission")
    assert answer.status_code == 201, answer.text
    return document


@pytest.fixture
async def issued(
    submitted: str, employer: Phone, employee: Phone, tick: Callable[..., Awaitable[None]]
) -> str:
    """A contract that both have signed and the log holds."""
    await employee.sign(submitted)
    await employer.sign(submitted)
    await tick()
    return submitted


@pytest.fixture
def bundle_of() -> Callable[..., Awaitable[str]]:
    """Fetches a document as it travels."""

    async def fetched(phone: Phone, document: str) -> str:
        answer = await phone.caller.get(f"{DOCUMENTS}/{document}/bundle.json")
        assert answer.status_code == 200, answer.text
        return answer.text

    return fetched


@pytest.fixture
def verdict(client: Client) -> Callable[[str], Awaitable[dict[str, Any]]]:
    """Asks the house, as anybody may."""

    async def asked(bundle: str) -> dict[str, Any]:
        answer = await client.post(f"{DOCUMENTS}/verifications", json={"jws": bundle})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


@pytest.fixture
def read(client: Client) -> Read:
    async def fetched(phone: Phone, document: str, name: str) -> bytes:
        answer = await phone.caller.get(f"{DOCUMENTS}/{document}/{name}")
        assert answer.status_code == 200, answer.text
        return answer.content

    return fetched


@pytest.fixture
async def original(issued: str, employee: Phone, read: Read) -> bytes:
    return await read(employee, issued, "original.pdf")


@pytest.fixture
async def task(original: bytes, shop: Workshop) -> Task:
    """The task of the confined process for a genuine file."""
    async with shop.transaction() as tx:
        content = content_of(original)
        assert content is not None
        evidence = await verification._logged(tx, content[0])
        return await verification._task(tx, original, evidence)

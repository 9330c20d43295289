"""A house with a clinic in it, and people who have told it something."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import pytest

from backend.host.registry import discover
from backend.identity.authority import Authority
from backend.identity.scopes import READ
from backend.kernel import Module
from backend.testing import Caller, Client
from tests.people import clinic

STRANGER = "hoang-anh-clinic"
"""The distribution that the clinic comes in."""

COMPLAINT = "đau bụng dữ dội về đêm"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Module]]:
    """Our modules and a stranger's, which `pip install` has put beside them."""
    site = tmp_path_factory.mktemp("site-packages")
    told = site / f"{STRANGER.replace('-', '_')}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {STRANGER}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[tinhs.modules]\nclinic = tests.people.clinic:module\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        yield discover(guests=(STRANGER,))


@pytest.fixture
def authority(client: Client) -> Authority:
    return client.app.state.authority


@pytest.fixture
def patient(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(clinic.TELL, READ)


@pytest.fixture
async def visit(patient: Caller) -> UUID:
    """The visit of the patient."""
    answer = await patient.post("/v1/clinic/visits", json={"complaint": COMPLAINT})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


@pytest.fixture
def doctor(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("doctor", areas=["38"])

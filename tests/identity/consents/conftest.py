"""A house with a clinic that is a partner, and a text to agree to."""

from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

import msgspec
import pytest

from backend.host.registry import discover
from backend.host.settings import Settings
from backend.identity.scopes import READ, WARDS, WRITE
from backend.kernel import Module, Secret
from backend.local.roles import DatabaseUrls
from backend.testing import Caller
from tests.identity.clinic import OWN, PARTNERS, RESEARCH
from tests.identity.clinic import module as clinic


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), clinic]


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct], database: DatabaseUrls
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    """Patient with locks: who waits here waits for the test, however slow its machine is."""
    patient = f"{database.auth}&lock_timeout=60s&statement_timeout=60s"
    ours = msgspec.structs.replace(settings[Settings], database_auth_url=Secret(patient))
    return {**settings, Settings: ours}


@pytest.fixture
async def text_id(as_staff: Callable[..., Caller]) -> str:
    officer = as_staff("privacy")
    answer = await officer.post(
        "/v1/admin/consent-texts",
        json={"purpose": RESEARCH, "vi": f"Tôi đồng ý {uuid4()}.", "en": f"I agree {uuid4()}."},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["items"][0]["id"]


@pytest.fixture
async def partner(as_partner: Callable[..., Caller]) -> Caller:
    """A partner that has called once, so that the ledger knows it."""
    found = as_partner(PARTNERS, purpose=RESEARCH)
    assert (await found.get("/v1/clinic/notes")).json() == {"items": []}
    return found


@pytest.fixture
def new_citizen(as_citizen: Callable[..., Caller]) -> Callable[..., Caller]:
    return lambda ial=0: as_citizen(READ, WRITE, WARDS, OWN, ial=ial)

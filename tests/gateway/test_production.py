"""What a server for real people does not have, and without what it does not start."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from backend.host.installation import installation
from backend.host.registry import discover
from backend.host.settings import BadSettings
from backend.identity.dev_login import DEV_ROUTES
from backend.kernel import Module
from backend.local.roles import DatabaseUrls

from .serving import Served, environment, started

CHOSEN = {
    "TINHS_FILES_SCANNER": "none",
    "TINHS_KMS_STORE": "file",
    "TINHS_DOCUMENTS_PILOT": "true",
    "TINHS_DOCUMENTS_TSA_URLS": "https://tsa.example/",
}
"""What an installation for real people says in so many words, for development says nothing."""

STAND_INS = ("TINHS_IDENTITY_SMS_SENDERS", "TINHS_NOTIFICATIONS_SENDERS")

DEV_PATHS = sorted({path for route in DEV_ROUTES for path in route.paths})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The node's own: its keys are those that the database knows."""
    return tmp_path_factory.mktemp("node")


async def answers(served: Served) -> dict[str, tuple[int, int]]:
    """Return path → the status of a GET and of a POST."""
    found: dict[str, tuple[int, int]] = {}
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as stranger:
        for path in DEV_PATHS:
            read = await stranger.get(path)
            sent = await stranger.post(path, json={"as": "citizen"})
            found[path] = read.status_code, sent.status_code
    served.process.terminate()
    await served.process.wait()
    return found


async def test_nobody_signs_in_as_a_demo_person_in_production(
    database: DatabaseUrls, folder: Path
) -> None:
    found = await answers(await started(database, folder, TINHS_ENV="prod", **CHOSEN))

    assert found
    assert set(found.values()) == {(404, 404)}


@pytest.mark.parametrize("unsaid", CHOSEN)
def test_nothing_of_a_developers_serves_people_unless_it_was_chosen(unsaid: str) -> None:
    said = {name: value for name, value in CHOSEN.items() if name != unsaid}

    installation({"TINHS_ENV": "prod", **CHOSEN}).require_fit()
    installation({"TINHS_ENV": "dev"}).require_fit()
    with pytest.raises(BadSettings) as refused:
        installation({"TINHS_ENV": "prod", **said}).require_fit()
    (fault,) = refused.value.faults
    assert fault.startswith(f"{unsaid}: ")


def test_people_are_served_at_an_address_with_tls_alone() -> None:
    chosen = {"TINHS_ENV": "prod", **CHOSEN}

    installation({**chosen, "TINHS_BASE_URL": "https://tinh.example"}).require_fit()
    with pytest.raises(BadSettings, match="TINHS_BASE_URL: must be https"):
        installation({**chosen, "TINHS_BASE_URL": "http://tinh.example"}).require_fit()


@pytest.mark.parametrize("setting", STAND_INS)
def test_no_message_of_production_goes_into_a_folder(setting: str) -> None:
    with pytest.raises(BadSettings, match=setting):
        installation({"TINHS_ENV": "prod", **CHOSEN, setting: "file"})


def test_a_module_that_is_not_served_asks_for_nothing() -> None:
    house = {name: CHOSEN[name] for name in ("TINHS_FILES_SCANNER", "TINHS_KMS_STORE")}

    installation({"TINHS_ENV": "prod", "TINHS_MODULES": "feedback", **house}).require_fit()


@pytest.mark.parametrize("verb", [("serve",), ("work", "run")])
async def test_it_says_what_to_choose_and_does_not_start(
    database: DatabaseUrls, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    said = await last_words(database, tmp_path, *verb, TINHS_ENV="prod")

    for name in CHOSEN:
        assert f"  - {name}: " in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == [], "no key was made on the way"


async def test_a_developer_does(database: DatabaseUrls, folder: Path) -> None:
    found = await answers(await started(database, folder, TINHS_ENV="dev"))

    assert (404, 404) not in found.values()


async def test_without_its_keys_it_says_so_and_stays_away(
    database: DatabaseUrls, folder: Path
) -> None:
    served = await started(database, folder)
    served.process.terminate()
    await served.process.wait()
    keys = folder / "keys"
    for key in keys.glob("*.pem"):
        key.rename(folder / key.name)

    said = await last_words(database, folder)

    assert said.startswith("Error: This node cannot sign: ")
    assert "Traceback" not in said
    for key in folder.glob("*.pem"):
        key.rename(keys / key.name)


async def last_words(database: DatabaseUrls, folder: Path, *verb: str, **more: str) -> str:
    """Return what `tinhs serve`, or another verb, says when it does not start."""
    process = await asyncio.create_subprocess_exec(
        *Served.COMMAND[:-1],
        *(verb or Served.COMMAND[-1:]),
        env=environment(database, folder, port=1, **more),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    assert process.returncode == 1
    return said.decode()

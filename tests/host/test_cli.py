"""The verbs of `tinhs`."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner

from backend.host.cli import main
from backend.testing.sites import Told, standing
from contracts.status import SERVICE_NAMES, Incident, Service, Status


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal in which nothing is set."""
    for name in ("TINHS_ENV", "TINHS_DATABASE_URL", "TINHS_DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


ASK_FOR_HELP = """
import sys
from backend.host.cli import main
main(["--help"], standalone_mode=False)
print({"litestar", "asyncpg", "granian"} & set(sys.modules))
"""


def test_help_waits_for_no_framework() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", ASK_FOR_HELP], capture_output=True, text=True, check=True
    )

    assert "migrate" in seen.stdout
    assert seen.stdout.endswith("set()\n")


def test_every_verb_says_what_it_does(type_in: CliRunner) -> None:
    for name in main.list_commands(main.make_context("tinhs", [], resilient_parsing=True)):
        shown = type_in.invoke(main, [name, "--help"])

        assert shown.exit_code == 0
        assert main.commands[name].help, name


def test_a_module_brings_its_own_verbs(type_in: CliRunner) -> None:
    shown = type_in.invoke(main, ["work", "--help"])

    assert "retry" in shown.output
    assert type_in.invoke(main, ["nobody", "--help"]).exit_code == 2


def test_secrets_are_not_listed(type_in: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINHS_SECRET", "hidden-from-view")

    shown = type_in.invoke(main, ["settings"])

    assert "TINHS_PORT=8000" in shown.output
    assert "hidden-from-view" not in shown.output


def test_what_a_person_can_mend_is_a_message(type_in: CliRunner) -> None:
    told = type_in.invoke(main, ["migrate"])

    assert told.exit_code == 1
    assert "TINHS_DATABASE_OWNER_URL is not set" in told.output


def test_demo_data_stay_out_of_production(type_in: CliRunner) -> None:
    told = type_in.invoke(main, ["seed"])

    assert told.exit_code == 1
    assert "for developers" in told.output


async def test_the_status_page_stands_elsewhere_when_the_house_does_not(
    type_in: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moment = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    late = Incident(
        id=UUID(int=1),
        services=("signing_in",),
        said_vi="Mã SMS đến chậm",
        said_en="Codes come late",
        began_at=moment,
    )
    status = Status(
        at=moment,
        services=tuple(Service(name=name, state="works") for name in SERVICE_NAMES),
        incidents=(late,),
        incidents_as_of=moment,
    )

    async with standing(lambda _: Told(body=msgspec.json.encode(status))) as house:
        monkeypatch.setenv("TINHS_BASE_URL", house.url)
        words = ["status", "export", str(tmp_path)]
        up = await asyncio.to_thread(type_in.invoke, main, words)
        page_up = (tmp_path / "index.html").read_text()
    down = await asyncio.to_thread(type_in.invoke, main, words)
    page_down = (tmp_path / "index.html").read_text()

    assert (up.exit_code, down.exit_code) == (0, 1), up.output + down.output
    assert "Mọi thứ đang hoạt động" in page_up
    assert "Một phần đang gián đoạn" in page_down
    assert "does not answer" in down.output
    assert all("Mã SMS đến chậm" in page for page in (page_up, page_down))
    assert "Codes come late" in (tmp_path / "en.html").read_text()
    assert (tmp_path / "static" / "house.css").exists()
    kept = msgspec.json.decode((tmp_path / "status.json").read_bytes(), type=Status)
    assert {each.state for each in kept.services} == {"away"}

"""Systems of agencies: adapter and stand-in do the same, and what cannot work is refused."""

from pathlib import Path
from typing import Any

import pytest

from backend.host.installation import installation
from backend.host.settings import BadSettings
from backend.kernel import Secret
from backend.testing.sites import Told as Site
from backend.testing.sites import standing
from contracts.agency_systems import (
    AgencySystem,
    Declined,
    SystemAnswer,
    Unanswered,
)
from contracts.conformance.agency_systems import AGENCY, AgencySystemConformance, order
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.service.agency_systems import Open311System
from modules.feedback.service.stand_ins import FileSystem
from modules.feedback.settings import DescribedSystem, Settings

from .open311.agency import Agency311

SYSTEMS = f"""
[ward]
agencies = ["{agency_of(HAC_THANH)}"]
url = "file"

[seaside]
agencies = ["{agency_of(SAM_SON)}"]
url = "file:away"
"""


class TestFileSystem(AgencySystemConformance):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Any:
        def made(url: str) -> AgencySystem:
            return FileSystem("trial", DescribedSystem(agencies=(AGENCY,), url=url), tmp_path)

        return made

    @pytest.fixture
    def system(self, make: Any) -> AgencySystem:
        return make("file")

    @pytest.fixture
    def slow(self, make: Any) -> AgencySystem:
        return make("file:slow")

    @pytest.fixture
    def away(self, make: Any) -> AgencySystem:
        return make("file:away")

    @pytest.fixture
    def unwilling(self, make: Any) -> AgencySystem:
        return make("file:unwilling")


class TestOpen311System(AgencySystemConformance):
    @pytest.fixture
    def make(self) -> Any:
        def made(mood: str) -> AgencySystem:
            described = DescribedSystem(
                agencies=(AGENCY,),
                url="https://311.example.vn/open311/v2",
                api_key="k",
                services={"roads": "R01"},
            )
            return Open311System("trial", described, ask=Agency311(mood).ask)

        return made

    @pytest.fixture
    def system(self, make: Any) -> AgencySystem:
        return make("well")

    @pytest.fixture
    def slow(self, make: Any) -> AgencySystem:
        return make("slow")

    @pytest.fixture
    def away(self, make: Any) -> AgencySystem:
        return make("away")

    @pytest.fixture
    def unwilling(self, make: Any) -> AgencySystem:
        return make("unwilling")

    async def test_it_speaks_the_words_of_the_standard(self) -> None:
        agency = Agency311("well")
        described = DescribedSystem(
            agencies=(AGENCY,),
            url="https://311.example.vn/open311/v2/",
            api_key="k",
            jurisdiction_id="district.example.vn",
            services={"roads": "R01"},
        )
        system = Open311System("trial", described, ask=agency.ask)

        await system.give(order("words"))

        (form,) = agency.posted
        assert (form["service_code"], form["api_key"]) == ("R01", "k")
        assert (form["lat"], form["long"]) == ("19.806712", "105.785234")
        assert form["attribute[external_id]"] == "PA-7K3F9Q"
        assert form["jurisdiction_id"] == "district.example.vn"
        assert form["media_url"] == "https://files.example.vn/1"
        assert form["description"].endswith("https://files.example.vn/2")
        assert not {"first_name", "last_name", "email", "phone", "device_id"} & set(form)

    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [
            (200, b"<html>", Unanswered()),
            (200, b"\xff", Unanswered()),
            (200, b"[]", Unanswered()),
            (302, b"", Unanswered()),
            (429, b"", Unanswered()),
            (200, b"[" + b" " * 70_000 + b"]", Unanswered()),
            (404, b"", Declined()),
        ],
    )
    async def test_what_is_no_answer_is_none(
        self, status: int, body: bytes, expected: SystemAnswer
    ) -> None:
        async with standing(lambda _: Site(status=status, body=body)) as site:
            described = DescribedSystem(agencies=(AGENCY,), url=site.url)

            assert await Open311System("x", described).give(order("x")) == expected

        assert await Open311System("x", described).give(order("x")) == Unanswered()


@pytest.mark.parametrize("env", ["prod", "test"])
def test_a_folder_for_a_system_refuses_to_start_for_real_people(env: str) -> None:
    with pytest.raises(BadSettings, match="TINHS_FEEDBACK_SYSTEMS"):
        installation({"TINHS_ENV": env, "TINHS_FEEDBACK_SYSTEMS": SYSTEMS})
    assert installation({"TINHS_ENV": "dev", "TINHS_FEEDBACK_SYSTEMS": SYSTEMS})


@pytest.mark.parametrize(
    "text",
    [
        "[x",
        "[X]\nagencies = []",
        '[x]\nagencies = []\nurl = "file"',
        '[x]\nagencies = ["nobody"]\nurl = "file"',
        f'[x]\nagencies = ["{AGENCY}"]\nurl = "http://311.example.vn"',
        f'[x]\nagencies = ["{AGENCY}"]\nurl = "file"\napi_kez = "1"',
        f'[x]\nagencies = ["{AGENCY}"]\nurl = "file"\n[y]\nagencies = ["{AGENCY}"]\nurl = "file"',
    ],
)
def test_a_system_that_could_not_be_reached_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="TINHS_FEEDBACK_SYSTEMS"):
        Settings(systems=Secret(text))


def test_the_description_in_the_guide_is_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "work-for-other-systems.md"
    text = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]

    (described,) = Settings(systems=Secret(text)).described_systems.values()

    assert described.services == {"street-lighting": "SL01"}

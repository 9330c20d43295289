"""What every register of communes and of agencies keeps its word about.

`class TestOurs(CommuneRegisterConformance)` in a test file with a fixture `communes`, a register
that knows Thanh Hóa (38) on the fifth of January 2026; `AgencyRegisterConformance` likewise with
`agencies`. Names and codes: Decision 19/2025/QĐ-TTg, Resolution 1686/NQ-UBTVQH15.
"""

from datetime import date
from typing import Final
from uuid import UUID

import pytest

from contracts.territory import AgencyRegister, CommuneRegister, CompetenceRole, UnitKind

TODAY: Final = date(2026, 1, 5)
LAST_DAY_OF_DISTRICTS: Final = date(2025, 6, 30)
REFORM: Final = date(2025, 7, 1)

NO_COMMUNES: Final = ("38", "380", "99999", "", "' or 1=1", "14797 ", "１４７９７")


class CommuneRegisterConformance:
    """Inherit it, and pytest runs every promise of `contracts.territory.CommuneRegister`."""

    async def test_one_code_means_two_communes_on_two_days(self, communes: CommuneRegister) -> None:
        before = await communes.in_force("14797", LAST_DAY_OF_DISTRICTS)
        after = await communes.in_force("14797", REFORM)

        assert before is not None
        assert after is not None
        assert (before.name, before.valid_to) == ("Phường Đông Hải", REFORM)
        assert (after.name, after.valid_from, after.valid_to) == ("Phường Hạc Thành", REFORM, None)
        assert (after.kind, after.province_code) == (UnitKind.WARD, "38")

    async def test_a_commune_that_has_ended_is_not_in_force(
        self, communes: CommuneRegister
    ) -> None:
        assert await communes.in_force("14755", LAST_DAY_OF_DISTRICTS) is not None
        assert await communes.in_force("14755", REFORM) is None

    @pytest.mark.parametrize("code", NO_COMMUNES)
    async def test_only_a_commune_is_a_commune(self, communes: CommuneRegister, code: str) -> None:
        assert await communes.in_force(code, TODAY) is None

    async def test_a_province_has_its_communes_of_today_and_of_before(
        self, communes: CommuneRegister
    ) -> None:
        found = (await communes.codes_by_province())["38"]

        assert {"14797", "14755"} <= found
        assert not found & set(NO_COMMUNES)

    async def test_a_whole_commune_has_one_heir(self, communes: CommuneRegister) -> None:
        found = await communes.today("14755", LAST_DAY_OF_DISTRICTS)

        assert [commune.code for commune in found.candidates] == ["14758"]
        assert (found.certain, found.needs) == (True, ())

    async def test_a_split_commune_has_all_its_heirs_and_no_favourite(
        self, communes: CommuneRegister
    ) -> None:
        found = await communes.today("15772", LAST_DAY_OF_DISTRICTS)

        assert [commune.code for commune in found.candidates] == ["15772", "15796", "15835"]
        assert found.certain is False
        assert set(found.needs) == {"point", "street"}

    async def test_a_code_without_a_day_means_whoever_bore_it(
        self, communes: CommuneRegister
    ) -> None:
        found = await communes.today("14758", None)

        assert [commune.code for commune in found.candidates] == ["14758", "14797"]
        assert found.certain is False
        assert "date" in found.needs

    async def test_a_commune_of_today_is_itself(self, communes: CommuneRegister) -> None:
        found = await communes.today("16654", TODAY)

        assert [commune.code for commune in found.candidates] == ["16654"]
        assert found.certain is True

    @pytest.mark.parametrize("code", NO_COMMUNES)
    async def test_what_never_was_has_become_nothing(
        self, communes: CommuneRegister, code: str
    ) -> None:
        found = await communes.today(code, None)

        assert (found.candidates, found.certain) == ((), False)

    @pytest.mark.parametrize(("lat", "lon"), [(19.8, 105.78), (0.0, 0.0), (-90.0, 180.0)])
    async def test_a_point_has_as_many_communes_as_its_outcome_says(
        self, communes: CommuneRegister, lat: float, lon: float
    ) -> None:
        answer = await communes.at_point(lat, lon, TODAY)

        fits = {"one": answer.communes[1:] == (), "several": len(answer.communes) > 1}
        assert fits.get(answer.outcome, answer.communes == ())


class AgencyRegisterConformance:
    """Inherit it, and pytest runs every promise of `contracts.territory.AgencyRegister`."""

    async def test_somebody_leads_where_people_live(self, agencies: AgencyRegister) -> None:
        (committee,) = await agencies.competent("feedback", "14797", TODAY)

        assert committee.unit_code == "14797"
        assert await agencies.in_force(committee.id, TODAY) == committee

    async def test_nobody_led_before_the_commune_was(self, agencies: AgencyRegister) -> None:
        (committee,) = await agencies.competent("feedback", "14797", REFORM)

        assert await agencies.in_force(committee.id, LAST_DAY_OF_DISTRICTS) is None
        assert await agencies.competent("feedback", "14797", LAST_DAY_OF_DISTRICTS) == ()

    async def test_a_subject_is_compared_whole(self, agencies: AgencyRegister) -> None:
        assert await agencies.competent("feed", "14797", TODAY) == ()
        assert await agencies.competent("feedback.nothing", "14797", TODAY) == ()

    async def test_another_role_is_another_answer(self, agencies: AgencyRegister) -> None:
        role = CompetenceRole.COORDINATE

        assert await agencies.competent("feedback", "14797", TODAY, role) == ()

    @pytest.mark.parametrize("code", NO_COMMUNES)
    async def test_nobody_is_competent_nowhere(self, agencies: AgencyRegister, code: str) -> None:
        assert await agencies.competent("feedback", code, TODAY) == ()

    @pytest.mark.parametrize(("scheme", "value"), [("h56", "H56.99.99"), ("", ""), ("sms", "H56")])
    async def test_an_unknown_identifier_is_nobodys(
        self, agencies: AgencyRegister, scheme: str, value: str
    ) -> None:
        assert await agencies.find(scheme, value, TODAY) is None

    async def test_an_unknown_id_is_nobodys(self, agencies: AgencyRegister) -> None:
        assert await agencies.in_force(UUID(int=0), TODAY) is None

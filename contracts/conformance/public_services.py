"""What every system beside us does: one-stop systems, and where blank forms are published."""

from collections.abc import Iterator

import pytest

from contracts.public_services import (
    FORM_BYTES_MAX,
    AddressRefused,
    DossierNews,
    DossierSystem,
    FormSource,
)

_ROUNDS_MAX = 200


class DossierSystemConformance:
    """For each provider of `DossierSystem`, standing in front of some dossiers."""

    @pytest.fixture
    def system(self) -> DossierSystem:
        """Return the system under test, with at least two dossiers that have moved."""
        raise NotImplementedError

    async def told(self, system: DossierSystem) -> list[DossierNews]:
        """Return all that it tells from the beginning, answer by answer."""
        answers: list[DossierNews] = []
        cursor = ""
        while len(answers) < _ROUNDS_MAX:
            answers.append(await system.changes_since(cursor))
            cursor = answers[-1].cursor
            if not answers[-1].more:
                break
        return answers

    async def test_it_comes_to_an_end_and_then_tells_nothing_new(
        self, system: DossierSystem
    ) -> None:
        answers = await self.told(system)

        again = await system.changes_since(answers[-1].cursor)

        assert len(answers) < _ROUNDS_MAX
        assert (again.dossiers, again.progress, again.more) == ((), (), False)
        assert again.cursor == answers[-1].cursor

    async def test_no_answer_is_larger_than_was_agreed(self, system: DossierSystem) -> None:
        for each in await self.told(system):
            assert max(len(each.dossiers), len(each.progress)) <= 500
            assert len(each.cursor) <= 500

    async def test_a_cursor_may_be_used_again(self, system: DossierSystem) -> None:
        first = await system.changes_since("")

        assert (await system.changes_since("")).dossiers == first.dossiers

    async def test_moves_are_of_dossiers_that_were_told(self, system: DossierSystem) -> None:
        known: set[str] = set()
        for each in await self.told(system):
            known |= {str(item["MaHoSo"]) for item in each.dossiers}
            assert {str(item["MaHoSo"]) for item in each.progress} <= known

    async def test_states_are_those_of_the_national_list(self, system: DossierSystem) -> None:
        answers = await self.told(system)

        states = {str(item["TrangThaiHoSo"]) for each in answers for item in each.dossiers}
        states |= {str(item["TrangThai"]) for each in answers for item in each.progress}
        assert states <= {str(number) for number in range(1, 11)}
        assert len(set(_codes(answers))) >= 2

    async def test_one_dossier_is_told_whole(self, system: DossierSystem) -> None:
        answers = await self.told(system)
        (code, *_) = _codes(answers)

        one = await system.dossier(code)

        moves = [item for each in answers for item in each.progress if item["MaHoSo"] == code]
        assert [item["MaHoSo"] for item in one.dossiers] == [code]
        assert len(one.progress) == len(moves)

    async def test_an_unknown_dossier_is_nothing_and_no_fault(self, system: DossierSystem) -> None:
        nothing = await system.dossier("H99.99-200101-9999")

        assert (nothing.dossiers, nothing.progress) == ((), ())


def _codes(answers: list[DossierNews]) -> Iterator[str]:
    return (str(item["MaHoSo"]) for each in answers for item in each.dossiers)


class FormSourceConformance:
    """For each provider of `FormSource`. Subclass it, give `forms` and `published`."""

    @pytest.fixture
    def forms(self) -> FormSource:
        """Return the source under test."""
        raise NotImplementedError

    @pytest.fixture
    def published(self) -> str:
        """Return an address at which it publishes a form."""
        raise NotImplementedError

    async def test_a_form_is_the_same_when_it_is_fetched_again(
        self, forms: FormSource, published: str
    ) -> None:
        content = await forms.fetch(published)

        assert content
        assert len(content) <= FORM_BYTES_MAX
        assert await forms.fetch(published) == content

    async def test_where_nothing_is_published_there_is_nothing(
        self, forms: FormSource, published: str
    ) -> None:
        assert await forms.fetch(f"{published}-not-there") is None

    @pytest.mark.parametrize(
        "address",
        [
            "https://example.org/form.pdf",
            "http://example.org/form.pdf",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/form.pdf",
            "https://user:word@example.org/form.pdf",
            "file:///etc/passwd",
            "ftp://example.org/form.pdf",
            "//example.org/form.pdf",
            "https://",
            "https://[broken/form.pdf",
            "form.pdf",
            "",
        ],
    )
    async def test_another_address_is_refused_before_anybody_is_asked(
        self, forms: FormSource, address: str
    ) -> None:
        with pytest.raises(AddressRefused):
            await forms.fetch(address)

    @pytest.mark.parametrize("change", [":1", "@example.org", ".example.org"])
    async def test_a_name_that_only_begins_like_a_known_one_is_refused(
        self, forms: FormSource, published: str, change: str
    ) -> None:
        scheme, host, path = published.split("/", 3)[0], *published.split("/", 3)[2:]

        with pytest.raises(AddressRefused):
            await forms.fetch(f"{scheme}//{host}{change}/{path}")

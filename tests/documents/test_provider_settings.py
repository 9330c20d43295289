"""Which programs and folders count as a provider of contracts, by the settings alone."""

from backend.kernel import Secret
from modules.labour_contracts.settings import Settings


def test_a_partner_that_is_called_like_a_provider_is_not_it() -> None:
    described = Secret('[pushing]\nurl = "file"\nclient_id = "p"\n[flaky]\nurl = "file"')

    tellers = [Settings(providers=described).teller(each) for each in ("p", "flaky", "pushing")]

    assert tellers == ["pushing", "@flaky", "@pushing"]


def test_a_folder_is_named_as_what_production_refuses() -> None:
    described = [Secret('[a]\nurl = "file"'), Secret('[a]\nurl = "https://a.example.vn"')]

    assert [Settings(providers=each).stand_ins for each in described] == [("providers",), ()]

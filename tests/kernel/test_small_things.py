"""Words, versions, secrets and refusals."""

from collections.abc import Iterator

import pytest

from backend.kernel import (
    BadRequest,
    DomainError,
    NotFound,
    Secret,
    VersionRequired,
    VersionStale,
    check_version,
    etag,
    refuses,
    seen,
    t,
)
from backend.kernel.locale import knows, language, learn


class Closed(DomainError):
    """The office is closed."""

    slug = "office/closed"


@pytest.fixture
def english() -> Iterator[None]:
    spoken = language.set("en")
    yield
    language.reset(spoken)


def test_a_text_comes_in_the_language_of_the_request(english: None) -> None:
    learn("vi", {"office.greeting": "Chào {name}"})
    learn("en", {"office.greeting": "Hello {name}"})

    assert t("office.greeting", name="Triệu") == "Hello Triệu"
    language.set("vi")
    assert t("office.greeting", name="Triệu") == "Chào Triệu"


def test_a_text_that_nobody_wrote_is_noticed() -> None:
    assert not knows("office.nothing", "vi")
    with pytest.raises(KeyError):
        t("office.nothing")


def test_a_secret_does_not_show() -> None:
    secret = Secret("open sesame")

    assert secret.reveal() == "open sesame"
    assert "sesame" not in f"{secret!r} {secret}"
    assert {secret, Secret("open sesame"), "open sesame"} == {secret, "open sesame"}


@pytest.mark.parametrize("if_match", ['"3"', 'W/"3"', ' "3" ', '"3-gzip"', 'W/"3-br"'])
def test_the_version_that_was_seen_survives_a_proxy(if_match: str) -> None:
    assert seen(if_match) == 3
    check_version(3, if_match)


def test_a_version_is_shown_as_it_is_asked_for() -> None:
    assert seen(etag(7)) == 7


def test_a_stale_version_learns_the_current_one() -> None:
    with pytest.raises(VersionStale) as refused:
        check_version(4, '"3"')

    assert refused.value.members == {"current_version": 4}


@pytest.mark.parametrize("if_match", ["3", '"x"', "*", '"1", "2"', '""', '"1234567890"'])
def test_what_is_no_version_of_ours_is_refused(if_match: str) -> None:
    with pytest.raises(BadRequest):
        seen(if_match)


def test_a_shared_thing_is_not_changed_blindly() -> None:
    with pytest.raises(VersionRequired):
        check_version(1, None)


def test_refusals_are_documented_by_status_and_slug() -> None:
    documented = refuses(NotFound, Closed, VersionStale)

    assert {status: spec.description for status, spec in documented.items()} == {
        404: "`kernel/not-found`",
        409: "`office/closed`",
        412: "`kernel/version-stale`",
    }


def test_a_refusal_carries_what_the_caller_may_know() -> None:
    refusal = Closed(headers={"Retry-After": "60"}, opens_at="07:30")

    assert (str(refusal), refusal.headers, refusal.members) == (
        "office/closed",
        {"Retry-After": "60"},
        {"opens_at": "07:30"},
    )

"""Settings come from the environment, and a misspelt one is not ignored."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from backend.host.home import furnished
from backend.host.installation import installation
from backend.host.registry import discover
from backend.host.settings import BadSettings, read, wanted
from backend.kernel import Secret


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    overdue_after_days: Annotated[int, Meta(ge=1, le=90, description="…")] = 7
    window: Annotated[timedelta, Meta(description="…")] = timedelta(days=30)
    channels: Annotated[tuple[str, ...], Meta(description="…")] = ()
    key: Annotated[Secret, Meta(description="…")] = Secret("")
    open: Annotated[bool, Meta(description="…")] = True


STRUCTS = {"TINHS_DESK_": Desk}


def desk(**environment: str) -> Desk:
    found = read(STRUCTS, {f"TINHS_DESK_{name.upper()}": v for name, v in environment.items()})
    value = found[Desk]
    assert isinstance(value, Desk)
    return value


def test_each_type_is_read_as_people_write_it() -> None:
    read_desk = desk(overdue_after_days="9", window="P2D", channels="sms, push", open="false")

    assert read_desk == Desk(
        overdue_after_days=9, window=timedelta(days=2), channels=("sms", "push"), open=False
    )
    assert desk() == Desk()


def test_every_fault_is_listed_and_a_misspelling_gets_the_right_name() -> None:
    environment = {
        "TINHS_DESK_OVERDUE_AFTER_DAY": "3",
        "TINHS_DESK_OVERDUE_AFTER_DAYS": "91",
        "TINHS_DESK_WINDOW": "soon",
        "HOME": "/nobody-minds",
    }

    with pytest.raises(BadSettings) as refusal:
        read(STRUCTS, environment)

    first, second, third = refusal.value.faults
    assert first == (
        "TINHS_DESK_OVERDUE_AFTER_DAY: no such setting; did you mean TINHS_DESK_OVERDUE_AFTER_DAYS?"
    )
    assert second.startswith("TINHS_DESK_OVERDUE_AFTER_DAYS: ")
    assert third.startswith("TINHS_DESK_WINDOW: ")


def test_what_modules_make_do_with_at_home_is_for_developers_alone(tmp_path: Path) -> None:
    own = {"TINHS_DATA_DIR": str(tmp_path)}
    told = furnished(own, tmp_path)
    theirs = [
        f"{prefix}{field.upper()}"
        for prefix, kind in wanted(discover()).items()
        for field in getattr(kind, "at_home", {})
    ]

    assert theirs
    assert installation(told)
    for name in theirs:
        with pytest.raises(BadSettings, match=name):
            installation({"TINHS_ENV": "prod", name: told[name]})
        assert name not in furnished({**own, f"{name}_FILE": "x"}, tmp_path)
        assert furnished({**own, name: "x"}, tmp_path)[name] == "x"


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(BadSettings, match="needs 32") as refused:
        installation({"TINHS_SECRET": "changeme"}).secret()

    assert "changeme" not in str(refused.value)
    assert len(installation({"TINHS_SECRET": "x" * 32}).secret()) == 32


def test_a_secret_comes_from_a_file_and_never_shows(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("hush\n")

    found = read(STRUCTS, {"TINHS_DESK_KEY_FILE": str(file)})[Desk]

    assert isinstance(found, Desk)
    assert found.key.reveal() == "hush"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("https://tinh.example/", "say https://tinh.example"),
        ("https://tinh.example/api", "say https://tinh.example"),
        ("https://tinh.example?x", "say https://tinh.example"),
        ("tinh.example", "no address of a website"),
        ("ftp://tinh.example", "no address of a website"),
        ("https://me@tinh.example", "no address of a website"),
    ],
)
def test_our_own_address_is_a_website_and_no_more(told: str, wanted: str) -> None:
    with pytest.raises(BadSettings, match="TINHS_BASE_URL") as refused:
        installation({"TINHS_BASE_URL": told})

    assert wanted in str(refused.value)

"""Taking everything along: one archive, for the session that asked, for a day."""

import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID
from zipfile import ZipFile

from backend.host.registry import discover, origins
from backend.identity.authority import Authority
from backend.identity.login import numbers
from backend.identity.people.recording import record_identifier
from backend.identity.scopes import READ
from backend.kernel import Module
from backend.privacy.exporting import schema
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.testing import Caller, Clock
from tests.privacy.conftest import BORN, COMPLAINT, NAME, STRANGER, Drain, number_of, phone_of

EXPORT = "/v1/account/export"
EXPORTS = "/v1/account/exports"
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "your-data.md"


async def archive_of(person: Caller, drain: Drain) -> dict[str, bytes]:
    asked = await person.post(EXPORT)
    assert asked.status_code == 202, asked.text
    await drain()
    (made, *_) = (await person.get(EXPORTS)).json()["items"]
    assert made["state"] == "ready"
    fetched = await person.get(f"{EXPORTS}/{made['id']}/archive")
    assert fetched.status_code == 200
    assert fetched.headers["cache-control"] == "no-store"
    with ZipFile(BytesIO(fetched.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_everything_that_is_kept_is_in_one_archive(known: Caller, drain: Drain) -> None:
    files = await archive_of(known, drain)

    def rows(table: str) -> list[dict[str, Any]]:
        return json.loads(files[f"data/{table}.json"])["rows"]

    assert rows("clinic.visit")[0]["complaint"] == COMPLAINT
    (who,) = rows("identity.person")
    assert (who["name"], who["birth"]) == (NAME, BORN)
    assert rows("identity.person_phone")[0]["value"] == phone_of(known)
    assert rows("identity.person_identifier")[0]["value"] == number_of(known)
    manifest = json.loads(files["manifest.json"])
    assert manifest["person_id"] == str(known.person_id)
    assert {f"data/{table}.json" for table in manifest["tables"]} <= set(files)
    assert b"_enc" not in b"".join(files[name] for name in files if name.startswith("data/"))


async def test_everything_is_taken_along_and_asked_about_in_a_browser(
    known: Caller, drain: Drain
) -> None:
    home = "/account/privacy/data"
    asked = await known.post(
        "/account/privacy/requests", data={"kind": "access", "note": "Ai xem?"}
    )
    made = await known.post("/account/privacy/export")
    await drain()
    page = (await known.get(home)).text
    (archive,) = re.findall(r'href="(/account/privacy/exports/[0-9a-f-]+/archive)"', page)
    (request,) = re.findall(r'action="(/account/privacy/requests/[0-9a-f-]+/withdrawal)"', page)
    fetched = await known.get(archive)
    unsure = await known.post("/account/privacy/erasure", data={})
    untouched = (await known.get(home)).text
    await known.post("/account/privacy/erasure", data={"sure": "1"})
    cooling = (await known.get(home)).text
    await known.post("/account/privacy/erasure/withdrawal")
    await known.post(request)

    after = (await known.get(home)).text
    assert (asked.headers["location"], made.headers["location"]) == (home, home)
    assert "Ai xem?" in page
    assert "manifest.json" in ZipFile(BytesIO(fetched.content)).namelist()
    assert unsure.status_code == 303
    assert "erasure/withdrawal" not in untouched
    assert "erasure/withdrawal" in cooling
    assert "erasure/withdrawal" not in after
    assert request not in after


def test_the_clinic_is_a_strangers_that_was_installed_and_named(modules: Sequence[Module]) -> None:
    """So what the tests of this folder take out, merge and erase was kept by no code of ours."""
    unnamed = {module.name for module in discover(guests=())}

    assert origins()["clinic"] == f"{STRANGER} 1.0"
    assert {module.name for module in modules} - unnamed == {"clinic"}


async def test_each_table_says_why_it_is_kept_and_how_long(known: Caller, drain: Drain) -> None:
    files = await archive_of(known, drain)

    kept = json.loads(files["data/clinic.visit.json"])["kept_for"]
    assert [(item["kind"], item["retention"]) for item in kept] == [("sensitive", "P10Y")]


async def test_the_schema_travels_along_and_is_documented(known: Caller, drain: Drain) -> None:
    files = await archive_of(known, drain)

    assert json.loads(files["schema.json"]) == schema()
    guide = GUIDE.read_text(encoding="utf-8")
    for name in ("manifest.json", "schema.json", "data/<schema>.<table>.json", "README.txt"):
        assert f"`{name}`" in guide


async def test_another_session_of_the_same_person_fetches_nothing(
    known: Caller, as_citizen: Callable[..., Caller], drain: Drain, clock: Clock
) -> None:
    await known.post(EXPORT)
    await drain()
    (made, *_) = (await known.get(EXPORTS)).json()["items"]
    stranger = as_citizen(ASK, TAKE_OUT)

    theirs = await stranger.get(f"{EXPORTS}/{made['id']}/archive")
    clock.advance(minutes=31)  # who comes back later signs in again: another session
    later = await known.get(f"{EXPORTS}/{made['id']}/archive")

    assert theirs.status_code == later.status_code == 404


async def test_an_archive_is_gone_after_a_day(known: Caller, drain: Drain, clock: Clock) -> None:
    await known.post(EXPORT)
    await drain()
    (made, *_) = (await known.get(EXPORTS)).json()["items"]

    clock.advance(hours=25)
    await drain()

    assert (await known.get(f"{EXPORTS}/{made['id']}/archive")).status_code == 404


async def test_one_archive_an_hour(known: Caller) -> None:
    first, second = await known.post(EXPORT), await known.post(EXPORT)

    assert (first.status_code, second.status_code) == (202, 429)


async def test_a_code_by_phone_is_not_enough(as_citizen: Callable[..., Caller]) -> None:
    by_code = as_citizen(ASK, TAKE_OUT, acr="aal1")

    for refused in (await by_code.post(EXPORT), await by_code.post("/v1/account/erasure")):
        assert refused.status_code == 401
        assert 'acr_values="aal2"' in refused.headers["www-authenticate"]


async def test_the_account_shows_the_ends_of_ones_numbers(
    known: Caller, as_citizen: Callable[..., Caller]
) -> None:
    mine = (await known.get("/v1/account")).json()
    nobodys = (await as_citizen(READ).get("/v1/account")).json()
    log = (await known.get("/v1/account/access-log")).json()["items"]

    assert mine["phone"] == f"+84 ••• ••• {phone_of(known)[-3:]}"
    assert mine["national_id"] == f"•••••••••{number_of(known)[-3:]}"
    assert (nobodys["phone"], nobodys["national_id"]) == (None, None)
    assert [each for each in log if each["purpose"] == "identity.account"] == []


async def test_a_phone_alone_is_not_told_the_personal_number(
    as_citizen: Callable[..., Caller], authority: Authority
) -> None:
    by_phone = as_citizen(READ)
    await by_phone.get("/v1/account")
    person_id = cast("UUID", by_phone.person_id)
    async with authority.transaction() as tx:
        await record_identifier(tx, person_id, "national_id", number_of(by_phone), source="vneid")
        await numbers.keep(tx, authority.kms, person_id, phone_of(by_phone))

    told = (await by_phone.get("/v1/account")).json()

    assert told["phone"].endswith(phone_of(by_phone)[-3:])
    assert told["national_id"] is None

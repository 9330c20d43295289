"""Signing keys: made on the first run, published before they sign, kept a day, dropped."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.identity.authority import Authority
from backend.identity.errors import TokenInvalid
from backend.identity.keys import KeyRing
from backend.identity.minting import mint_partner
from backend.kernel import House
from backend.kernel.database import Connection
from backend.kms import FileKms, KeyUnreachable
from backend.testing import Client, Clock


async def turn(authority: Authority) -> None:
    async with authority.transaction() as tx:
        await authority.keys.turn(tx)


async def states(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch(
        "select kid, state from identity.signing_key where state <> 'dead'"
    )
    return {row["kid"]: row["state"] for row in rows}


async def test_the_first_run_makes_a_key_and_its_successor(
    authority: Authority, connection: Connection
) -> None:
    await turn(authority)

    assert sorted((await states(connection)).values()) == ["current", "next"]


async def test_private_parts_are_files_for_their_owner_alone(authority: Authority) -> None:
    folder: Path = authority._house.data_dir / "keys"

    _, reference = authority.keys.signing()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert FileKms(folder).public(reference) == authority.kms.public(reference)


async def test_a_key_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnreachable, match=r"lost\.pem"):
        FileKms(tmp_path).load("file:lost")


async def test_what_is_published_verifies_and_gives_nothing_away(
    client: Client, authority: Authority
) -> None:
    answer = await client.get("/oauth/jwks")

    keys = answer.json()["keys"]
    assert "max-age=300" in answer.headers["cache-control"]
    assert authority.keys.signing()[0] in {key["kid"] for key in keys}
    assert {frozenset(key) for key in keys} == {
        frozenset({"kty", "crv", "x", "y", "kid", "alg", "use"})
    }


async def test_a_life_of_keys(
    authority: Authority, clock: Clock, forger: Any, connection: Connection
) -> None:
    await turn(authority)
    first = await states(connection)
    (born_current,) = [kid for kid, state in first.items() if state == "current"]
    (born_next,) = [kid for kid, state in first.items() if state == "next"]

    clock.advance(days=89)
    await turn(authority)
    assert await states(connection) == first

    clock.advance(days=1)
    last_words = forger.token()
    await turn(authority)
    rotated = await states(connection)
    assert (rotated[born_current], rotated[born_next]) == ("previous", "current")
    assert sorted(rotated.values()) == ["current", "next", "previous"]
    assert authority.keys.signing()[0] == born_next
    assert {key.kid for key in authority.keys.jwks.keys} == set(rotated)
    authority.tokens.verify(last_words, clock.now)
    authority.tokens.verify(forger.token(), clock.now)

    clock.advance(hours=24)
    await turn(authority)
    assert born_current not in await states(connection)
    assert born_current not in {key.kid for key in authority.keys.jwks.keys}
    assert authority.keys.verifying(born_current) is None


async def test_a_token_of_a_dropped_key_is_forgotten_at_once(
    authority: Authority, clock: Clock, forger: Any, connection: Connection
) -> None:
    await turn(authority)
    token = forger.token()
    authority.tokens.verify(token, clock.now)
    kid, _ = authority.keys.signing()
    (following,) = [kid for kid, state in (await states(connection)).items() if state == "next"]
    await connection.execute("update identity.signing_key set state = 'dead' where kid = $1", kid)

    await turn(authority)

    with pytest.raises(TokenInvalid):
        authority.tokens.verify(token, clock.now)
    assert authority.keys.signing()[0] == following
    authority.tokens.verify(forger.token(), clock.now)


async def test_what_another_process_has_done_is_learnt_without_being_told(
    authority: Authority, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.identity.authority.RELOAD_SECONDS", 0.01)
    pool = authority._pool
    assert pool is not None
    await turn(authority)
    before = authority.keys.signing()[0]

    async with authority.open(pool):
        await connection.execute("alter table identity.signing_key rename to hidden")
        await asyncio.sleep(0.05)  # the database is not as it should be: those known stay in use
        assert authority.keys.signing()[0] == before
        await connection.execute("alter table identity.hidden rename to signing_key")
        await connection.execute(
            "update identity.signing_key set state = 'dead' where kid = $1", before
        )
        async with asyncio.timeout(5):
            while authority.keys.signing()[0] == before:  # noqa: ASYNC110 - a timer's doing
                await asyncio.sleep(0.01)

    authority._pool = pool
    assert before not in {key.kid for key in authority.keys.jwks.keys}


async def test_a_house_that_is_not_open_lends_nothing(tmp_path: Path, clock: Clock) -> None:
    authority = Authority(House(data_dir=tmp_path), [], clock)

    with pytest.raises(LookupError):
        authority.keys.signing()
    with pytest.raises(RuntimeError, match="not open"):
        await _borrow(authority)


async def _borrow(authority: Authority) -> None:
    async with authority.transaction():
        pass


async def test_what_goes_wrong_while_signing_in_is_not_kept(
    authority: Authority, connection: Connection
) -> None:
    class Mishap(Exception):
        pass

    async def sign_in() -> None:
        async with authority.transaction() as tx:
            await mint_partner(tx, client_id="half-done", name="Half", scopes=[])
            raise Mishap

    with pytest.raises(Mishap):
        await sign_in()

    assert not await connection.fetchval(
        "select count(*) from identity.client where id = 'half-done'"
    )


async def test_processes_that_start_at_once_agree(
    authority: Authority, connection: Connection
) -> None:
    other = KeyRing(FileKms(authority._house.data_dir / "keys"))

    async with authority.transaction() as tx:
        await other.turn(tx)

    assert other.signing()[0] == authority.keys.signing()[0]
    assert msgspec.to_builtins(other.jwks) == msgspec.to_builtins(authority.keys.jwks)

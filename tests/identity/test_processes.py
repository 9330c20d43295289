"""Keys that turn, keys that are dropped, and sign-outs: what one process does, all of them hold."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from backend.host.app import create_app
from backend.host.cli import main
from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.errors import TokenInvalid
from backend.identity.minting import mint_citizen
from backend.identity.signer import Signer
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from backend.testing.callers import alive
from tests.identity.phone_app import NewApp


async def turn(authority: Authority) -> None:
    async with authority.transaction() as tx:
        await authority.keys.turn(tx)


async def states(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch(
        "select kid, state from identity.signing_key where state <> 'dead'"
    )
    return {row["kid"]: row["state"] for row in rows}


async def test_a_compromised_key_is_dropped_by_everybody(
    authority: Authority,
    connection: Connection,
    clock: Clock,
    forger: Any,
    database: DatabaseUrls,
    settings: Mapping[type, msgspec.Struct],
) -> None:
    await turn(authority)
    kid, token = authority.keys.signing()[0], forger.token()
    (following,) = [name for name, state in (await states(connection)).items() if state == "next"]
    authority.tokens.verify(token, clock.now)
    ours: Any = settings[Settings]
    called = {
        "TINHS_ENV": "test",
        "TINHS_DATA_DIR": str(ours.data_dir),
        "TINHS_SECRET": "s" * 32,
        "TINHS_DATABASE_AUTH_URL": database.auth,
    }

    def type_in(*words: str) -> Any:
        return CliRunner().invoke(main, ["keys", "rotate", *words], env=called)

    unknown = await asyncio.to_thread(type_in, "--compromised", "nobody")
    dropped = await asyncio.to_thread(type_in, "--compromised", kid)
    again = await asyncio.to_thread(type_in, "--compromised", kid)
    await turn(authority)  # what every process does every few seconds

    assert (unknown.exit_code, dropped.exit_code, again.exit_code) == (1, 0, 1)
    assert f"{following} signs from now on" in dropped.output
    assert authority.keys.signing()[0] == following
    assert kid not in {key.kid for key in authority.keys.jwks.keys}
    assert sorted((await states(connection)).values()).count("next") == 1
    with pytest.raises(TokenInvalid):
        authority.tokens.verify(token, clock.now)
    authority.tokens.verify(forger.token(), clock.now)


async def test_a_next_key_that_is_compromised_never_signs(
    authority: Authority, connection: Connection
) -> None:
    await turn(authority)
    before = authority.keys.signing()[0]
    (following,) = [name for name, state in (await states(connection)).items() if state == "next"]

    async with authority.transaction() as tx:
        await authority.keys.drop(tx, following)

    assert authority.keys.signing()[0] == before
    assert following not in await states(connection)
    assert sorted((await states(connection)).values()).count("next") == 1


async def test_keys_turn_while_people_work_and_nobody_is_refused(
    authority: Authority,
    connection: Connection,
    modules: Sequence[Module],
    settings: Mapping[type, msgspec.Struct],
    clock: Clock,
    client: Client,
) -> None:
    """Two processes; each learns of a rotation only some time after the other has made it."""
    app = create_app(modules, settings, secret=b"a secret that every test may know", clock=clock)
    async with alive(app):
        other: Authority = app.state.authority
        async with authority.transaction() as tx:
            session = await mint_citizen(tx, jkt=Signer().thumbprint, scopes=["identity:read"])
        signed_by: set[str] = set()
        checked = 0
        for ahead, behind in [(authority, other), (other, authority)] * 4:
            await connection.execute(
                "update identity.signing_key"
                " set active_from = active_from - interval '91 days',"
                "     published_at = published_at - interval '91 days'"
            )
            old = [behind.person_token(session).encode() for _ in range(20)]
            await turn(ahead)
            new = [ahead.person_token(session).encode() for _ in range(20)]
            late = [behind.person_token(session).encode() for _ in range(20)]
            for token in (*old, *new, *late):
                ahead.tokens.verify(token, clock.now)
                behind.tokens.verify(token, clock.now)
                checked += 2
            signed_by.add(ahead.keys.signing()[0])
            await turn(behind)

    assert (len(signed_by), checked) == (8, 8 * 120)


async def test_signing_out_holds_in_every_process(
    modules: Sequence[Module],
    settings: Mapping[type, msgspec.Struct],
    clock: Clock,
    client: Client,
    new_app: NewApp,
) -> None:
    here = new_app()
    app = create_app(modules, settings, secret=b"a secret that every test may know", clock=clock)
    async with alive(app), Client(app) as elsewhere:
        there = here.beside()
        there.client, there.signer = elsewhere, here.signer
        tokens = await here.sign_in("+84977000001")
        before = [
            (await each.account(tokens["access_token"])).status_code for each in (here, there)
        ]

        form = {"client_id": "tinhs-app", "token": tokens["refresh_token"]}
        await there.send("/oauth/revoke", form)

        after = [(await each.account(tokens["access_token"])).status_code for each in (here, there)]
    assert (before, after) == ([200, 200], [401, 401])

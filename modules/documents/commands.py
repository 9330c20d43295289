"""`tinhs documents …`: the verdict without the house, the log signed apart, a witness."""

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

import click
import msgspec

from backend.kernel import Shell
from backend.kernel.outside import Outside, Reach, Unreachable, opened
from backend.transparency import notes
from backend.transparency.watch import LogRewritten
from modules.documents.model import kit as kits
from modules.documents.model import offline
from modules.documents.model.credential_verdict import Asked
from modules.documents.model.findings import Ruling
from modules.documents.model.kit import Kit
from modules.documents.service import log, renewing
from modules.documents.service.remote import serving
from modules.documents.service.remote.trial import Kind
from modules.documents.service.remote.trial_transactions import TrialTransactions
from modules.documents.service.witnessing import Memory, Witness, followed

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
# Whoever types the address says where we go.
_REACH: Final = Reach(may_be_private=True, may_be_plain=True, seconds=30, bytes_max=64 << 20)
_OK: Final = 200
_EXIT: Final[dict[Ruling, int]] = {"VALID": 0, "INDETERMINATE": 2}


@click.command("verify")
@click.argument("file", type=_FILE)
@click.option("--kit", "kit_file", type=_FILE, required=True, help="kit.zip, as published.")
@click.option("--pin", help="SHA-256 of the kit, learnt another way.")
@click.option("--nonce", help="The number that the holder of a credential was given to sign.")
@click.option("--audience", help="Your name, as the holder of a credential was told it.")
def verify(
    file: Path, kit_file: Path, pin: str | None, nonce: str | None, audience: str | None
) -> None:
    """Say whether a bundle, package, PDF, credential, or a printed code's text, is genuine.

    Exit 0: valid, 1: not, 2: indeterminate, 3: wrong usage.
    """
    raw_kit = kit_file.read_bytes()
    kit = _kit(kit_file, raw_kit)
    if pin is not None and sha256(raw_kit).hexdigest() != pin.lower():
        _refuse(f"{kit_file} is not the kit that was pinned")
    now = datetime.now(UTC)  # allow: time_is_given, because no transaction is open offline
    if (nonce is None) != (audience is None):
        _refuse("--nonce and --audience belong together")
    asked = None if nonce is None or audience is None else Asked(audience, nonce)
    verdict = offline.judged(file.read_bytes(), kit, now, asked)
    click.echo(msgspec.json.format(msgspec.json.encode(verdict), indent=2).decode())
    sys.exit(_EXIT.get(verdict.verdict, 1))


def _kit(file: Path, raw: bytes) -> Kit:
    try:
        return kits.unpacked(raw)
    except kits.NotAKit:
        _refuse(f"{file} is not a kit")


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(3)


@click.command("log-signer")
@click.option("--every", default=1.0, show_default=True, help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Sign what there is, and leave.")
@click.pass_obj
def log_signer(shell: Shell, every: float, *, once: bool) -> None:
    """Sign the log, apart from the worker: with a user, a folder and keys of its own.

    Set TINHS_DOCUMENTS_LOG_SIGNER=apart for the worker. What does not extend the tree that was
    signed last is not signed; the process ends with exit 1 then, and says why.
    """
    try:
        asyncio.run(_sign_log(shell, every, once=once))
    except LogRewritten as error:
        click.echo(f"NOT SIGNED: {error}", err=True)
        sys.exit(1)


async def _sign_log(shell: Shell, every: float, *, once: bool) -> None:
    async with shell() as place:
        while True:
            async with place.transaction() as tx:
                size = await log.sign(tx)
            if once:
                click.echo(f"signed for {size} entries")
                return
            await asyncio.sleep(every)


@click.command("protection")
@click.pass_obj
def protection(shell: Shell) -> None:
    """Say until when everything issued is protected by archival timestamps.

    Exit 0: it is; 1: the protection ends within two years, and no authority that was asked has
    a certificate that lasts longer, or somebody has changed a record of it.
    """
    told = asyncio.run(_protection(shell))
    click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    sys.exit(int(told.due == "ending" or not told.intact))


async def _protection(shell: Shell) -> renewing.Standing:
    async with shell() as place, place.transaction() as tx:
        return await renewing.standing(tx)


@click.command("witness")
@click.argument("url")
@click.option("--vkey", required=True, help="The log's key: name+id+base64, learnt another way.")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="Key and memory.")
@click.option("--name", default="witness.example", show_default=True, help="Who we are.")
@click.option("--again", is_flag=True, help="Read every entry from the first one on, and compare.")
def witness(url: str, vkey: str, folder: Path, name: str, *, again: bool) -> None:
    """Follow a log from outside, and print a signature for what only grew.

    URL is the log's address, such as https://example.vn/v1/documents/log. Exit 0: signed, 1: it
    was rewritten, 3: wrong usage or no answer.
    """
    try:
        verifier = notes.verifier(vkey)
        line = asyncio.run(_witness(url, verifier, Witness(folder, name), again=again))
    except LogRewritten as error:
        click.echo(f"REWRITTEN: {error}", err=True)
        sys.exit(1)
    except (notes.NotSigned, Unreachable) as error:
        _refuse(f"{url} gives no checkpoint of that key: {error!r}")
    click.echo(line, nl=False)


async def _witness(url: str, log_key: notes.Verifier, ours: Witness, *, again: bool) -> str:
    async with opened(_REACH) as outside:

        async def fetch(path: str) -> bytes:
            return await _answered(outside, f"{url.rstrip('/')}/{path}")

        if again:
            await followed(fetch, log_key, Memory())
        now = datetime.now(UTC)  # allow: time_is_given, because no transaction is open outside
        return await ours.sign(fetch, log_key, now)


@click.command("remote-signer")
@click.option("--port", default=8089, show_default=True, help="Where it answers, here alone.")
@click.option("--key", type=click.Choice(["p256", "rsa", "pkcs1"]), default="p256")
@click.option("--authority", type=click.Path(path_type=Path), help="Where to write its PEM.")
def remote_signer(port: int, key: Kind, authority: Path | None) -> None:
    """Play a provider of people's keys, of either kind, for development alone.

    People answer on its page. Everything is forgotten when it ends; its authority, whose name says
    that it is worth nothing, is entered into the trust store by two keepers, as tree `dev`.
    """
    if os.environ.get("TINHS_ENV", "dev") != "dev":
        _refuse("it plays what a real provider does, and is for TINHS_ENV=dev")
    serves = serving.server(lambda: provider, port)
    provider = TrialTransactions(_now, key, ocsp=f"http://localhost:{serves.server_port}/ocsp")
    if authority is not None:
        authority.write_text(provider.pem())
    click.echo(f"http://localhost:{serves.server_port}")
    with contextlib.suppress(KeyboardInterrupt):
        serves.serve_forever()


def _now() -> datetime:
    return datetime.now(UTC)  # allow: time_is_given, because it is no part of the house


@click.command("kit")
@click.argument("file", type=_FILE)
@click.option(
    "--published", required=True, help="…/v1/documents/trust/witnesses, or a file with its answer."
)
def kit(file: Path, published: str) -> None:
    """Say whether a kit believes the log and the witnesses that are published.

    Ask where the one who gave you the kit cannot answer for the house: from another network, or a
    file that somebody else has kept. Exit 0: it does, 1: it does not, 3: wrong usage or no answer.
    """
    found = _kit(file, file.read_bytes())
    try:
        is_address = published.startswith(("http://", "https://"))
        raw = asyncio.run(_read(published)) if is_address else Path(published).read_bytes()
        told = msgspec.json.decode(raw, type=kits.Published)
    except (Unreachable, OSError, msgspec.MsgspecError) as error:
        _refuse(f"{published} does not tell whose keys sign the log: {error!r}")
    differences = kits.differences(found, told)
    for each in differences or ["the kit believes what is published"]:
        click.echo(each)
    sys.exit(int(bool(differences)))


async def _read(url: str) -> bytes:
    async with opened(_REACH) as outside:
        return await _answered(outside, url)


async def _answered(outside: Outside, url: str) -> bytes:
    answer = await outside.ask("GET", url)
    if answer.status != _OK:
        raise Unreachable(f"status {answer.status}")
    return answer.body

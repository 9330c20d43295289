"""A holder's phone gets a credential and shows some of it; another library agrees on what it is."""

import hashlib
import json
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwcrypto.jwk import JWK
from sd_jwt.holder import SDJWTHolder
from sd_jwt.verifier import SDJWTVerifier

from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from modules.documents.commands import verify as verify_command
from modules.documents.model import jws, sd_jwt
from modules.documents.scopes import READ, SHARE, SIGN
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.judges import libraries_of_node

BANK: Final = "https://bank.example"
NONCE: Final = "n-0S6_WzA2Mj"
Tick = Callable[..., Awaitable[None]]


class Wallet:
    """An app with a key of its own, which knows the address that it asks."""

    def __init__(self) -> None:
        self.key = generate_private_key(SECP256R1())
        full = msgspec.to_builtins(jws.jwk_of(self.key.public_key()))
        self.jwk = {name: full[name] for name in ("crv", "kty", "x", "y")}

    def signed(self, head: dict[str, Any], said: dict[str, Any]) -> str:
        parts = [jws.encoded(json.dumps(each).encode()) for each in (head, said)]
        return f"{'.'.join(parts)}.{jws.encoded(jws.sign(self.key, '.'.join(parts).encode()))}"

    def proof(self, document: str, at: int, **changed: Any) -> dict[str, str]:
        head = {"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": self.jwk}
        said = {"aud": f"{BASE_URL}{DOCUMENTS}/{document}/credentials", "iat": at}
        return {"proof": self.signed({**head, **changed}, {**said, **changed.pop("said", {})})}

    def shown(self, credential: str, names: set[str], at: int, **changed: Any) -> str:
        text = sd_jwt.narrowed(credential, names)
        digest = jws.encoded(hashlib.sha256(text.encode()).digest())
        said = {"aud": BANK, "nonce": NONCE, "iat": at, "sd_hash": digest, **changed}
        return text + self.signed({"alg": "ES256", "typ": "kb+jwt"}, said)


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ, SHARE))
    await phone.enrol()
    return phone


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


@pytest.fixture
async def credential(issued: str, employee: Phone, wallet: Wallet, clock: Clock) -> str:
    at = int(clock.now.timestamp())
    where = f"{DOCUMENTS}/{issued}/credentials"
    answer = await employee.caller.post(where, json=wallet.proof(issued, at))
    assert answer.status_code == 201, answer.text
    return answer.json()["sd_jwt"]


@pytest.fixture
def judge(client: Client) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def judged(text: str, **changed: Any) -> dict[str, Any]:
        asked = {"sd_jwt": text, "audience": BANK, "nonce": NONCE, **changed}
        said = {name: value for name, value in asked.items() if value is not None}
        answer = await client.post(f"{DOCUMENTS}/verifications", json=said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return judged


Judge = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_bank_learns_since_when_and_nothing_else(
    credential: str, wallet: Wallet, judge: Judge, clock: Clock
) -> None:
    shown = wallet.shown(credential, {"employed_since"}, int(clock.now.timestamp()))

    said = await judge(shown)

    assert (said["verdict"], said["holder_bound"]) == ("VALID", True)
    assert said["content"]["fields"] == {"employed_since": "2026-12-01"}
    decoded = b"".join(jws.decoded(each) for each in shown.split("~")[1:-1])
    assert "Đạt".encode() not in decoded
    assert b"9500000" not in decoded


async def test_another_library_takes_what_we_issue_and_we_what_it_presents(
    credential: str, wallet: Wallet, judge: Judge, client: Client
) -> None:
    published = (await client.get(f"{DOCUMENTS}/trust/jwks.json")).json()["keys"]
    kid = json.loads(jws.decoded(credential.partition(".")[0]))["kid"]
    (issuer,) = [JWK(**each) for each in published if each["kid"] == kid]
    private = wallet.key.private_numbers().private_value.to_bytes(32, "big")
    holder = SDJWTHolder(credential)
    holder.create_presentation(
        {"employed_since": True},
        nonce=NONCE,
        aud=BANK,
        holder_key=JWK(**wallet.jwk, d=jws.encoded(private)),
    )
    presented = holder.sd_jwt_presentation

    key: Any = lambda *_: issuer  # noqa: E731 - the library calls a key a text
    judge_of_theirs = SDJWTVerifier(presented, key, expected_aud=BANK, expected_nonce=NONCE)
    theirs: Any = judge_of_theirs.get_verified_payload()
    ours = await judge(presented)

    assert theirs["employed_since"] == "2026-12-01"
    assert theirs["vct"] == "urn:tinhs:document:labour.contract/2"
    assert "wage" not in theirs
    assert (ours["verdict"], ours["content"]["fields"]) == (
        "VALID",
        {"employed_since": "2026-12-01"},
    )


_VC: Final = """
import { readFile } from 'node:fs/promises'
import { webcrypto, createHash } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const told = JSON.parse(await readFile('told.json'))
const es256 = { name: 'ECDSA', hash: 'SHA-256' }
const curve = { name: 'ECDSA', namedCurve: 'P-256' }
const by = (jwks) => async (signed, signature) => {
  const { kid } = JSON.parse(Buffer.from(signed.split('.')[0], 'base64url'))
  const jwk = jwks.find((each) => each.kid === kid || !kid)
  const key = await webcrypto.subtle.importKey('jwk', jwk, curve, false, ['verify'])
  const raw = Buffer.from(signature, 'base64url')
  return webcrypto.subtle.verify(es256, key, raw, Buffer.from(signed))
}
const judge = new SDJwtVcInstance({
  hasher: (text) => createHash('sha256').update(text).digest(),
  verifier: by(told.issuer.jwks.keys),
  kbVerifier: by([told.holder]),
  statusVerifier: by(told.published.keys),
  statusListFetcher: async (uri) => told.lists[uri],
})
const { payload } = await judge.verify(told.shown, {
  currentDate: told.at,
  keyBindingNonce: told.nonce,
})
if (payload.iss !== told.issuer.issuer) throw new Error('not of that issuer')
console.log(JSON.stringify({ since: payload.employed_since, wage: payload.wage ?? null }))
"""


async def test_a_verifier_finds_our_keys_by_itself(
    credential: str, wallet: Wallet, client: Client, tick: Tick, clock: Clock, tmp_path: Path
) -> None:
    await tick()
    at = int(clock.now.timestamp())
    shown = wallet.shown(credential, {"employed_since"}, at)
    terms = json.loads(jws.decoded(credential.split(".")[1]))
    uri = terms["status"]["status_list"]["uri"]
    # Where section 4 of SD-JWT VC looks: the path is put between the host and that of `iss`.
    issuer = (await client.get(f"{terms['iss']}/.well-known/jwt-vc-issuer")).json()
    told = {
        "shown": shown,
        "issuer": issuer,
        "holder": wallet.jwk,
        "published": (await client.get(f"{DOCUMENTS}/trust/jwks.json")).json(),
        "lists": {uri: (await client.get(uri)).text},
        "nonce": NONCE,
        "at": at,
    }
    node = libraries_of_node() / "node_modules"
    (tmp_path / "node_modules").symlink_to(node)
    (tmp_path / "judge.mjs").write_text(_VC)

    def judged(**changed: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "told.json").write_text(json.dumps({**told, **changed}))
        command = ["node", "judge.mjs"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    said = judged()
    changed = judged(shown=shown.replace("~", "~WyJzIiwid2FnZSIsIjEiXQ~", 1))

    assert (issuer["issuer"], said.returncode) == (BASE_URL, 0), said.stderr
    assert json.loads(said.stdout) == {"since": "2026-12-01", "wage": None}
    assert changed.returncode != 0
    kids = {each["kid"] for each in issuer["jwks"]["keys"]}
    assert kids < {each["kid"] for each in told["published"]["keys"]}


async def test_the_kit_knows_it_with_the_network_off(
    credential: str, wallet: Wallet, client: Client, tick: Tick, clock: Clock, tmp_path: Path
) -> None:
    await tick()
    (tmp_path / "kit.zip").write_bytes((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    shown = wallet.shown(credential, {"employed_since"}, int(clock.now.timestamp()))
    (tmp_path / "shown").write_text(shown)

    def said(*more: str) -> tuple[str, int]:
        words = [str(tmp_path / "shown"), "--kit", str(tmp_path / "kit.zip"), *more]
        done = CliRunner().invoke(verify_command, words)
        return json.loads(done.stdout)["verdict"], done.exit_code

    assert said("--audience", BANK, "--nonce", NONCE) == ("VALID", 0)
    assert said("--audience", BANK, "--nonce", "of another day") == ("INVALID", 1)
    assert said() == ("INDETERMINATE", 2)


async def test_a_copy_that_somebody_else_shows_is_not_valid(
    credential: str, wallet: Wallet, judge: Judge, clock: Clock
) -> None:
    at = int(clock.now.timestamp())
    names = {"employed_since", "employee"}
    replayed = wallet.shown(credential, names, at)
    narrowed = sd_jwt.narrowed(replayed, {"employee"}) + replayed.rpartition("~")[2]

    verdicts = {
        "without a proof": await judge(sd_jwt.narrowed(credential, names)),
        "with another's key": await judge(Wallet().shown(credential, names, at)),
        "with a proof for another shop": await judge(replayed, audience="https://shop.example"),
        "with a number of yesterday": await judge(replayed, nonce="of yesterday"),
        "with a proof of yesterday": await judge(wallet.shown(credential, names, at - 86_400)),
        "with a proof over other facts": await judge(narrowed),
        "to somebody who asked nothing": await judge(replayed, audience=None, nonce=None),
    }

    assert {
        how: said["verdict"] for how, said in verdicts.items() if said["verdict"] == "VALID"
    } == {}
    assert {said["holder_bound"] for said in verdicts.values()} == {False}


async def test_facts_that_the_issuer_did_not_sign_are_refused(
    credential: str, wallet: Wallet, judge: Judge, clock: Clock
) -> None:
    issuer_jwt, first, *_ = credential.split("~")
    forged = jws.encoded(b'["c2FsdHNhbHRzYWx0c2FsdA","employed_since","1999-01-01"]')
    head, said, signature = issuer_jwt.split(".")
    none = jws.encoded(b'{"alg":"none","kid":"' + b"A" * 43 + b'","typ":"dc+sd-jwt"}')
    injected = json.loads(jws.decoded(head)) | {"jwk": wallet.jwk}
    own = jws.encoded(json.dumps(injected, sort_keys=True, separators=(",", ":")).encode())
    at = int(clock.now.timestamp())

    def bound(text: str) -> str:
        digest = jws.encoded(hashlib.sha256(text.encode()).digest())
        told = {"aud": BANK, "nonce": NONCE, "iat": at, "sd_hash": digest}
        return text + wallet.signed({"alg": "ES256", "typ": "kb+jwt"}, told)

    attempts = {
        "a fact of one's own": f"{issuer_jwt}~{forged}~",
        "a fact twice": f"{issuer_jwt}~{first}~{first}~",
        "padding in a fact": f"{issuer_jwt}~{first}=~",
        "an empty fact": f"{issuer_jwt}~~{first}~",
        "no algorithm": f"{none}.{said}.~{first}~",
        "a key in the header": f"{own}.{said}.{signature}~{first}~",
        "a signature cut short": f"{head}.{said}.{signature[:-2]}~{first}~",
        "no end": f"{issuer_jwt}~{first}",
        "a thousand facts": f"{issuer_jwt}~" + f"{first}~" * 1000,
    }

    verdicts = {how: (await judge(bound(text)))["verdict"] for how, text in attempts.items()}

    assert {how: said for how, said in verdicts.items() if said == "VALID"} == {}


async def test_a_revoked_document_takes_its_credentials_along(
    credential: str,
    wallet: Wallet,
    judge: Judge,
    issued: str,
    clock: Clock,
    as_staff: Callable[..., Caller],
) -> None:
    at = int(clock.now.timestamp())
    where = f"{DOCUMENTS}/{issued}/status"
    registrars = [as_staff("registrar") for _ in range(2)]
    order = {"status": "suspended", "reason": "Chờ xác minh"}

    await registrars[0].post(where, json=order)
    stopped = await judge(wallet.shown(credential, {"employee"}, at))
    for each in registrars:
        await each.post(where, json={**order, "status": "revoked"})
    gone = await judge(wallet.shown(credential, {"employee"}, at))

    assert (stopped["verdict"], gone["verdict"]) == ("SUSPENDED", "REVOKED")


async def test_a_lost_phone_is_withdrawn_and_the_document_stands(
    credential: str, wallet: Wallet, judge: Judge, issued: str, employee: Phone, clock: Clock
) -> None:
    where = f"{DOCUMENTS}/{issued}/credentials"
    (kept,) = (await employee.caller.get(where)).json()["items"]

    gone = await employee.caller.delete(f"{where}/{kept['id']}")
    again = await employee.caller.delete(f"{where}/{kept['id']}")
    said = await judge(wallet.shown(credential, {"employee"}, int(clock.now.timestamp())))

    assert (gone.status_code, again.status_code) == (204, 404)
    assert said["verdict"] == "REVOKED"


async def test_only_the_holder_and_only_with_the_key_gets_one(
    issued: str, employee: Phone, employer: Phone, wallet: Wallet, clock: Clock,
    as_citizen: Callable[..., Caller],
) -> None:  # fmt: skip
    at = int(clock.now.timestamp())
    where = f"{DOCUMENTS}/{issued}/credentials"
    stranger = as_citizen(SHARE, person_id=employer.caller.person_id)
    stolen = wallet.proof(issued, at, jwk=Wallet().jwk)
    late = wallet.proof(issued, at - 3600)
    elsewhere = wallet.proof("00000000-0000-7000-8000-000000000000", at)

    theirs = await stranger.post(where, json=wallet.proof(issued, at))
    refused = [await employee.caller.post(where, json=each) for each in (stolen, late, elsewhere)]
    given = [
        (await employee.caller.post(where, json=wallet.proof(issued, at))).status_code
        for _ in range(11)
    ]

    (kept, *_) = (await employee.caller.get(where)).json()["items"]
    hidden = [
        await stranger.get(where),
        await stranger.delete(f"{where}/{kept['id']}"),
        await stranger.get(where.replace(issued, kept["id"])),
        await stranger.delete(f"{where.replace(issued, kept['id'])}/{kept['id']}"),
    ]

    assert [answer.status_code for answer in hidden] == [404] * 4
    assert len({answer.json()["type"] for answer in hidden}) == 1
    assert theirs.status_code == 404
    assert [each.status_code for each in refused] == [422] * 3
    assert given == [201] * 10 + [409]

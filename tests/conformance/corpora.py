"""The corpora we know, each recognised by what is in its files, and how each case is tried."""

import json
import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.transparency import merkle, notes
from modules.documents.model import jws, statuses
from modules.documents.model.canonical import NotCanonical, canonical
from modules.documents.model.jws import NotGenuine
from tests.conformance import excuses

Outcome = Literal["pass", "excused", "MISMATCH"]


class Tried(NamedTuple):
    """One published case: where it stands, how it went, and the excuse if there is one."""

    case: str
    outcome: Outcome
    why: str = ""


class Corpus(NamedTuple):
    """A collection of cases: its name, whether a file is of it, and how its cases are tried."""

    name: str
    knows: Callable[[Path, Any], bool]
    run: Callable[[Path, Any], Iterator[Tried]]


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The header of somebody else's token."""

    alg: str
    kid: str = ""


def _told(case: str, *, taken: bool, wanted: bool, excuse: str | None = None) -> Tried:
    if taken == wanted:
        return Tried(case, "pass")
    # What must not be taken is never excused.
    if excuse is not None and not taken:
        return Tried(case, "excused", excuse)
    return Tried(case, "MISMATCH", f"taken: {taken}, wanted: {wanted}")


def _ecdsa(file: Path, given: Any) -> Iterator[Tried]:
    verify = jws.verify if "p1363" in given["schema"] else jws.verify_der
    for group in given["testGroups"]:
        key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, EllipticCurvePublicKey)
        for case in group["tests"]:
            signed, value = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            taken = _passes(NotGenuine, verify, key, signed, value)
            wanted = case["result"] == "valid"
            yield _told(f"{file.name} {case['tcId']}", taken=taken, wanted=wanted)


def _eddsa(file: Path, given: Any) -> Iterator[Tried]:
    for group in given["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            taken = notes._is_valid(key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            wanted = case["result"] == "valid"
            yield _told(f"{file.name} {case['tcId']}", taken=taken, wanted=wanted)


def _tokens(file: Path, given: Any) -> Iterator[Tried]:
    for group in given["testGroups"]:
        keys = group.get("public") or group["private"]
        for case in group["tests"]:
            token, number = case["jws"], case["tcId"]
            taken = any(_opens(key, token) for key in keys.get("keys", [keys]))
            excuse = excuses.JWS.get(number) if "signature" in given["schema"] else None
            if excuse is None and not _is_plain_es256(token, keys):
                excuse = excuses.POLICY
            wanted = case["result"] == "valid"
            yield _told(f"{file.name} {number}", taken=taken, wanted=wanted, excuse=excuse)


def _opens(key: dict[str, Any], token: Any) -> bool:
    if not isinstance(token, str):
        return False
    try:
        public = jws.public_key(msgspec.convert(key, jws.Jwk))
        head, _ = jws.opened(token, public, Head)
    except (NotGenuine, msgspec.ValidationError):
        return False
    return head.alg == "ES256"


def _is_plain_es256(token: Any, keys: dict[str, Any]) -> bool:
    """Tell whether a token is one that we mean to take, key and all."""
    if not isinstance(token, str) or "keys" in keys:
        return False
    try:
        head = json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))
    except (ValueError, NotBase64):
        return True
    return isinstance(head, dict) and head.get("alg") == "ES256" and keys.get("crv") == "P-256"


def _inclusion(file: Path, given: Any) -> Iterator[Tried]:
    leaf, root = b64decode(given["leafHash"] or ""), b64decode(given["root"] or "")
    proof = [b64decode(each) for each in given["proof"] or ()]
    numbers = (given["leafIdx"], given["treeSize"])
    check = merkle.require_inclusion
    taken = _passes(merkle.NotProved, check, leaf, *numbers, proof, root)
    yield _told(str(file), taken=taken, wanted=not given["wantErr"])


def _consistency(file: Path, given: Any) -> Iterator[Tried]:
    proof = [b64decode(each) for each in given["proof"] or ()]
    roots = [b64decode(given[name] or "") for name in ("root1", "root2")]
    sizes = (given["size1"], given["size2"])
    check = merkle.require_consistency
    taken = _passes(merkle.NotProved, check, *sizes, proof, *roots)
    yield _told(str(file), taken=taken, wanted=not given["wantErr"])


def _spelling(file: Path, given: Any) -> Iterator[Tried]:
    expected = (file.parents[1] / "output" / file.name).read_bytes().rstrip(b"\n")
    try:
        found = canonical(given)
    except NotCanonical:
        yield Tried(str(file), "excused", excuses.JSON_FILES)
        return
    yield Tried(str(file), "pass" if found == expected else "MISMATCH")


def _status_list(file: Path, given: Any) -> Iterator[Tried]:
    bits, raw = given["bits"], statuses.inflated(given["lst"])
    count = len(raw) * 8 // bits
    told = {place: statuses.at(raw, place, bits) for place in range(count)}
    same = statuses.packed(told, count, bits) == raw
    yield Tried(str(file), "pass" if same else "MISMATCH")


def _passes(refusal: type[Exception], check: Callable[..., None], *given: Any) -> bool:
    try:
        check(*given)
    except refusal:
        return False
    return True


def _schema(start: str, algorithm: str | None = None) -> Callable[[Path, Any], bool]:
    def knows(_: Path, given: Any) -> bool:
        if not isinstance(given, dict) or not str(given.get("schema", "")).startswith(start):
            return False
        if algorithm is None:
            return True
        group = given["testGroups"][0]
        return group.get("sha") == "SHA-256" and group["publicKey"].get("curve") == algorithm

    return knows


def _has(*names: str) -> Callable[[Path, Any], bool]:
    return lambda _, given: isinstance(given, dict) and set(names) <= given.keys()


def _is_spelling(file: Path, _: Any) -> bool:
    return file.parent.name == "input" and (file.parents[1] / "output" / file.name).is_file()


CORPORA: Final = (
    Corpus("Wycheproof ECDSA (r and s)", _schema("ecdsa_p1363_verify", "secp256r1"), _ecdsa),
    Corpus("Wycheproof ECDSA (DER)", _schema("ecdsa_verify", "secp256r1"), _ecdsa),
    Corpus("Wycheproof Ed25519", _schema("eddsa_verify"), _eddsa),
    Corpus("Wycheproof JWS", _schema("json_web_signature"), _tokens),
    Corpus("Wycheproof JWK", _schema("json_web_key"), _tokens),
    Corpus("RFC 6962 inclusion", _has("leafIdx", "treeSize", "leafHash", "wantErr"), _inclusion),
    Corpus("RFC 6962 consistency", _has("size1", "size2", "root1", "wantErr"), _consistency),
    Corpus("RFC 8785 profile", _is_spelling, _spelling),
    Corpus("Token Status List", _has("bits", "lst"), _status_list),
)


def read(file: Path) -> Any:
    """Return the JSON of a file, also out of an example in Markdown; None when there is none."""
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".md":
            found = re.search(r"\{.*\}", re.sub(r"\n\s*", "", text))
            text = "" if found is None else found[0]
        return json.loads(text)
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None

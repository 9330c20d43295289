"""Project Wycheproof's vectors: whatever they call invalid, we refuse (C2SP/wycheproof)."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from backend.identity.jws import Jwk, NotGenuine, decoded, parts, public_key, verify

Groups = Callable[[str], list[dict[str, Any]]]


class Head(msgspec.Struct, forbid_unknown_fields=True):
    alg: Literal["ES256"]
    kid: str = ""


def cases(groups: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    return ((group, case) for group in groups for case in group["tests"])


def is_accepted(keys: dict[str, Any], token: str) -> bool:
    """Tell whether a token is taken as signed by one of the keys."""
    return any(is_genuine(key, token.encode()) for key in keys.get("keys", [keys]))


def is_genuine(key: dict[str, Any], token: bytes) -> bool:
    try:
        public = public_key(msgspec.convert(key, Jwk)).key
        signed, head, _, signature = parts(token)
        msgspec.json.decode(decoded(head), type=Head)
        verify(public, signed, signature)
    except (NotGenuine, msgspec.MsgspecError):
        return False
    return True


def test_tokens_that_are_not_genuine_are_refused(groups: Groups) -> None:
    accepted: list[int] = []

    for group, case in cases(groups("wycheproof/json_web_signature_test.json")):
        key = group.get("public") or group["private"]
        if is_accepted(key, case["jws"]):
            assert case["result"] == "valid", case
            jwt.api_jws.decode(case["jws"], jwt.PyJWK(key), algorithms=["ES256"])
            accepted.append(case["tcId"])

    assert accepted == [18, 378]  # all that the file has in ES256


def test_keys_that_are_unfit_are_refused(groups: Groups) -> None:
    tried = list(cases(groups("wycheproof/json_web_key_test.json")))

    # None of its valid cases is in ES256, so there is nothing in it that we may take.
    accepted = [
        case["tcId"]
        for group, case in tried
        if is_accepted(group.get("public") or group["private"], case["jws"])
    ]

    assert len(tried) == 26
    assert accepted == []


def test_signatures_are_taken_exactly_when_they_are_valid(groups: Groups) -> None:
    tried = 0

    for group, case in cases(groups("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json")):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        try:
            verify(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
        except NotGenuine:
            taken = False
        else:
            taken = True
        assert taken == (case["result"] == "valid"), case
        tried += 1

    assert tried == 262

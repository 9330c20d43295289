"""The status list: as the specification's examples have it, signed, and never a bomb."""

import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from modules.documents.model import jws, statuses
from modules.documents.model.jws import NotGenuine
from modules.documents.model.statuses import Status

KEY = generate_private_key(SECP256R1())
JWK = jws.jwk_of(KEY.public_key())
KID = str(JWK.kid)
URI = "https://tinhs.example/v1/documents/trust/status-lists/0"


def test_the_examples_of_the_specification(vectors: Callable[[str], list[Path]]) -> None:
    tried = 0
    for file in vectors("token-status-list/status_list_encoding*_json.md"):
        text = re.search(r"\{.*\}", re.sub(r"\n\s*", "", file.read_text()))
        assert text is not None
        given = json.loads(text[0])
        raw = statuses.inflated(given["lst"])
        for place in range(len(raw) * 8 // given["bits"]):
            assert statuses.at(raw, place, given["bits"]) < 1 << given["bits"]
        again = {
            n: statuses.at(raw, n, given["bits"]) for n in range(len(raw) * 8 // given["bits"])
        }
        assert statuses.packed(again, len(again), given["bits"]) == raw
        tried += 1

    assert tried == 6


def test_the_two_bit_example_says_what_its_text_says(
    vectors: Callable[[str], list[Path]],
) -> None:
    (file,) = vectors("token-status-list/status_list_encoding2_json.md")
    lst = json.loads(file.read_text()[file.read_text().index("{") :])["lst"]

    raw = statuses.inflated(lst)

    assert raw == bytes([0xC9, 0x44, 0xF9])
    assert [statuses.at(raw, place) for place in range(12)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


def test_a_list_says_of_each_document_what_it_was_told() -> None:
    token = statuses.issued(KEY, KID, URI, {5: Status.REVOKED, 9: Status.SUPERSEDED}, 1000)

    claims = statuses.opened(token, {KID: JWK})
    raw = statuses.inflated(claims.status_list.lst)

    assert [statuses.at(raw, place) for place in (4, 5, 9)] == [0, 1, 3]
    assert (claims.sub, claims.exp) == (URI, 1000 + 24 * 3600)
    assert jwt.decode(
        token, KEY.public_key(), algorithms=["ES256"], options={"verify_exp": False}
    ) | {"status_list": None} == {
        "sub": URI,
        "iat": 1000,
        "exp": claims.exp,
        "ttl": 3600,
        "status_list": None,
    }


def test_another_keys_list_is_refused() -> None:
    other = generate_private_key(SECP256R1())

    with pytest.raises(NotGenuine):
        statuses.opened(statuses.issued(other, KID, URI, {}, 1000), {KID: JWK})
    with pytest.raises(NotGenuine):
        statuses.opened(statuses.issued(KEY, KID, URI, {}, 1000), {})


@pytest.mark.parametrize(
    "raw",
    [
        zlib.compress(bytes(9 << 20)),
        zlib.compress(b"\0") + b"more",
        zlib.compress(bytes(100))[:-5],
        b"rubbish",
    ],
    ids=["bomb", "tail", "cut", "rubbish"],
)
def test_a_list_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(NotGenuine):
        statuses.inflated(jws.encoded(raw))


def test_beyond_the_end_there_is_no_status() -> None:
    with pytest.raises(NotGenuine):
        statuses.at(bytes(2), 8)

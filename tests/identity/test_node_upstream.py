"""A real identity provider of Node in front of the house, and a real app behind it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from tests.identity.test_node_clients import SECONDS, free_port, judges, running

TOML = """
[vneid]
title = "VNeID"
discovery = "http://localhost:{port}/.well-known/openid-configuration"
expected_issuer = "http://localhost:{port}"
client_id = "tinhs"
client_key = "{key}"
claims = {{ level = "LoaiTaiKhoan" }}
level_map = {{ 2 = 2 }}
"""

A_MINUTE_LATER = """
    delete from kernel.rate;
    update identity.otp_challenge set asked_at = asked_at - interval '2 minutes'
"""


@pytest.fixture(scope="module")
def key() -> Any:
    return generate_private_key(SECP256R1())


@pytest.fixture(scope="module")
def house(
    database: DatabaseUrls, key: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str, int]]:
    libraries = judges()
    port = free_port()
    pem = tmp_path_factory.mktemp("key") / "ours.pem"
    pem.write_bytes(Signer(key).pem())
    with running(
        database,
        TINHS_IDENTITY_LOGIN_METHODS="phone,vneid",
        TINHS_IDENTITY_UPSTREAMS=TOML.format(port=port, key=pem),
    ) as base_url:
        yield libraries, base_url, port


async def test_a_provider_of_node_signs_in_links_and_signs_out(
    house: tuple[Path, str, int], key: Any, connection: Connection
) -> None:
    libraries, base_url, port = house
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk = json.dumps({**public, "use": "sig", "alg": "ES256"})

    with subprocess.Popen(  # noqa: ASYNC220 - the house is in processes of its own
        ["node", "oidc-provider.mjs", base_url, "+84933000001", str(port), jwk],
        cwd=libraries,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as flow:
        assert flow.stdout is not None
        first = flow.stdout.readline()
        await connection.execute(A_MINUTE_LATER)
        rest, errors = flow.communicate("go on\n", timeout=SECONDS)

    assert flow.returncode == 0, errors + first + rest
    assert "everything went as it should" in rest

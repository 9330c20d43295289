"""What the tests of identity providers share: one of them, and a house in front of which it is."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.host.settings import Settings
from backend.identity.settings import Settings as SignIn
from backend.identity.signer import Signer
from backend.testing import Clock
from tests.identity.idp import CLIENT, ISSUER, Idp
from tests.identity.phone_app import CALLBACK
from tests.identity.upstream.rounds import TOML


@pytest.fixture(scope="module")
def ours() -> Signer:
    return Signer(generate_private_key(SECP256R1()))


@pytest.fixture(scope="module")
def idp(clock: Clock, ours: Signer) -> Iterator[Idp]:
    found = Idp(clock, ours._private.public_key())
    yield found
    found.close()


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type, msgspec.Struct],
    idp: Idp,
    ours: Signer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[type, msgspec.Struct]:
    """A house of a developer, in front of which a provider stands."""
    key: Path = tmp_path_factory.mktemp("keys") / "ours.pem"
    key.write_bytes(ours.pem())
    house: Any = settings[Settings]
    return {
        **settings,
        Settings: msgspec.structs.replace(house, env="dev"),
        SignIn: SignIn(
            login_methods=("phone", "vneid"),
            upstreams=TOML.format(url=idp.url, issuer=ISSUER, client=CLIENT, key=key),
            sms_senders=("file",),
            app_redirect_uris=(CALLBACK,),
            carrier_networks=("127.0.0.0/8",),
        ),
    }

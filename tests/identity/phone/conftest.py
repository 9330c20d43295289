"""A crowd of its own for the tests of codes by phone."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from backend.host.settings import Settings
from backend.identity.settings import Settings as SignIn
from tests.identity.phone.asking import ranges
from tests.identity.phone_app import CALLBACK


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    """A crowd of its own, so that many tests may send from one address."""
    ours: Any = settings[Settings]
    sign_in = SignIn(
        sms_senders=("file",),
        app_redirect_uris=(CALLBACK,),
        carrier_networks=("127.0.0.0/8",),
    )
    return {
        **settings,
        SignIn: sign_in,
        Settings: msgspec.structs.replace(ours, database_pool=30),
    }


@pytest.fixture
def phone() -> str:
    """A number that nobody has had yet, of a range of its own."""
    return f"+849{next(ranges)}000"

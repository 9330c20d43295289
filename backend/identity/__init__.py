"""Who is asking: signing keys, tokens bound to a device, sessions, and the way into the house."""

from backend.identity.handlers import (
    read_account,
    read_authorization_server,
    read_jwks,
    read_openid_configuration,
    read_protected_resource,
)
from backend.identity.jobs import SWEEP
from backend.identity.scopes import READ
from backend.kernel import Module

module = Module(
    name="identity",
    package=__name__,
    root=(
        read_account,
        read_jwks,
        read_authorization_server,
        read_openid_configuration,
        read_protected_resource,
    ),
    scopes=(READ,),
    jobs=(SWEEP,),
)

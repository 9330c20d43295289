"""Settings of the store of keys."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Secret


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the keys are."""

    store: Annotated[
        Literal["", "file", "pkcs11"],
        Meta(
            description="`file`: below `TINHS_DATA_DIR/keys`; `pkcs11`: in a hardware module."
            " Development uses files unless told; production has to be told."
        ),
    ] = ""
    pkcs11_library: Annotated[
        str, Meta(description="The module's library, such as /usr/lib/softhsm/libsofthsm2.so.")
    ] = ""
    pkcs11_token: Annotated[str, Meta(description="Label of the token that holds our keys.")] = ""
    pkcs11_pin: Annotated[Secret, Meta(description="Its user PIN.")] = Secret("")

    @property
    def unfit(self) -> Mapping[str, str]:
        """What production does not start with, and why: keys in files that nobody chose."""
        if self.store:
            return {}
        return {"store": "say `pkcs11`; or `file`, knowing that who reads this disk has every key"}

    def __post_init__(self) -> None:
        """Refuse a hardware module that is not named."""
        if self.store == "pkcs11" and not (self.pkcs11_library and self.pkcs11_token):
            raise ValueError(
                "TINHS_KMS_STORE: `pkcs11` needs TINHS_KMS_PKCS11_LIBRARY and _TOKEN too"
            )

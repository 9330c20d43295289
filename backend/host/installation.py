"""What is installed here and how it is set: the modules, their settings, the house they share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from backend.host.app import served
from backend.host.home import guests_of
from backend.host.registry import check, discover, gather
from backend.host.settings import PREFIX, BadSettings, Settings, read, wanted
from backend.identity.settings import STAND_IN
from backend.identity.settings import Settings as SignIn
from backend.kernel import House, Module

_SECRET_BYTES_MIN: Final = 32


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a process of the house begins with."""

    modules: tuple[Module, ...]
    settings: Mapping[type[msgspec.Struct], msgspec.Struct]
    ours: Settings

    def house(self) -> House:
        """Return what all transactions of a process share. Raises `BadSettings`, see below."""
        self.require_fit()
        return House(
            providers=gather(self.modules, self.settings),
            secret=self.secret(),
            base_url=self.ours.base_url,
            data_dir=self.ours.data_dir,
            is_production=self.ours.env == "prod",
        )

    def require_fit(self) -> None:
        """Raise `BadSettings` when production would rest on what development makes do with.

        A module says of its own settings which those are: `unfit`, setting → why.
        """
        if self.ours.env != "prod":
            return
        faults: list[str] = []
        for prefix, kind in wanted(served(self.modules, self.ours.modules)).items():
            unfit: Mapping[str, str] = getattr(self.settings[kind], "unfit", {})
            faults += [f"{prefix}{field.upper()}: {why}" for field, why in unfit.items()]
        if faults:
            raise BadSettings(faults)

    def secret(self) -> bytes:
        """Return what the house signs with. Raises `BadSettings` when it is missing or guessed."""
        secret = self.required("secret").encode()
        if any(len(line) < _SECRET_BYTES_MIN for line in secret.splitlines()):
            fault = (
                f"{PREFIX}SECRET is short, and whoever guesses it signs in our name; it needs"
                f" {_SECRET_BYTES_MIN} bytes: `openssl rand -base64 32` prints them"
            )
            raise BadSettings([fault])
        return secret

    def required(self, field: str) -> str:
        """Return a secret that this process cannot do without. Raises `BadSettings`."""
        text: str = getattr(self.ours, field).reveal()
        if not text:
            raise BadSettings([f"{PREFIX}{field.upper()} is not set; docs/settings.md tells of it"])
        return text


def installation(environment: Mapping[str, str]) -> Installation:
    """Read what is installed. Raises `BrokenModules` or `BadSettings` with every fault."""
    modules = discover(guests_of(environment))
    check(modules)
    settings = read(wanted(modules), environment)
    ours: Any = settings[Settings]
    _refuse_stand_ins(ours, modules, settings)
    return Installation(modules=tuple(modules), settings=settings, ours=ours)


def _refuse_stand_ins(
    ours: Settings,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
) -> None:
    """Raise `BadSettings` when an installation for real people would only seem to reach them."""
    if ours.env == "dev":
        return
    named: list[str] = []
    sign_in = settings.get(SignIn)
    if isinstance(sign_in, SignIn) and STAND_IN in sign_in.sms_senders:
        named.append(f"{PREFIX}IDENTITY_SMS_SENDERS")
    # A module says of its own settings which of them name a stand-in.
    for prefix, kind in wanted(modules).items():
        fields: Sequence[str] = getattr(settings[kind], "stand_ins", ())
        named += [f"{prefix}{field.upper()}" for field in fields]
    if named:
        raise BadSettings(
            f"{name}: `{STAND_IN}` sends nothing; it is for TINHS_ENV=dev" for name in named
        )

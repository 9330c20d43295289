"""Providers that the settings describe, and whatever else certifies contracts."""

from typing import Final
from urllib.parse import quote

import msgspec

from backend.kernel import Snapshot, outside
from backend.kernel.outside import Ask, Reach, Unreachable
from contracts.documents import Code
from contracts.econtract import (
    Certified,
    ContractPackage,
    Declined,
    EContractProvider,
    PlatformNumber,
    ProviderAnswer,
    Taken,
    Token,
    Unanswered,
)
from modules.labour_contracts.service.stand_ins import FileProvider
from modules.labour_contracts.settings import STAND_IN, DescribedProvider, Settings

PATIENCE_SECONDS: Final = 20
# The operator names the provider, which may stand where only we reach it.
_REACH: Final = Reach(
    may_be_private=True, may_be_plain=True, seconds=PATIENCE_SECONDS, bytes_max=64 * 1024
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider answers."""

    token: Token
    certificate: Code | None = None
    platform_number: PlatformNumber | None = None

    @property
    def answer(self) -> ProviderAnswer:
        """What it means for the contract."""
        if self.certificate is None:
            return Taken(token=self.token)
        return Certified(
            token=self.token,
            certificate=self.certificate,
            platform_number=self.platform_number,
        )


class HttpProvider:
    """Provides `EContractProvider` for whoever answers as docs/guide/labour-contracts.md says.

    The law names no interface: a provider that has another one is a module of its own.
    """

    def __init__(self, name: str, described: DescribedProvider, *, ask: Ask = outside.ask) -> None:
        self.name = name
        self._url, self._key = described.url.rstrip("/"), described.api_key
        self._ask = ask

    async def submit(self, package: ContractPackage) -> ProviderAnswer:
        """Post the package under its `ref`."""
        headers = {
            "Content-Type": "application/zip",
            "Idempotency-Key": package.ref,
            "Document-Code": package.code,
        }
        if package.platform_number is not None:
            headers["Platform-Number"] = package.platform_number
        return await self._said("POST", "contracts", package.package, headers)

    async def poll(self, token: str) -> ProviderAnswer:
        """Ask by the token."""
        return await self._said("GET", f"contracts/{quote(token, safe='')}", b"", {})

    async def _said(
        self, method: str, call: str, body: bytes, headers: dict[str, str]
    ) -> ProviderAnswer:
        known = {"Accept": "application/json", "Authorization": f"Bearer {self._key}", **headers}
        try:
            answer = await self._ask(
                method, f"{self._url}/{call}", body=body, headers=known, reach=_REACH
            )
        except Unreachable:
            return Unanswered()
        if not answer.is_good:
            # What it has it does not decline: another of its nodes may know the token.
            is_no = method == "POST" and answer.is_refusal
            return Declined() if is_no else Unanswered()
        try:
            return msgspec.json.decode(answer.body, type=Said).answer
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Unanswered()


def provider(snapshot: Snapshot, name: str | None) -> EContractProvider | None:
    """Return the provider of that name, or the first when none is named; None if there is none."""
    every = _every(snapshot)
    return next((each for each in every if name is None or each.name == name), None)


def _every(snapshot: Snapshot) -> list[EContractProvider]:
    ours: list[EContractProvider] = [
        FileProvider(name, described, snapshot.data_dir)
        if described.url.startswith(STAND_IN)
        else HttpProvider(name, described)
        for name, described in snapshot.ask(Settings).described_providers.items()
    ]
    return [*ours, *snapshot.ask_all(EContractProvider)]

"""A provider of electronic contracts that is a folder, for trying. Never in production."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Final

from contracts.econtract import (
    Certified,
    ContractPackage,
    Declined,
    ProviderAnswer,
    Taken,
    Unanswered,
)
from modules.labour_contracts.settings import STAND_IN, DescribedProvider

FOLDER: Final = "econtract"


class FileProvider:
    """Provides `EContractProvider`. Its `url` says how it behaves.

    `file` certifies and numbers at once, `file:slow` each when it is asked once more, `file:away`
    never answers and `file:unwilling` refuses whatever comes.
    """

    def __init__(self, name: str, described: DescribedProvider, data_dir: Path) -> None:
        self.name = name
        self._folder = data_dir / FOLDER / name
        self._mood = described.url.removeprefix(STAND_IN).removeprefix(":")

    async def submit(self, package: ContractPackage) -> ProviderAnswer:
        """Keep the package; the same one twice is one file, and one number."""
        if self._mood == "unwilling":
            return Declined()
        if self._mood == "away":
            return Unanswered()
        token = sha256(package.ref.encode()).hexdigest()[:24]
        await asyncio.to_thread(self._write, f"{package.code}-{token}.zip", package.package)
        if self._mood == "slow":
            return Taken(token=token)
        return self._certified(token)

    async def poll(self, token: str) -> ProviderAnswer:
        """Say how far it is."""
        if self._mood in ("away", "unwilling"):
            return Unanswered()
        asked = f"asked-{sha256(token.encode()).hexdigest()}"
        if self._mood == "slow" and not await asyncio.to_thread((self._folder / asked).exists):
            await asyncio.to_thread(self._write, asked, b"")
            return self._certified(token, is_numbered=False)
        return self._certified(token)

    def _certified(self, token: str, *, is_numbered: bool = True) -> Certified:
        number = token.upper()
        return Certified(
            token=token,
            certificate=f"THU-NGHIEM-{number}",
            platform_number=f"THU-NGHIEM-{number}" if is_numbered else None,
        )

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{name}"
        draft.write_bytes(content)
        draft.replace(self._folder / name)

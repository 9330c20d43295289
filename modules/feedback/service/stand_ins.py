"""A system of an agency that is a folder, for a developer to look into. Never in production."""

import asyncio
from pathlib import Path
from uuid import UUID

import msgspec

from contracts.agency_systems import (
    Acknowledged,
    Declined,
    Recall,
    SystemAnswer,
    Taken,
    Unanswered,
    WorkOrder,
)
from modules.feedback.settings import STAND_IN, DescribedSystem

FOLDER = "handovers"


class FileSystem:
    """Provides `AgencySystem`. Its `url` says how it behaves.

    `file` takes everything at once, `file:slow` gives numbers when it is asked for the second
    time, `file:away` never answers and `file:unwilling` refuses whatever comes.
    """

    def __init__(self, name: str, described: DescribedSystem, data_dir: Path) -> None:
        self.name = name
        self._described = described
        self._folder = data_dir / FOLDER / name
        self._mood = described.url.removeprefix(STAND_IN).removeprefix(":")

    def serves(self, agency_id: UUID) -> bool:
        """Tell whether the settings name the agency."""
        return agency_id in self._described.agencies

    async def give(self, order: WorkOrder) -> SystemAnswer:
        """Write the order down; the same one twice is one file, and one number."""
        if trouble := self._trouble():
            return trouble
        number = f"{order.code}/{order.cycle}"
        if self._mood == "slow":
            number = f"asked-0-{number}"
        await asyncio.to_thread(self._write, f"work-{order.ref}", order)
        return Taken(token=number) if self._mood == "slow" else Acknowledged(reference=number)

    async def reference_of(self, token: str) -> SystemAnswer:
        """Give the number when it is asked for again."""
        if trouble := self._trouble():
            return trouble
        note = self._folder / f"asked-{token.encode().hex()}"
        if await asyncio.to_thread(note.exists):
            return Acknowledged(reference=token.removeprefix("asked-0-"))
        await asyncio.to_thread(self._note, note, b"")
        return Taken(token=token)

    async def recall(self, recall: Recall) -> SystemAnswer:
        """Write the recall down."""
        if trouble := self._trouble():
            return trouble
        await asyncio.to_thread(self._write, f"recall-{recall.ref}", recall)
        return Acknowledged(reference=recall.reference)

    def _trouble(self) -> SystemAnswer | None:
        match self._mood:
            case "away":
                return Unanswered()
            case "unwilling":
                return Declined()
            case _:
                return None

    def _write(self, name: str, said: WorkOrder | Recall) -> None:
        self._note(self._folder / f"{name}.json", msgspec.json.encode(said))

    def _note(self, file: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{file.name}")
        draft.write_bytes(content)
        draft.replace(file)

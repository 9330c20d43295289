"""Senders that write messages into a folder, for a developer to read. Never in production."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from backend.kernel import Snapshot
from contracts.identity import Accepted
from contracts.notifications import ChannelSent, Gone, Outgoing, SenderChannel
from modules.notifications.settings import STAND_IN

OUTBOX: Final = "outbox"
"""The folder that the developer's mailbox shows."""

GONE: Final = re.compile(r"^gone@|/gone\b|:gone:")
"""An address that no longer exists, for trying what becomes of those."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is written down; the mailbox shows `to` and `text`."""

    channel: str
    to: str
    text: str
    written_at: datetime
    good_until: datetime


class _Folder:
    name = STAND_IN
    channel: SenderChannel

    def __init__(self, snapshot: Snapshot) -> None:
        self._folder = snapshot.data_dir / OUTBOX
        self._now = snapshot.now

    async def send(self, message: Outgoing) -> ChannelSent:
        """Write the message down; the same one twice is one file."""
        if GONE.search(message.to):
            return Gone()
        letter = Letter(
            channel=self.channel,
            to=message.to,
            text=f"{message.title}\n{message.text}".strip(),
            written_at=self._now,
            good_until=self._now + message.ttl,
        )
        name = f"{self.channel}-{message.ref}.json"
        await asyncio.to_thread(_write, self._folder, name, msgspec.json.encode(letter))
        return Accepted(ref=message.ref)


class FileEmail(_Folder):
    """Provides `contracts.notifications.ChannelSender` for e-mail; nobody lives at `gone@…`."""

    channel: SenderChannel = "email"


class FilePush(_Folder):
    """Provides `contracts.notifications.ChannelSender` for push.

    A subscription whose address leads to `/gone` is one that no browser has any more.
    """

    channel: SenderChannel = "push"


class FileApp(_Folder):
    """Provides `contracts.notifications.ChannelSender` for apps.

    A registration of the name `…:gone:…` is one that no phone has any more.
    """

    channel: SenderChannel = "app"


def _write(folder: Path, name: str, raw: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{name}"
    draft.write_bytes(raw)
    draft.replace(folder / name)

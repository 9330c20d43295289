"""Settings of the rights of people over their data: durations known from secondary texts."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks, and how long what is erased can still come back."""

    answer_working_days: Annotated[
        int, Meta(ge=1, le=30, description="Working days in which a request is answered.")
    ] = 2
    withdraw_days: Annotated[
        int, Meta(ge=1, le=90, description="Days to stop, restrict or object; once again if told.")
    ] = 15
    access_days: Annotated[
        int, Meta(ge=1, le=90, description="Days to show, correct or copy; once again if told.")
    ] = 10
    erase_days: Annotated[
        int, Meta(ge=1, le=90, description="Days to erase, backups included; once again if told.")
    ] = 20
    cooling: Annotated[
        timedelta, Meta(description="How long an erasure waits, in case it was a mistake.")
    ] = timedelta(hours=72)
    key_epoch: Annotated[
        timedelta, Meta(description="How long one key wraps the keys of people.")
    ] = timedelta(days=7)
    backup_window: Annotated[
        timedelta, Meta(description="How long backups are kept; keys of an epoch live as long.")
    ] = timedelta(days=10)
    journal_dir: Annotated[
        str,
        Meta(
            description="Folder of the erasure journal, outside database and backups;"
            " `TINHS_DATA_DIR/erasure-journal` unless told."
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse durations by which an erased person would live on in backups for too long."""
        longest = self.cooling + self.key_epoch + self.backup_window
        if longest > timedelta(days=self.erase_days):
            raise ValueError(
                "TINHS_PRIVACY_COOLING, _KEY_EPOCH and _BACKUP_WINDOW together are longer than"
                f" the {self.erase_days} days of TINHS_PRIVACY_ERASE_DAYS"
            )

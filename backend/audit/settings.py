"""Settings of the log."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log is watched from."""

    witness_dir: Annotated[
        str,
        Meta(
            description="Folder, best of another machine, to which each checkpoint is copied;"
            " `TINHS_DATA_DIR/audit-witness` unless told."
        ),
    ] = ""

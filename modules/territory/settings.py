"""Settings, read from `TINHS_TERRITORY_*`."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the country this installation serves."""

    provinces: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Codes of the provinces served; the first is home."),
    ] = ("38",)

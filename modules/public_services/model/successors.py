"""Where somebody goes on who knows a procedure that was abolished."""

from typing import Annotated

import msgspec
from msgspec import Meta

from modules.public_services.model.procedures import CODE


class SuccessorsDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The procedures in which one lives on, as an editor names them; none takes them back."""

    codes: Annotated[
        tuple[Annotated[str, Meta(pattern=CODE, max_length=40)], ...], Meta(max_length=10)
    ]


class KeptSuccessors(msgspec.Struct, frozen=True, kw_only=True):
    """The procedures in which one lives on, as they are kept."""

    codes: tuple[str, ...]
    version: int

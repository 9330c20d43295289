"""Shapes for settings. The host reads them; a module asks its transaction for its own."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

_NAME: Final = re.compile("[a-z][a-z0-9-]{0,39}")

D = TypeVar("D", bound=msgspec.Struct)


class Secret:
    """A setting that must not show in logs, errors or `repr`; `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret. Call it where it is used and keep no copy."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def described(variable: str, text: str, kind: type[D]) -> Mapping[str, D]:
    """Return what a setting describes in TOML, by name: a table, read as `kind`, for each.

    Raises ValueError, which names the variable and the table and repeats nothing that may be
    secret.
    """
    try:
        tables: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Where, and not what: the text holds keys.
        raise ValueError(f"{variable}: this is not TOML") from error
    found: dict[str, D] = {}
    for name, table in tables.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{variable}: a name has lower-case letters, digits and hyphens")
        try:
            found[name] = msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            raise ValueError(f"{variable}: [{name}] {error}") from error
    return found

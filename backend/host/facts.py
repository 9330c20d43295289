"""What the host knows of an installation, for the pages that administrators look at."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from backend.host.registry import is_ours, origins
from backend.host.settings import Settings, variables, wanted
from backend.kernel import Module, Secret
from backend.local import Backups
from backend.work.console.facts import BackupState, Facts, InstalledModule, Setting

_SHOWN_MAX: Final = 300
_SECRETIVE: Final = ("secret", "password", "token", "credential", "private", "_key")
"""A setting whose name holds one of these shows no value, whatever its type says."""


def facts(
    modules: Sequence[Module],
    served: Collection[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
) -> Facts:
    """Return them. Nothing of a secret goes in but whether it is set."""
    names = {module.name for module in served}
    came_from = origins()
    ours: Any = settings[Settings]
    return Facts(
        modules=tuple(
            InstalledModule(
                name=module.name,
                origin=came_from.get(module.name, "?"),
                is_ours=is_ours(module),
                is_served=module.name in names,
                routes=len(module.routes) + len(module.root),
                jobs=len(module.jobs),
            )
            for module in modules
        ),
        settings=tuple(
            _setting(name, settings[kind], field)
            for prefix, kind in wanted(modules).items()
            if kind in settings
            for name, field in variables(prefix, kind).items()
        ),
        backup=lambda: _backup(ours),
    )


def _setting(name: str, given: msgspec.Struct, field: str) -> Setting:
    value = getattr(given, field)
    is_secret = _is_secret(type(given), field)
    defaults = {each.name: each.default for each in msgspec.structs.fields(given)}
    return Setting(
        name=name,
        value=None if is_secret else _text(value),
        is_secret=is_secret,
        is_default=value == defaults[field],
    )


def _is_secret(kind: type[msgspec.Struct], field: str) -> bool:
    hint = str(_hints(kind)[field])
    return Secret.__name__ in hint or any(word in field for word in _SECRETIVE)


@cache
def _hints(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _text(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def _backup(ours: Settings) -> BackupState:
    if not ours.backup_dir:
        return BackupState(is_ours=False)
    kept = Backups(Path(ours.backup_dir).absolute(), ours.data_dir).kept()
    return BackupState(is_ours=True, last_at=kept[-1].at if kept else None)

"""Write down what the house promises, as files that others can build on and a test can compare.

`contracts/openapi.json`, `contracts/events/<tag>.schema.json`, `contracts/asyncapi.json` and
`contracts/statements.json`; `contracts/released/` holds them as of the last release.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any, Final

import msgspec

from backend.host.app import create_app
from backend.host.registry import events
from backend.host.settings import wanted
from backend.kernel import Module, Statement
from backend.kernel.database import Paged
from contracts.event import Event

FOLDER: Final = Path("contracts")
RELEASED: Final = "released"


def promises(modules: Sequence[Module]) -> dict[str, str]:
    """Return file name → content, byte-stable, for everything that is promised."""
    settings = {struct: struct() for struct in wanted(modules).values()}
    app = create_app(modules, settings, secret=b"")
    found = {"openapi.json": _text(app.openapi_schema.to_schema())}
    told = {tag: event for tag, event in events().items() if _is_ours(event.__module__)}
    for tag, event in told.items():
        found[f"events/{tag}.schema.json"] = _text(msgspec.json.schema(event))
    found["asyncapi.json"] = _text(_asyncapi(told))
    found["statements.json"] = _text(dict(sorted(_statements())))
    return found


def publish(modules: Sequence[Module], root: Path, *, released: bool = False) -> list[str]:
    """Write the promises below `root`, remove those no longer made; return what changed."""
    folder = root / FOLDER
    wanted_files = promises(modules)
    changed = [name for name, text in wanted_files.items() if _read(folder / name) != text]
    for name in changed:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted_files[name], encoding="utf-8")
    for stale in (folder / "events").glob("*.schema.json"):
        if f"events/{stale.name}" not in wanted_files:
            stale.unlink()
            changed.append(f"events/{stale.name}")
    if released:
        _release(folder, wanted_files)
    return changed


def _release(folder: Path, found: Mapping[str, str]) -> None:
    rmtree(folder / RELEASED, ignore_errors=True)
    (folder / RELEASED).mkdir()
    for name in found:
        if "/" not in name:
            (folder / RELEASED / name).write_text(found[name], encoding="utf-8")
    copytree(folder / "events", folder / RELEASED / "events")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _is_ours(module: str) -> bool:
    return module.startswith("contracts.")


def _asyncapi(told: Mapping[str, type[Event]]) -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tỉnh-S events", "version": "1.0.0"},
        "channels": {
            tag: {"address": tag, "messages": {tag: {"$ref": f"#/components/messages/{tag}"}}}
            for tag in told
        },
        "operations": {
            tag: {"action": "send", "channel": {"$ref": f"#/channels/{tag}"}} for tag in told
        },
        "components": {
            "messages": {
                tag: {
                    "name": tag,
                    "summary": (event.__doc__ or "").strip().partition("\n")[0],
                    "contentType": "application/cloudevents+json",
                    "payload": {"$ref": f"./events/{tag}.schema.json"},
                }
                for tag, event in told.items()
            }
        },
    }


def _statements() -> Iterator[tuple[str, str]]:
    """Name every declared statement by where it stands."""
    for name, statement in named_statements():
        if isinstance(statement, Paged):
            yield f"{name}#first", statement.first_sql
        yield name, statement.sql


def named_statements() -> Iterator[tuple[str, Statement]]:
    """Return (dotted name, statement) of each one that a loaded package of ours declares."""
    places = {
        id(value): f"{module}.{name}"
        for module, loaded in list(sys.modules.items())
        if module.partition(".")[0] in {"backend", "modules"}
        for name, value in vars(loaded).items()
        if isinstance(value, Statement) and value.origin == module
    }
    for statement in Statement.register:
        if id(statement) in places:
            yield places[id(statement)], statement

"""Write down what the house promises, as files that others can build on and a test can compare.

`contracts/openapi.json`, `contracts/events/<tag>.schema.json`, `contracts/asyncapi.json` and
`contracts/statements.json`; `contracts/released/` holds them as of the last release. The generated
pages of `docs/` are written with them.
"""

import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from shutil import copy, copytree, rmtree
from typing import Any, Final

import msgspec

from backend.host.app import create_app
from backend.host.openapi import described
from backend.host.reference import reference
from backend.host.registry import events
from backend.host.settings import wanted
from backend.kernel import Module, Statement
from backend.kernel.statements import Paged
from contracts.event import Event

FOLDER: Final = Path("contracts")
RELEASED: Final = FOLDER / "released"


def promises(modules: Sequence[Module]) -> dict[str, str]:
    """Return path → content, byte-stable, for everything that is promised."""
    settings = {struct: struct() for struct in wanted(modules).values()}
    app = create_app(modules, settings, secret=b"")
    told = {tag: event for tag, event in events().items() if _is_ours(event.__module__)}
    found = {
        "openapi.json": described(app, modules),
        "asyncapi.json": _asyncapi(told),
        "statements.json": dict(sorted(_statements())),
    } | {f"events/{tag}.schema.json": msgspec.json.schema(event) for tag, event in told.items()}
    texts = {str(FOLDER / name): _text(document) for name, document in found.items()}
    return texts | reference(modules)


def publish(modules: Sequence[Module], root: Path, *, released: bool = False) -> list[str]:
    """Write the promises below `root`, remove those no longer made; return what changed."""
    found = promises(modules)
    changed = [name for name, text in found.items() if _read(root / name) != text]
    for name in changed:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found[name], encoding="utf-8")
    for path in (root / FOLDER / "events").glob("*.schema.json"):
        name = str(path.relative_to(root))
        if name not in found:
            path.unlink()
            changed.append(name)
    if released:
        _release(root)
    return changed


def _release(root: Path) -> None:
    rmtree(root / RELEASED, ignore_errors=True)
    copytree(root / FOLDER / "events", root / RELEASED / "events")
    for path in (root / FOLDER).glob("*.json"):
        copy(path, root / RELEASED)


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


def named_statements(
    packages: Collection[str] = ("backend", "modules"),
) -> Iterator[tuple[str, Statement]]:
    """Return (dotted name, statement) of each one that something loaded below these declares."""
    places = {
        id(value): f"{module}.{name}"
        for module, loaded in list(sys.modules.items())
        if any(f"{module}.".startswith(f"{package}.") for package in packages)
        and not module.endswith(".testing")  # what lends rows to tests is no part of the product
        for name, value in vars(loaded).items()
        if isinstance(value, Statement) and value.origin == module
    }
    for statement in Statement.register:
        if id(statement) in places:
            yield places[id(statement)], statement

"""`tinhs check PACKAGE`: what a module's author wants to know before the house does."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Final

from backend.host.publish import named_statements
from backend.host.registry import BrokenModules, breaches, discover, is_ours
from backend.host.walls import built_statements, crossing_imports, foreign_statements
from backend.kernel import Module

_MANIFEST: Final = "module"


async def heard(package: str) -> Module:
    """Return the module of an importable package that may move in beside the installed ones.

    Raises `BrokenModules` with every breach: of the manifest, of the walls between modules, and
    of its SQL, which is migrated and planned on a server of our own. `LocalProblem` when no such
    server can be started.
    """
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as `python -m` does
    module = _imported(package)
    others = [each for each in discover() if each.name != module.name]
    modules = [*others, module]
    found = [f"{module.name}: {breach}" for breach in _told(module, modules)]
    if found:
        raise BrokenModules(found)
    declared = named_statements([module.package])
    if wrong := await foreign_statements(module, modules, declared):
        raise BrokenModules(wrong)
    return module


def _imported(package: str) -> Module:
    try:
        module = getattr(import_module(package), _MANIFEST, None)
    except Exception as error:
        raise BrokenModules([f"{package} cannot be imported: {error!r}"]) from error
    if not isinstance(module, Module):
        raise BrokenModules([f"{package} has no `{_MANIFEST} = Module(...)`"])
    if is_ours(module):
        raise BrokenModules([f"{package} is a part of the house itself; `make check` looks at it"])
    if module.package != package:
        raise BrokenModules([f"{package}: its Module says package={module.package!r}"])
    return module


def _told(module: Module, modules: list[Module]) -> Iterator[str]:
    yield from breaches(module, modules)
    folder = Path(str(files(module.package)))
    yield from crossing_imports(module, folder, [each.package for each in modules])
    yield from built_statements(folder)

"""Read what the modules say to people, and teach it to the kernel."""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from backend.kernel import Module
from backend.kernel.locale import LANGUAGES, Language, learn
from backend.kernel.pages import (
    learn_cards,
    learn_commands,
    learn_menu,
    learn_templates,
)

KERNEL = Module(name="kernel", package="backend")


def words(module: Module) -> dict[Language, dict[str, str]]:
    """Return key → text for each language; a module without a package has none."""
    spoken: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
    if not module.package:
        return spoken
    for language in LANGUAGES:
        file = files(module.package) / "locales" / f"{language}.toml"
        if file.is_file():
            spoken[language].update(_texts(module.name, file.read_text(encoding="utf-8")))
    return spoken


def teach(modules: Iterable[Module]) -> None:
    """Make every module's words known to `backend.kernel.t`."""
    for module in (KERNEL, *modules):
        for language, known in words(module).items():
            learn(language, known)


def teach_templates(modules: Iterable[Module]) -> None:
    """Let `page("<module>/…")` find what lies in each module's folder `pages`."""
    for module in (KERNEL, *modules):
        learn_menu(module.name, module.console.nav)
        learn_commands(module.name, module.console.commands)
        learn_cards(module.name, module.console.cards)
        if module.package and (files(module.package) / "pages").is_dir():
            learn_templates(module.name, module.package)


def about(module: Module) -> str:
    """Return the first line of what the module's package says of itself."""
    package = sys.modules.get(module.package)
    return ((package and package.__doc__) or "").strip().partition("\n")[0]


@lru_cache
def _texts(prefix: str, toml: str) -> Mapping[str, str]:
    """Read a file of words; the start-up check and the teaching that follows need it once."""
    return dict(_flat(prefix, tomllib.loads(toml)))


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            yield from _flat(key, value)
        else:
            yield key, str(value)

"""Write the pages of `docs/` that the code knows better than a person: settings and problems."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec
from msgspec import Meta

from backend.host.registry import refusals
from backend.host.settings import variables, wanted
from backend.host.words import KERNEL, words
from backend.kernel import Module, Secret
from backend.kernel.locale import LANGUAGES

SETTINGS: Final = Path("docs/settings.md")
PROBLEMS: Final = Path("docs/problems.md")

_SETTINGS_HEAD: Final = """\
# Settings

Written by `make publish` from the code. Each is an environment variable; `NAME_FILE` names a file
that holds the value instead. A variable that begins with `TINHS_` and is not below stops the start.
"""
_PROBLEMS_HEAD: Final = """\
# Problems

Written by `make publish` from the code. Every refusal is `application/problem+json` (RFC 9457), and
the `type` of each opens a page at `/problems/<slug>`. Slugs are for ever.
"""


def reference(modules: Sequence[Module]) -> dict[str, str]:
    """Return path → text of each generated page."""
    return {
        str(SETTINGS): "\n".join((_SETTINGS_HEAD, *_settings(modules))) + "\n",
        str(PROBLEMS): "\n".join((_PROBLEMS_HEAD, *_problems(modules))) + "\n",
    }


def _settings(modules: Sequence[Module]) -> Iterator[str]:
    for prefix, struct in wanted(modules).items():
        yield f"## `{prefix}*`\n"
        yield f"{(struct.__doc__ or '').strip().splitlines()[0]}\n"
        yield "| variable | default | |"
        yield "|---|---|---|"
        defaults = struct()
        hints = get_type_hints(struct, include_extras=True)
        for name, field in variables(prefix, struct).items():
            yield f"| `{name}` | {_shown(getattr(defaults, field))} | {_told(hints[field])} |"
        yield ""


def _shown(value: Any) -> str:
    if isinstance(value, Secret) or value in ("", (), None):
        return ""
    if isinstance(value, timedelta):
        return f"`{msgspec.to_builtins(value)}`"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def _told(hint: Any) -> str:
    for part in get_args(hint):
        if isinstance(part, Meta):
            limits = [
                f"{sign} {limit}"
                for sign, limit in (("≥", part.ge), ("≤", part.le), (">", part.gt), ("<", part.lt))
                if limit is not None
            ]
            return " ".join((part.description or "", f"({', '.join(limits)})" if limits else ""))
    return ""


def _problems(modules: Sequence[Module]) -> Iterator[str]:
    for module in (KERNEL, *modules):
        found = refusals(module)
        if not found:
            continue
        spoken = words(module)
        yield f"## {module.name}\n"
        yield "| slug | status | vi | en | when |"
        yield "|---|---|---|---|---|"
        for slug, error in found.items():
            key = f"{module.name}.problems.{slug}"
            titles = " | ".join(spoken[language].get(key, "") for language in LANGUAGES)
            why = " ".join((error.__doc__ or "").split())
            yield f"| `{slug}` | {error.status} | {titles} | {why} |"
        yield ""

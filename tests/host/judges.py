"""The judges of what we publish, and the waivers that they are held to.

Those that come from npm are installed by `npm ci`; where Node or they are missing, the tests say so
aloud.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from backend.host.shapes import Document

ROOT: Final = Path(__file__).parents[2]
LIBRARIES: Final = ROOT / "node_modules"
ZALANDO: Final = LIBRARIES / "@baloise/spectral-rules/zalando.yml"
_OWASP: Final = LIBRARIES / "@stoplight/spectral-owasp-ruleset/dist/ruleset.mjs"


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that we do not keep, and why."""

    rule: str
    reason: str
    places: int | None = None
    """In how many places, exactly; None for a rule that we keep nowhere."""
    stops: bool = False
    """Whether the rule itself fails on a correct document, and takes all others with it."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge has against a document."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()


def waivers(judge: str) -> tuple[Waiver, ...]:
    """Return the waivers of one judge."""
    text = Path(__file__).with_name("waivers.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, tuple[Waiver, ...]])[judge]


def spectral(document: Document, folder: Path, leaving_out: Iterable[str]) -> list[Finding]:
    """Judge by Spectral's own rules, OWASP's and Zalando's, in one process."""
    rules = {
        "extends": [str(ZALANDO), str(_OWASP), "spectral:oas"],
        "rules": dict.fromkeys(leaving_out, "off"),
    }
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")
    arguments = ["lint", "openapi.json", "--ruleset", "rules.yaml", "--format", "json", "--quiet"]
    told = _told([_installed(".bin/spectral", ZALANDO, _OWASP), *arguments], folder)
    return msgspec.convert(json.loads(told[told.index("[") :]), list[Finding])


def redocly(document: Document, folder: Path) -> list[Finding]:
    """Judge by Redocly's strict rules."""
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    arguments = ["lint", "openapi.json", "--extends", "recommended-strict", "--format", "json"]
    told = _told([_installed(".bin/redocly"), *arguments], folder)
    problems: list[Any] = json.loads(told[told.index("{") :])["problems"]
    return [Finding(code=each["ruleId"], message=each["message"]) for each in problems]


def asyncapi(document: Document, folder: Path) -> list[Finding]:
    """Judge a description of events; it leads to the shapes beside the published one."""
    parser = _installed("@asyncapi/parser/cjs/index.js")
    script = Path(__file__).with_name("asyncapi.mjs")
    source = str(ROOT / "contracts" / "asyncapi.json")
    told = _told(["node", str(script), parser, source], folder, json.dumps(document))
    return msgspec.json.decode(told, type=list[Finding])


def _installed(tool: str, *others: Path) -> str:
    found = LIBRARIES / tool
    if shutil.which("node") is None or not all(each.exists() for each in (found, *others)):
        pytest.skip(f"NOT TRIED: {tool} is not installed; type `npm ci` (Node 20 or newer)")
    return str(found)


def _told(command: Sequence[str], folder: Path, given: str = "") -> str:
    quiet = {"PATH": "/usr/local/bin:/usr/bin:/bin", "REDOCLY_TELEMETRY": "off"}
    told = subprocess.run(
        command,
        input=given,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**quiet, "HOME": str(folder)},
    )
    if not told.stdout:
        raise RuntimeError(told.stderr)
    return told.stdout

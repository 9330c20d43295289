"""The status page as files, for a host that stands when this one does not."""

import shutil
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from backend.host.words import teach, teach_templates
from backend.kernel.locale import LANGUAGES, language
from backend.kernel.pages import rendered
from contracts.status import SERVICE_NAMES, Service, Status

_STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_FIRST: Final = "vi"
_KEPT: Final = "status.json"
_SECONDS: Final = 5.0


def exported(folder: Path, base_url: str) -> tuple[Status, bool]:
    """Write `/status` into a folder; return what it says now, and whether the house answered.

    When it does not, the page says so, with the incidents that the folder knew of before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked = _asked(base_url)
    told = asked or _away(folder / _KEPT)
    teach(())
    teach_templates(())
    for name in LANGUAGES:
        token = language.set(name)
        try:
            text = rendered("kernel/status_apart.html", now=told, house=base_url)
        finally:
            language.reset(token)
        _replace(folder / ("index.html" if name == _FIRST else f"{name}.html"), text.encode())
    _replace(folder / _KEPT, msgspec.json.encode(told))
    _copy_look(folder / "static")
    return told, asked is not None


def _asked(base_url: str) -> Status | None:
    try:
        # The address is a setting of the operator's, which was found to be http or https.
        with urllib.request.urlopen(f"{base_url}/status.json", timeout=_SECONDS) as answer:  # noqa: S310
            return msgspec.json.decode(answer.read(), type=Status)
    except (OSError, msgspec.MsgspecError):
        return None


def _away(kept: Path) -> Status:
    """Return that nothing answers, with what an earlier export knew of incidents."""
    try:
        before = msgspec.json.decode(kept.read_bytes(), type=Status)
    except (OSError, msgspec.MsgspecError):
        before = None
    return Status(
        at=datetime.now(UTC),
        services=tuple(Service(name=name, state="away") for name in SERVICE_NAMES),
        incidents=() if before is None else before.incidents,
        incidents_as_of=None if before is None else before.incidents_as_of,
    )


def _replace(file: Path, content: bytes) -> None:
    """Write a file so that whoever reads it meanwhile has the one before, or this one."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(content)
    fresh.replace(file)


def _copy_look(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    fonts = (_STATIC / "vendor").glob("*.woff2")
    for each in (_STATIC / "house.css", _STATIC / "mark.svg", *fonts):
        shutil.copyfile(each, folder / each.name)

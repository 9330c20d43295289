"""Logs that cannot tell on anybody: JSON lines with a closed list of members.

Values arrive in a log by way of its messages: a constraint quotes the row, a parser what it could
not read. So a line keeps the names of things (the event, the type of an error, the places it
passed) and drops whatever has no member of its own here.
"""

import asyncio
import logging
import sys
import traceback
from collections.abc import Mapping
from time import time
from typing import Any, BinaryIO, Final

import msgspec
import structlog

MEMBERS: Final = frozenset(
    {
        "at",
        "attempts",
        "count",
        "error",
        "event",
        "job",
        "level",
        "logger",
        "migration",
        "module",
        "route",
        "seconds",
        "signal",
        "slug",
        "status",
        "trace_id",
    }
)
"""All that a line may say; a member that is not listed is left out."""

_WAIT_SECONDS: Final = 0.1
_PLAIN: Final = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)
_CAUSES_MAX: Final = 5
_encode: Final = msgspec.json.Encoder().encode


class Journal:
    """Lines on their way to the log, written together a few times a second.

    A line that reports an error is written at once, with all before it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lines: list[bytes] = []

    def keep(self, line: msgspec.Struct) -> None:
        """Write this line soon."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_WAIT_SECONDS, self.flush)
        self._lines.append(_encode(line))

    def write(self, line: bytes) -> None:
        """Write this line, which ends itself, when `flush` is called."""
        self._lines.append(line.rstrip(b"\n"))

    def flush(self) -> None:
        """Write what waits."""
        lines, self._lines = self._lines, []
        if lines:
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()


def configure(journal: Journal, *, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's lines to the journal."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _dated, _impersonal, _rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(journal),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    others = [handler for handler in root.handlers if not isinstance(handler, _Handler)]
    root.handlers[:] = [*others, _Handler(journal)]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger("tinhs").setLevel(level)


def journal_of_process() -> Journal:
    """Return the journal that goes to standard error, where the supervisor reads."""
    return Journal(sys.stderr.buffer)


def told(error: BaseException) -> list[dict[str, Any]]:
    """Describe an error and its causes by their types and the places they passed, without values.

    The text is kept of those types alone that speak of the program and not of what it was given.
    """
    found: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(found) < _CAUSES_MAX:
        frames = traceback.extract_tb(current.__traceback__)
        line: dict[str, Any] = {
            "type": f"{type(current).__module__}.{type(current).__qualname__}",
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if type(current) in _PLAIN:
            line["text"] = str(current)
        for name in ("sqlstate", "constraint_name", "table_name", "slug"):
            value = getattr(current, name, None)
            if isinstance(value, str):
                line[name] = value
        found.append(line)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return found


def _dated(_: Any, level: str, line: Any) -> Any:
    return {"at": round(time(), 3), "level": level, **line}


def _impersonal(_: Any, __: str, line: Any) -> Any:
    error = line.get("exc_info")
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line = {**line, "error": told(error)}
    return {name: value for name, value in line.items() if name in MEMBERS}


def _rendered(_: Any, __: str, line: Mapping[str, Any]) -> bytes:
    return _encode(line)


class _Handler(logging.Handler):
    """The standard library's way into the journal: the message as it stands in the program.

    Its arguments are left out, for they are what the program was given.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, Any] = {
            "at": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = told(record.exc_info[1])
        self._journal.write(_encode(line))
        self._journal.flush()

"""From a file to records, in a stream: JSON in its four shapes, CSV tables, or a zip of either.

Everything is read, whatever is found: a file is mended once, not once for each fault. Nothing is
fetched: addresses in records are text.
"""

import codecs
import csv
import io
import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import IO, Any, Final, TypeAlias, cast

import msgspec

from modules.public_services.model.findings import Finding, Raised, found, is_formula
from modules.public_services.model.package import Reading
from modules.public_services.model.procedures import Record
from modules.public_services.model.sheets import TABLES, Row, Sheet

Read: TypeAlias = Record | Finding
Named: TypeAlias = tuple[str, IO[bytes]]

BYTES_MAX: Final = 200 * 1024 * 1024
RECORD_MAX: Final = 1024 * 1024
RECORDS_MAX: Final = 50_000
_MEMBERS_MAX: Final = 50
_CHUNK: Final = 1 << 18
_BOM: Final = "\ufeff"
_ZIP: Final = b"PK\x03\x04"
_SUFFIXES: Final = (".csv", ".json", ".ndjson")


def read(files: Sequence[Named]) -> Iterator[Read]:
    """Return every record and every finding of some files, in their order."""
    try:
        yield from _read(files)
    except Raised as raised:
        yield raised.finding


def _read(files: Sequence[Named]) -> Iterator[Read]:
    tables: dict[str, Named] = {}
    seen: dict[str, str] = {}
    count = 0
    for name, file in _members(files):
        table = PurePosixPath(name).stem
        if name.endswith(".csv"):
            tables[table if table in TABLES else "procedures"] = name, file
            continue
        for each in _unique(_in(name, _json(file)), seen):
            count += isinstance(each, Record)
            yield each
    if tables:
        for each in _unique(_csv_set(tables), seen):
            count += isinstance(each, Record)
            yield each
    if not seen:
        yield found("nothing-in-it", "")
    if count > RECORDS_MAX:
        yield found("too-many-records", "", value=count)


def _unique(read_items: Iterator[Read], seen: dict[str, str]) -> Iterator[Read]:
    for each in read_items:
        if isinstance(each, Record):
            if each.code in seen:
                fault = found(
                    "duplicate-in-file", each.place, value=f"{each.code}: {seen[each.code]}"
                )
                yield msgspec.structs.replace(fault, procedure_code=each.code)
                continue
            seen[each.code] = each.place
        else:
            seen.setdefault("", "")
        yield each


def _in(name: str, read_items: Iterator[Read]) -> Iterator[Read]:
    for each in read_items:
        yield msgspec.structs.replace(each, file=name) if isinstance(each, Finding) else each


def _members(files: Sequence[Named]) -> Iterator[Named]:
    for name, file in files:
        start = file.read(4)
        file.seek(0)
        if start != _ZIP:
            yield name, file
            continue
        try:
            with zipfile.ZipFile(file) as archive:
                inside = [m for m in archive.infolist() if m.filename.endswith(_SUFFIXES)]
                for member in inside[:_MEMBERS_MAX]:
                    with archive.open(member) as opened:
                        # Not `file_size`: that is what the archive claims, and bombs lie.
                        yield member.filename, io.BytesIO(opened.read(BYTES_MAX + 1))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
            raise Raised(found("damaged-archive", "", value=name)) from error


def _text(file: IO[bytes], faults: list[Finding]) -> Iterator[str]:
    """Return the text in pieces; the first bytes that are no UTF-8 are told by their line."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    line, size = 1, 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > BYTES_MAX:
            faults.append(found("file-too-large", "", value=BYTES_MAX))
            return
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            lines = line + error.object[: error.start].count(b"\n")
            faults.append(found("not-utf8", f"{lines}", value=error.object[error.start]))
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            text = decoder.decode(chunk)
        line += text.count("\n")
        yield text
    with suppress(UnicodeDecodeError):
        yield decoder.decode(b"", final=True)


def _json(file: IO[bytes]) -> Iterator[Read]:
    faults: list[Finding] = []
    try:
        for place, raw in _Scanner(_text(file, faults)).records():
            while faults:
                yield faults.pop()
            if not isinstance(raw, dict):
                yield found("not-a-record", place)
                continue
            fields = cast("Mapping[str, Any]", raw)
            reading = Reading(fields, place)
            record = reading.record()
            code = fields.get("MaTTHC")
            for finding in reading.findings:
                yield msgspec.structs.replace(finding, procedure_code=str(code or "")[:40])
            if record is not None:
                yield msgspec.structs.replace(record, place=place)
    except Raised as raised:
        yield raised.finding
    yield from faults


class _Scanner:
    """Finds records in text that comes in pieces: one, a list, a wrapped list, or lines."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._decoder = json.JSONDecoder()
        self._text, self._at = "", 0
        self._prefix, self._number, self._is_list = "", 0, False

    def records(self) -> Iterator[tuple[str, Any]]:
        """Return each record with its pointer. Raises `Raised` where the text is no JSON."""
        self._more()
        self._text = self._text.removeprefix(_BOM)
        self._open()
        while self._begins():
            if self._is_list and self._text[self._at] == "]":
                return
            place = f"{self._prefix}/{self._number}"
            raw, end = self._decoded(place)
            if end - self._at > RECORD_MAX:
                raise Raised(found("record-too-large", place, value=end - self._at))
            yield place, raw
            self._at, self._number = end, self._number + 1

    def _open(self) -> None:
        if not self._begins():
            return
        if self._text[self._at] == "[":
            self._at, self._is_list = self._at + 1, True
        elif opened := _wrapped(self._text, self._at):
            self._at, self._is_list, self._prefix = opened, True, "/result"

    def _begins(self) -> bool:
        """Go to where the next record begins; False at the end."""
        while True:
            self._at = _skip(self._text, self._at)
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _decoded(self, place: str) -> tuple[Any, int]:
        while True:
            try:
                raw, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > RECORD_MAX * 2 or not self._more():
                    raise Raised(found("not-json", place)) from error
                continue
            except RecursionError as error:
                raise Raised(found("too-deep", place)) from error
            # A number at the end of a piece might go on in the next one.
            if end < len(self._text) or not self._more():
                return raw, end

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text, self._at = self._text[self._at :] + piece, 0
        return True


def _skip(buffer: str, place: int) -> int:
    while place < len(buffer) and buffer[place] in " \t\r\n,":
        place += 1
    return place


def _wrapped(buffer: str, place: int) -> int:
    """Return where the list of `{"result": […` begins, or 0."""
    head = buffer[place : place + 200]
    bare = "".join(head.split())
    return buffer.index("[", place) + 1 if bare.startswith('{"result":[') else 0


def _csv_set(tables: Mapping[str, Named]) -> Iterator[Read]:
    if "procedures" not in tables:
        yield found("no-procedures-table", "")
        return
    beside: dict[str, dict[str, list[Row]]] = {}
    for table in TABLES:
        beside[table] = defaultdict(list)
        if table != "procedures" and table in tables:
            name, file = tables[table]
            faults: list[Finding] = []
            for _, row in _rows(table, file, faults):
                beside[table][row["code"]].append(row)
            yield from _in(name, iter(faults))
    name, file = tables["procedures"]
    faults = []
    known: set[str] = set()
    for place, row in _rows("procedures", file, faults):
        code = row["code"]
        known.add(code)
        sheet = Sheet(row, place, {table: rows.get(code, ()) for table, rows in beside.items()})
        record = sheet.record()
        for finding in sheet.findings:
            yield msgspec.structs.replace(finding, file=name, procedure_code=code[:40])
        if record is not None:
            yield msgspec.structs.replace(record, place=place)
    yield from _in(name, iter(faults))
    for table, rows in beside.items():
        for code in rows.keys() - known:
            yield Finding(code="unknown-code", file=table, place=code[:40], column_name="code")


def _rows(table: str, file: IO[bytes], faults: list[Finding]) -> Iterator[tuple[str, Row]]:
    """Return each row with its number in the file; a faulty cell is noted and left out."""
    required, optional = TABLES[table]
    lines = _lines(_text(file, faults))
    header = next(lines, "").removeprefix(_BOM)
    delimiter = max(",;\t", key=header.count)
    names = [name.strip() for name in header.rstrip("\r\n").split(delimiter)]
    missing = [name for name in required if name not in names]
    if missing:
        faults.append(found("missing-column", "1", column=missing[0], value=header))
        return
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            place = str(reader.line_num + 1)
            if not any(cells):
                continue
            if len(cells) != len(names):
                faults.append(found("wrong-number-of-cells", place, value=len(cells)))
                continue
            row = dict.fromkeys((*required, *optional), "")
            for name, cell in zip(names, cells, strict=True):
                if is_formula(cell):
                    fault = found("formula-in-cell", place, column=name, value=cell)
                    code = cells[names.index("code")][:40]
                    faults.append(msgspec.structs.replace(fault, procedure_code=code))
                row[name] = cell.replace("\0", " ").strip()
            yield place, row
    except csv.Error as error:
        faults.append(found("not-csv", str(reader.line_num + 1), value=error))


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        # Not `splitlines`, to which a form feed inside a cell would be the end of a line.
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            yield line + "\n"
    if rest:
        yield rest

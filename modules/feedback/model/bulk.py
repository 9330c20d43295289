"""Public reports as files: the columns of Open311 GeoReport Bulk, and GeoJSON (RFC 7946)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Final

import msgspec

from modules.feedback.model.statistics import Statistic, Statistics

COLUMNS: Final = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)
"""Of GeoReport Bulk: those of a GeoReport v2 request, one line each."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def statistics_csv(told: Statistics) -> bytes:
    """Write statistics as RFC 4180 has it; the second line says what each column counts."""
    out = StringIO()
    writer = csv.writer(out)
    columns = [field.name for field in msgspec.structs.fields(Statistic)]
    writer.writerow(columns)
    writer.writerow([_cell(told.definitions.get(column, "")) for column in columns])
    for item in told.items:
        writer.writerow([_cell(getattr(item, column)) for column in columns])
    return _taken(out)


def as_csv(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Write records as RFC 4180 has it, 100 lines at a time; a first line names the columns.

    A text that a spreadsheet would take for a formula is set off by an apostrophe.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, record in enumerate(records, start=1):
        writer.writerow([_cell(record[column]) for column in COLUMNS])
        if number % 100 == 0:
            yield _taken(out)
    yield _taken(out)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _taken(out: StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def as_geojson(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Write records as one FeatureCollection; what has no point has the geometry `null`."""
    yield b'{"type":"FeatureCollection","features":['
    for number, record in enumerate(records):
        lat, lon = record["lat"], record["long"]
        feature = {
            "type": "Feature",
            "id": record["service_request_id"],
            "geometry": None
            if lat is None or lon is None
            else {"type": "Point", "coordinates": [lon, lat]},
            "properties": {name: record[name] for name in COLUMNS if name not in {"lat", "long"}},
        }
        yield (b"," if number else b"") + msgspec.json.encode(feature)
    yield b"]}"

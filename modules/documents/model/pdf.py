"""Updates of a PDF (ISO 32000-1 §7.5.6): empty signature fields, signatures, and their evidence.

Every byte that follows a rendered document is written here, in one way. So a verifier needs no
parser of PDF: it takes from a file the few values that may differ, writes the updates again, and
compares. Whatever else somebody added, hid or replaced is a difference.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from modules.documents.model import canonical, der, stores
from modules.documents.model.stores import Evidence

CONTENTS_BYTES: Final = 12_288
"""Room for a signature with its timestamp."""
_ROOM: Final = b"<" + b"0" * (2 * CONTENTS_BYTES) + b">"
BYTES_MAX: Final = 20 << 20
TIMESTAMP_FIELD: Final = "timestamp"

_TRAILER: Final = re.compile(
    rb"trailer\n<</Size (\d+)/Root (\d+) 0 R/Info (\d+) 0 R"
    rb"/ID\[\(([A-Za-z0-9+/=]+)\)\([A-Za-z0-9+/=]+\)\]>>\nstartxref\n(\d+)\n%%EOF\n?\Z"
)
_BASE: Final = re.compile(
    rb"trailer\n<</Size (\d{1,7})/Root (\d{1,7}) 0 R/Info (\d{1,7}) 0 R"
    rb"/ID\[(\([A-Za-z0-9+/=]{1,100}\)<[0-9a-f]{32}>)\]/Prev (\d{1,10})>>\n"
    rb"startxref\n(\d{1,10})\n%%EOF\n\Z"
)
_EMPTY_FIELD: Final = re.compile(
    rb"\n(\d{1,7}) 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T\(([a-z0-9-]{1,80})\)"
)
_PAGE: Final = re.compile(rb"/F 132/P (\d{1,7}) 0 R>>")
_KIDS: Final = re.compile(rb"/Kids ?\[(\d+) 0 R")
_EMBEDDED: Final = re.compile(
    rb"<</Length (\d{1,7})/Type/EmbeddedFile(/Filter/FlateDecode)?/Subtype/application#2Fjson"
    rb"[^\n]{0,200}>>\nstream\n"
)
_SIGNATURE: Final = re.compile(
    rb"(\d{1,7}) 0 obj\n<</Type/(Sig|DocTimeStamp)/Filter/Adobe\.PPKLite"
    rb"/SubFilter/[A-Za-z0-9.]{1,40}/M\(D:(\d{14})Z\)/ByteRange\[[0-9 ]{1,60}\]/Contents<"
)
_FIELD: Final = re.compile(rb"endobj\n\d{1,7} 0 obj\n<<[^\n]{0,200}?/T\(([a-z0-9-]{1,80})\)")

SignatureType: TypeAlias = Literal["Sig", "DocTimeStamp"]
_ANY_SIGNATURE: Final = re.compile(rb"/ByteRange\s{0,4}\[")
_SUBFILTER: Final[Mapping[SignatureType, bytes]] = {
    "Sig": b"ETSI.CAdES.detached",
    "DocTimeStamp": b"ETSI.RFC3161",
}


class NotRendered(Exception):
    """The bytes are not what the renderer writes."""


class NotAsWritten(Exception):
    """The file has bytes that the house would not have written."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What the next update has to know of the file before it."""

    length: int
    startxref: int
    size: int
    """The number of the next object."""
    root: int
    info: int
    ids: bytes
    catalog: bytes
    fields: dict[str, int]
    """Empty and filled signature fields, by name: the number of each object."""
    page: int


class Slot(NamedTuple):
    """A signature that is prepared: the file before and after the room for it."""

    before: bytes
    after: bytes
    shape: Shape

    @property
    def span(self) -> tuple[int, int]:
        """Where the room begins and ends."""
        return len(self.before), len(self.before) + len(_ROOM)

    @property
    def raw(self) -> bytes:
        """The file with its room empty."""
        return self.before + _ROOM + self.after

    def signed_bytes(self) -> bytes:
        """Return what the signature is over: all of the file but the room."""
        return self.before + self.after

    def digest(self) -> bytes:
        """Return the SHA-256 of what the signature is over."""
        found = sha256(self.before)
        found.update(self.after)
        return found.digest()


class Signature(NamedTuple):
    """A signature found in a file: its field, the time it claims, its bytes, what it is over."""

    kind: SignatureType
    field: str
    claimed_at: datetime
    contents: bytes
    digest: bytes


def attached(raw: bytes) -> bytes:
    """Return the content that a document of ours carries. Raises `NotAsWritten`."""
    found = _EMBEDDED.search(raw)
    if found is None:
        raise NotAsWritten
    held = raw[found.end() : found.end() + int(found[1])]
    if found[2] is None:
        return held
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(held, canonical.BYTES_MAX)
    except zlib.error as error:
        raise NotAsWritten from error
    if not inflater.eof:
        raise NotAsWritten
    return content


def is_bare(raw: bytes) -> bool:
    """Tell whether nothing in a file is signed, and no data of a document is in it."""
    return _EMBEDDED.search(raw) is None and _ANY_SIGNATURE.search(raw) is None


def is_foreign(raw: bytes) -> bool:
    """Tell whether a file is signed, and nothing in it is written as the house writes.

    One of ours in which somebody changed a byte is none: some of its signatures still look like it.
    """
    ours = _EMBEDDED.search(raw) or _SIGNATURE.search(raw)
    return ours is None and _ANY_SIGNATURE.search(raw) is not None


def based(rendered: bytes, names: Sequence[str]) -> tuple[bytes, Shape]:
    """Return the file with an empty, invisible field for each name: what is signed first."""
    shape = _rendered_shape(rendered)
    numbers = {name: shape.size + place for place, name in enumerate(names)}
    references = b" ".join(b"%d 0 R" % number for number in numbers.values())
    page = _object(rendered, shape, shape.page)
    if b"/Annots" in page or b"/AcroForm" in shape.catalog:
        raise NotRendered("the page has annotations of its own")
    catalog = shape.catalog[:-2] + b"/AcroForm<</Fields[%b]/SigFlags 3>>>>" % references
    objects = {
        shape.page: page[:-2] + b"/Annots[%b]>>" % references,
        shape.root: catalog,
        **{number: _field(name, shape.page, None) for name, number in numbers.items()},
    }
    return _updated(
        rendered,
        msgspec.structs.replace(
            shape, catalog=catalog, fields=numbers, size=shape.size + len(numbers)
        ),
        objects,
    )


def unsigned(raw: bytes) -> bytes:
    """Return what a file was before its first signature."""
    first = raw.find(b" 0 obj\n<</Type/Sig/Filter/")
    return raw if first < 0 else raw[: raw.rindex(b"\n", 0, first) + 1]


def reopened(base: bytes) -> Shape:
    """Return the shape of a base that was made before, and lies under its hash.

    It is read from the update, and not made again. Raises `NotAsWritten`.
    """
    end = _BASE.search(base, max(0, len(base) - 400))
    if end is None:
        raise NotAsWritten
    size, root, info, startxref = (int(end[place]) for place in (1, 2, 3, 6))
    update = base[base.rfind(b"startxref\n%b\n%%%%EOF" % end[5]) : startxref]
    catalog = re.search(rb"\n%d 0 obj\n(.*?)\nendobj" % root, update, re.DOTALL)
    page = _PAGE.search(update)
    if catalog is None or page is None:
        raise NotAsWritten
    return Shape(
        length=len(base),
        startxref=startxref,
        size=size,
        root=root,
        info=info,
        ids=end[4],
        catalog=catalog[1],
        fields={each[2].decode(): int(each[1]) for each in _EMPTY_FIELD.finditer(update)},
        page=int(page[1]),
    )


def prepared(
    raw: bytes, shape: Shape, field: str, at: datetime, kind: SignatureType = "Sig"
) -> Slot:
    """Return the file with room for one signature more, in an empty field."""
    number = shape.size
    head = b"<</Type/%b/Filter/Adobe.PPKLite/SubFilter/%b/M(D:%bZ)/ByteRange[" % (
        kind.encode(),
        _SUBFILTER[kind],
        at.astimezone(UTC).strftime("%Y%m%d%H%M%S").encode(),
    )
    blank = head + _byte_range(0, 0, 0) + b"]/Contents" + _ROOM + b">>"
    objects = {number: blank, shape.fields[field]: _field(field, shape.page, number)}
    grown = msgspec.structs.replace(shape, size=number + 1)
    update, after = _update(raw, grown, objects)
    at_range, at_room = update.index(head) + len(head), update.index(_ROOM)
    start, rest = len(raw) + at_room, update[at_room + len(_ROOM) :]
    byte_range = _byte_range(start, start + len(_ROOM), len(rest))
    ranged = update[:at_range] + byte_range + update[at_range + len(byte_range) : at_room]
    return Slot(raw + ranged, rest, after)


def filled(slot: Slot, contents: bytes) -> bytes:
    """Return the file with the signature in its room. Raises ValueError when it is too long."""
    if len(contents) > CONTENTS_BYTES:
        raise ValueError(len(contents))
    digits = contents.hex().encode().ljust(2 * CONTENTS_BYTES, b"0")
    return b"%b<%b>%b" % (slot.before, digits, slot.after)


def evidenced(raw: bytes, shape: Shape, evidence: Evidence) -> tuple[bytes, Shape]:
    """Return the file with what somebody needs to check its signatures years later."""
    objects: dict[int, bytes] = {}
    number = shape.size
    lists: list[bytes] = []
    for kind, blobs in (
        (b"Cert", evidence.certificates),
        (b"OCSP", evidence.ocsp_responses),
        (b"CRL", evidence.crls),
    ):
        references: list[bytes] = []
        for blob in blobs:
            head = b"<</Length %d/Kind/%b>>\nstream\n" % (len(blob), kind)
            objects[number] = head + blob + b"\nendstream"
            references.append(b"%d 0 R" % number)
            number += 1
        if references:
            lists.append(b"/%bs[%b]" % (kind, b" ".join(references)))
    catalog = shape.catalog[:-2] + b"/DSS<<%b>>>>" % b"".join(lists)
    objects[shape.root] = catalog
    return _updated(raw, msgspec.structs.replace(shape, size=number, catalog=catalog), objects)


def updates(raw: bytes, shape: Shape) -> Iterator[Signature | Evidence]:
    """Yield what was added to a base, in its order. Raises `NotAsWritten` for anything else."""
    while shape.length < len(raw):
        before = raw[: shape.length]
        if _SIGNATURE.match(raw, shape.length):
            found, shape = _signature(raw, before, shape)
        else:
            found, shape = _evidence(raw, before, shape)
        yield found


def _signature(raw: bytes, before: bytes, shape: Shape) -> tuple[Signature, Shape]:
    found = _SIGNATURE.match(raw, shape.length)
    if found is None:
        raise NotAsWritten
    start = found.end() - 1
    end = start + 2 * CONTENTS_BYTES + 2
    field = _FIELD.search(raw, end, end + 400)
    kind: SignatureType = "Sig" if found[2] == b"Sig" else "DocTimeStamp"
    try:
        at = der.moment(found[3].decode())
        contents = der.one(bytes.fromhex(raw[start + 1 : end - 1].decode())).whole
        name = "" if field is None else field[1].decode()
        slot = prepared(before, shape, name, at, kind)
        written = filled(slot, contents)
    except (ValueError, KeyError, der.NotDer) as error:
        raise NotAsWritten from error
    if raw[: len(written)] != written or shape.fields[name] < 0:
        raise NotAsWritten
    digest = slot.digest()
    # A field is filled once: from here on its number is none that an object has.
    fields = {**slot.shape.fields, name: -1}
    return Signature(kind, name, at, contents, digest), msgspec.structs.replace(
        slot.shape, fields=fields
    )


def _evidence(raw: bytes, before: bytes, shape: Shape) -> tuple[Evidence, Shape]:
    evidence = stores.read_at(raw, shape.length)
    written, after = evidenced(before, shape, evidence)
    if b"/DSS" in shape.catalog or raw[: len(written)] != written:
        raise NotAsWritten
    return evidence, after


def _rendered_shape(rendered: bytes) -> Shape:
    end = _TRAILER.search(rendered, max(0, len(rendered) - 400))
    if end is None:
        raise NotRendered("the trailer")
    size, root, info, startxref = (int(end[place]) for place in (1, 2, 3, 5))
    shape = Shape(
        length=len(rendered),
        startxref=startxref,
        size=size,
        root=root,
        info=info,
        ids=b"(%b)<%b>" % (end[4], sha256(rendered).digest()[:16].hex().encode()),
        catalog=b"",
        fields={},
        page=0,
    )
    catalog = _object(rendered, shape, root)
    pages = re.search(rb"/Pages (\d+) 0 R", catalog)
    if pages is None:
        raise NotRendered("the pages")
    page = int(pages[1])
    while kids := _KIDS.search(_object(rendered, shape, page)):
        page = int(kids[1])
    return msgspec.structs.replace(shape, catalog=catalog, page=page)


def _object(rendered: bytes, shape: Shape, number: int) -> bytes:
    """Return an object of what was rendered, found by its line of the table."""
    head = b"xref\n0 %d\n" % shape.size
    table = shape.startxref + len(head)
    if rendered[shape.startxref : table] != head or number >= shape.size:
        raise NotRendered("the table of objects")
    offset = int(rendered[table + 20 * number : table + 20 * number + 10])
    begin = b"%d 0 obj\n" % number
    start = offset + len(begin)
    found = rendered[start : rendered.find(b"\nendobj", start)]
    if rendered[offset:start] != begin or not found.endswith(b">>"):
        raise NotRendered(f"object {number}")
    return found


def _field(name: str, page: int, value: int | None) -> bytes:
    shown = b"" if value is None else b"/V %d 0 R" % value
    head = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%b)/Rect[0 0 0 0]/F 132" % name.encode()
    return b"%b/P %d 0 R%b>>" % (head, page, shown)


def _byte_range(start: int, end: int, rest: int) -> bytes:
    """Return the byte range, as wide for every number: its place is found before its value."""
    return b"0 %b %b %b" % tuple(b"%-10d" % value for value in (start, end, rest))


def _updated(raw: bytes, shape: Shape, objects: Mapping[int, bytes]) -> tuple[bytes, Shape]:
    """Return the file with one more update, objects in their order, and its shape from now on."""
    update, after = _update(raw, shape, objects)
    return raw + update, after


def _update(raw: bytes, shape: Shape, objects: Mapping[int, bytes]) -> tuple[bytes, Shape]:
    """Return what one more update adds to the file, and the shape of both together."""
    out = [] if raw.endswith(b"\n") else [b"\n"]
    place = len(raw) + len(out)
    offsets: dict[int, int] = {}
    for number, body in objects.items():
        offsets[number] = place
        written = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        out.append(written)
        place += len(written)
    startxref = place
    out.append(b"xref\n")
    out.extend(b"%d 1\n%010d 00000 n \n" % (number, offsets[number]) for number in sorted(offsets))
    out.append(
        b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[%b]/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (shape.size, shape.root, shape.info, shape.ids, shape.startxref, startxref)
    )
    update = b"".join(out)
    length = len(raw) + len(update)
    return update, msgspec.structs.replace(shape, length=length, startxref=startxref)

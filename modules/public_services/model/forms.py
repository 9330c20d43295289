"""Forms to fill in: told by their content, never by their name, and nothing in them runs."""

from io import BytesIO
from typing import Annotated, Final
from zipfile import BadZipFile, ZipFile

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from modules.public_services.model.procedures import CODE

_MEMBERS_MAX: Final = 2_000
_TYPES_BYTES_MAX: Final = 512 * 1024
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_DOCX: Final = f"{_OFFICE}.wordprocessingml.document"
_XLSX: Final = f"{_OFFICE}.spreadsheetml.sheet"
_ODT: Final = "application/vnd.oasis.opendocument.text"
_PDF_RUNS: Final = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
_RUNS: Final = ("vbaproject", "/activex/", "/embeddings/", "basic/", "scripts/")
_TYPES: Final = "[Content_Types].xml"


class NotAForm(Exception):
    """By its content this is none of the kinds that people fill in, or something in it runs."""


class FormDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A form as an editor describes it, and the procedures that ask for it."""

    name: Line
    procedures: Annotated[
        tuple[Annotated[str, Meta(pattern=CODE, max_length=40)], ...], Meta(max_length=200)
    ] = ()

    def __post_init__(self) -> None:
        composed(self)


class FormFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a form: `path` never changes what it answers."""

    sha256: str
    media_type: str
    name: str
    bytes: int
    path: str


class BlankForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form, and its files, the newest first."""

    code: str
    name: str
    procedures: tuple[str, ...]
    version: int
    files: tuple[FormFile, ...]


class BlankForms(msgspec.Struct, frozen=True, kw_only=True):
    """BlankForms by name."""

    forms: tuple[BlankForm, ...]


def media_type_of(content: bytes) -> str:
    """Return what a file is by its content. Raises `NotAForm`."""
    if content.startswith(b"%PDF-"):
        if any(mark in content for mark in _PDF_RUNS):
            raise NotAForm
        return "application/pdf"
    try:
        with ZipFile(BytesIO(content)) as packed:
            return _of_archive(packed)
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError) as damaged:
        raise NotAForm from damaged


def _of_archive(packed: ZipFile) -> str:
    members = {each.filename: each for each in packed.infolist()[: _MEMBERS_MAX + 1]}
    if len(members) > _MEMBERS_MAX:
        raise NotAForm
    if any(word in f"/{name}".lower() for name in members for word in _RUNS):
        raise NotAForm
    if "mimetype" in members and members["mimetype"].file_size < len(_ODT) + 2:
        if packed.read("mimetype").decode("ascii", "replace").strip() == _ODT:
            return _ODT
        raise NotAForm
    if _TYPES not in members or members[_TYPES].file_size > _TYPES_BYTES_MAX:
        raise NotAForm
    types = packed.read(_TYPES).lower()
    if b"macroenabled" in types or b"vbaproject" in types:
        raise NotAForm
    if "word/document.xml" in members:
        return _DOCX
    if "xl/workbook.xml" in members:
        return _XLSX
    raise NotAForm

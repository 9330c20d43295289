"""Forms: for everybody to fetch, for editors to keep."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.kernel import (
    Anyone,
    BadRequest,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    refuses,
    requires,
)
from contracts.problem import Fault
from modules.public_services.errors import FormNotAllowed, FormTooLarge, NoSuchForm
from modules.public_services.handlers.parameters import REFERENCE, UPLOAD_BYTES_MAX, TakesFile
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.forms import BlankForm, BlankForms, FormDraft
from modules.public_services.model.procedures import CODE
from modules.public_services.scopes import EDIT
from modules.public_services.service import forms

FormCode: TypeAlias = Annotated[
    str, PathParameter(pattern="^[a-z0-9-]{1,60}$", max_length=60, description="Its name.")
]


@get("/forms", guards=[Anyone()], cache_control=REFERENCE)
async def list_forms(
    snapshot: Injected[Snapshot],
    procedure: Annotated[
        str | None,
        QueryParameter(pattern=CODE, max_length=40, description="Those of one procedure."),
    ] = None,
) -> BlankForms:
    """List forms to fill in, with their files, the newest first."""
    return BlankForms(forms=await forms.listed(snapshot, procedure))


@get(
    "/forms/{form_code:str}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchForm),
)
async def read_form(form_code: FormCode, snapshot: Injected[Snapshot]) -> BlankForm:
    """Read one form."""
    return await forms.read(snapshot, form_code)


@get(
    "/forms/{form_code:str}/files/{sha256:str}",
    guards=[Anyone()],
    media_type="application/octet-stream",
    responses=refuses(NoSuchForm),
)
async def fetch_form_file(
    form_code: FormCode,
    sha256: Annotated[
        str,
        PathParameter(pattern="^[0-9a-f]{64}$", max_length=64, description="Digest of the file."),
    ],
    snapshot: Injected[Snapshot],
) -> Response[bytes]:
    """Fetch a form. Its address is its digest, so it may be kept for ever."""
    found = await forms.file(snapshot, form_code, sha256)
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
            "ETag": f'"{found.sha256}"',
        },
    )


@put_by_editors("/forms/{form_code:str}")
async def write_form(
    form_code: FormCode,
    data: JSONBody[FormDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> BlankForm:
    """Describe a form and name the procedures that ask for it; `"0"` matches when there is none."""
    return await forms.put(tx, form_code, data, if_match)


@post(
    "/forms/{form_code:str}/files",
    guards=[requires(EDIT)],
    operation_class=TakesFile,
    request_max_body_size=UPLOAD_BYTES_MAX,
    responses=refuses(NoSuchForm, FormTooLarge, FormNotAllowed),
)
async def add_form_file(
    form_code: FormCode,
    request: Request[Any, Any, Any],
    tx: Injected[Transaction],
    name: Annotated[
        str,
        QueryParameter(
            pattern=r"^[\w .()\-]{1,100}\.(pdf|docx|xlsx|odt)$",
            max_length=110,
            description="Under which name it is saved.",
        ),
    ],
) -> BlankForm:
    """Add a file to a form: PDF, DOCX, XLSX or ODT by content, ≤ 10 MiB, nothing in it runs."""
    content = await request.body()
    if not content:
        raise BadRequest(errors=[Fault(pointer="", code="required")])
    return await forms.add_file(tx, form_code, name, content)


ROUTES = (list_forms, read_form, fetch_form_file, write_form, add_form_file)

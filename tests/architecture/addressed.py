"""What addresses of the house name: what is made to try them, or which file tries them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from backend.host.registry import discover
from backend.kernel import Anyone, Scope, requires

_PUBLIC: Final = "everybody may read it"
_UNGUESSED: Final = "whoever knows the address may come in; its own tests try others"
_PROVINCE: Final = "no officer's own: whoever holds the role works for the whole province"
EXCUSED: Final[Mapping[str, str]] = {
    "access-log/{event_id:uuid}": "tests/audit/test_reading.py",
    "passkeys/{passkey_id:uuid}": "tests/identity/test_passkeys.py",
    "consents/{consent_id:uuid}": "tests/identity/consents/test_given.py",
    "shares/{share_id:uuid}": "tests/documents/test_sharing.py",
    "dossiers/{dossier_id:uuid}": "tests/public_services/test_mine.py",
    "watches/{dossier_id:uuid}": "tests/public_services/test_mine.py",
    "extensions/{extension_id:uuid}": "tests/feedback/test_cycles.py",
    "devices/{device_id:uuid}": "tests/notifications/test_telling.py",
    "people/{person_id:uuid}": "tests/health_books/test_visits.py",
    "records/{pupil_id:uuid}": "tests/transcripts/test_records.py",
    "records/{record_id:uuid}": "tests/transcripts/test_records.py",
    "console/keys/{key_id:uuid}": "tests/identity/test_console_pages.py",
    "favourites/{code:str}": "names a public procedure, and one's own mark on it",
    "/login/{ix:uuid}": _UNGUESSED,
    "enrol/{token:str}": _UNGUESSED,
    "sms/{provider:str}": _UNGUESSED,
    "cb/{name:str}": _UNGUESSED,
    "backchannel-logout/{name:str}": _UNGUESSED,
    "erasures/{receipt:uuid}": _UNGUESSED,
    "staff/{staff_id:uuid}": _PROVINCE,
    "proposals/{proposal_id:uuid}": _PROVINCE,
    "trust/changes/{change_id:uuid}": _PROVINCE,
    "trust/keys/{key_id:uuid}": _PROVINCE,
    "clients/{client_id:str}": _PROVINCE,
    "admin/keys/{kid:str}": _PROVINCE,
    "holds/{hold_id:uuid}": _PROVINCE,
    "incidents/{incident_id:uuid}": _PROVINCE,
    "imports/{import_id:uuid}": _PROVINCE,
    "templates/{kind:str}": _PROVINCE,
    "route-outs/{code:str}": _PROVINCE,
    "config/categories/{code:str}": _PROVINCE,
    "config/classes/{deadline_class:str}": _PROVINCE,
    "config/reasons/{for_call:str}": _PROVINCE,
    "config/templates/{code:str}": _PROVINCE,
    "settings/terms/{deadline_class:str}": _PROVINCE,
    "settings/reasons/{for_call:str}": _PROVINCE,
    "console/identity/people/{staff_id:uuid}": _PROVINCE,
    "search-terms/{term_id:uuid}": _PROVINCE,
    "representations/{representation_id:uuid}": _PROVINCE,
    "open311-keys/{key_id:uuid}": _PROVINCE,
    "blocks/{block_id:uuid}": _PROVINCE,
    "ocsp/{asked:path}": _PUBLIC,
    "status-lists/{number:int}": _PUBLIC,
    "tile/{level:int}": _PUBLIC,
    "entries/{number:path}": _PUBLIC,
    "public/reports/{code:str}": _PUBLIC,
    "tiles/{zoom:int}": _PUBLIC,
    "v2/{call:str}": _PUBLIC,
    "v2/{kind:str}": _PUBLIC,
    "/reports/{code:str}": _PUBLIC,
    "procedures/{code:str}": _PUBLIC,
    "life-events/{slug:str}": _PUBLIC,
    "services/{service_id:uuid}": _PUBLIC,
    "organizations/{organization_id:uuid}": _PUBLIC,
    "decisions/{key:str}": _PUBLIC,
    "offices/{office_id:uuid}": _PUBLIC,
    "forms/{form_code:str}": _PUBLIC,
    "units/{code:str}": _PUBLIC,
    "agencies/{agency_id:uuid}": _PUBLIC,
    "agencies/{scheme:str}": _PUBLIC,
    "competences/{competence_id:uuid}": _PUBLIC,
    "datasets/{version:str}": _PUBLIC,
}
"""Ends of addresses of whose things none is made here: why, or which file tries them."""

SAMPLED: Final = (
    "reports/{report_id:uuid}",
    "work/{report_id:uuid}",
    "assignments/{assignment_id:uuid}",
    "documents/{document_id:uuid}",
    "labour-contracts/{document_id:uuid}",
    "revisions/{rev:int}",
    "enrolments/{enrolment_id:uuid}",
    "signing/sessions/{session_id:uuid}",
    "certificates/{fingerprint:str}",
    "account/sessions/{session_id:uuid}",
    "filters/{filter_id:uuid}",
    "subscriptions/{subscription_id:uuid}",
    "requests/{request_id:uuid}",
    "exports/{export_id:uuid}",
    "files/{file_id:uuid}",
    "uploads/{upload_id:uuid}",
)
"""Ends of addresses that name a row which is made here."""

_DOCUMENT, _SESSION = "/v1/documents/{document_id:uuid}", "/v1/documents/signing/sessions"
_DESK: Final = "/v1/feedback/desk/reports/{report_id:uuid}"
_CONSOLE: Final = "/console/feedback"
_EARLIER: Final = "the body or a header is judged before the row: see tests/feedback/test_desk.py"
UNTOLD: Final[Mapping[str, str]] = {
    "DELETE " + _DESK + "/assignments/{assignment_id:uuid}": _EARLIER,
    "DELETE " + _DESK + "/merge": _EARLIER,
    "GET " + _DESK + "/originals/{file_id:uuid}": "for a reason: tests/feedback/test_keeping.py",
    "POST " + _DESK + "/declination": _EARLIER,
    "POST " + _DESK + "/hiding": _EARLIER,
    "POST /v1/feedback/work/reports/{report_id:uuid}/return": _EARLIER,
    "POST " + _DESK + "/merge": "names a second report: tests/feedback/test_duplicates.py",
    "POST " + _DESK + "/extensions/{extension_id:uuid}/decision": "tests/feedback/test_cycles.py",
    "POST " + _CONSOLE + "/reports/{report_id:uuid}/{call:str}": "tests/feedback/test_console.py",
    "POST " + _CONSOLE + "/work/{report_id:uuid}/{call:str}": "tests/feedback/test_console.py",
    "GET /v1/account/exports/{export_id:uuid}/archive": "not ready: tests/privacy/test_export.py",
    "PATCH /v1/files/uploads/{upload_id:uuid}": "takes bytes: tests/files/test_tus.py",
    "GET " + _DOCUMENT + "/log-proof": "not in the log yet: tests/documents/test_log.py",
    "POST " + _CONSOLE + "/reports/{report_id:uuid}/masks/publication": (
        "a form, judged before the row: tests/feedback/test_console.py"
    ),
    "GET "
    + _DOCUMENT
    + "/accesses": "an empty list to everybody: tests/documents/test_accesses.py",
    "GET " + _DOCUMENT + "/shares": "an empty list to everybody: tests/documents/test_sharing.py",
    "POST " + _DOCUMENT + "/shares": "names facts: tests/documents/test_sharing.py",
    "GET " + _DOCUMENT + "/credentials": "the holder's: tests/documents/test_credentials.py",
    "POST " + _DOCUMENT + "/credentials": "takes a proof: tests/documents/test_credentials.py",
    "DELETE " + _DOCUMENT + "/credentials/{credential_id:uuid}": (
        "none was given: tests/documents/test_credentials.py"
    ),
    "POST " + _DOCUMENT + "/paper-copies": "not printed yet: tests/documents/test_printed.py",
    "GET " + _SESSION + "/{session_id:uuid}/documents/{document_id:uuid}/prepared.pdf": (
        "the session is over: tests/documents/test_ceremony.py"
    ),
    "PUT " + _SESSION + "/{session_id:uuid}/signatures": (
        "signatures are judged before the row: tests/documents/test_ceremony.py"
    ),
    "POST /v1/documents/signing/certificates/{fingerprint:str}/revoke": (
        "tests/documents/test_printed.py"
    ),
    "PUT /v1/labour-contracts/{document_id:uuid}": (
        "takes a whole contract: tests/documents/test_paper.py"
    ),
    "GET /files/{file_id:uuid}/{rendition:str}": "its link is signed: tests/files/test_uploads.py",
}
"""Routes that tell their owner no more here than a stranger: why, or which file tries them."""


def routes() -> Iterator[tuple[str, str, Scope | None]]:
    """Return (method, address, scope of the door) of every route whose address names something."""
    for module in discover(guests=()):
        name = module.name.replace("_", "-")
        for prefix, each in (
            (f"/v1/{name}", module.routes),
            ("", (*module.root, *module.console.public)),
            (f"/console/{name}", module.console.pages),
        ):
            for route in each:
                (method,) = route.http_methods
                for path in sorted(route.paths):
                    if "{" in path:
                        yield method, f"{prefix}{path}", scope_of(route)


def scope_of(route: HTTPRouteHandler) -> Scope | None:
    (door,) = (guard for guard in route.guards or () if isinstance(guard, requires | Anyone))
    return door.scope if isinstance(door, requires) else None


def first_of(address: str, ends: Sequence[str]) -> str:
    """Return which of the ends the address has at its first parameter, or nothing."""
    head = address[: address.index("}") + 1]
    return max((end for end in ends if f"/{head}".endswith(end)), key=len, default="")

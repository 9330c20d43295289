"""Who looked at whose personal data: told to the person, and sealed so that it stays told."""

from backend.audit.citizens import ACCOUNT_NAV, ACCOUNT_PAGES
from backend.audit.commands import verify
from backend.audit.handlers import (
    export_access_log,
    inquire_access_log,
    list_access_log,
    prove_access,
    read_audit_checkpoint,
    read_verification,
    verify_access_log,
)
from backend.audit.jobs import MAKE_ROOM, SEAL
from backend.audit.log import SealedLog
from backend.audit.officers import NAV, PAGES
from backend.audit.personal_data import LogData
from backend.audit.scopes import EXPORT, INQUIRE
from backend.audit.settings import Settings
from backend.audit.verifications import VERIFY
from backend.kernel import Console, Module
from contracts.personal_data import AccessLog, PersonalData
from contracts.territory import AgencyRegister

module = Module(
    name="audit",
    package=__name__,
    root=(
        list_access_log,
        prove_access,
        inquire_access_log,
        export_access_log,
        verify_access_log,
        read_verification,
        read_audit_checkpoint,
    ),
    console=Console(pages=PAGES, account=ACCOUNT_PAGES, nav=(*NAV, *ACCOUNT_NAV)),
    scopes=(INQUIRE, EXPORT),
    jobs=(SEAL, MAKE_ROOM, VERIFY),
    settings=Settings,
    provides={AccessLog: SealedLog, PersonalData: LogData},
    wants=(AgencyRegister,),
    commands=(verify,),
)

"""The rights of people over their data: ask, take everything along, be forgotten."""

from backend.kernel import Console, Module
from backend.privacy.commands import replay
from backend.privacy.handlers.account import (
    ask_about_data,
    erase_account,
    export_account,
    fetch_export,
    keep_account,
    list_exports,
    list_requests,
    read_erasure,
    read_receipt,
    withdraw_request,
)
from backend.privacy.handlers.desk import (
    approve_hold,
    decide_request,
    lift_hold,
    list_holds,
    list_incidents,
    list_open_requests,
    propose_hold,
    read_request,
    record_incident,
    step_incident,
)
from backend.privacy.handlers.own_pages import ACCOUNT_NAV, ACCOUNT_PAGES
from backend.privacy.handlers.pages import CARDS, NAV, PAGES
from backend.privacy.holding import DeskHolds
from backend.privacy.jobs import EPOCHS, ERASE, FORESEE, MAKE, REPLAY, SWEEP
from backend.privacy.journal import is_replayed
from backend.privacy.merging import MERGE
from backend.privacy.personal_data import DeskData
from backend.privacy.scopes import ASK, DESK, HOLD, TAKE_OUT
from backend.privacy.settings import Settings
from contracts.calendar import WorkingCalendar
from contracts.personal_data import LegalHolds, People, PersonalData, Vault

module = Module(
    name="privacy",
    package=__name__,
    root=(
        list_requests,
        ask_about_data,
        withdraw_request,
        export_account,
        list_exports,
        fetch_export,
        erase_account,
        read_erasure,
        keep_account,
        read_receipt,
        list_open_requests,
        read_request,
        decide_request,
        list_holds,
        propose_hold,
        approve_hold,
        lift_hold,
        list_incidents,
        record_incident,
        step_incident,
    ),
    console=Console(pages=PAGES, account=ACCOUNT_PAGES, nav=(*NAV, *ACCOUNT_NAV), cards=CARDS),
    scopes=(ASK, TAKE_OUT, DESK, HOLD),
    subscriptions=(MERGE,),
    jobs=(MAKE, FORESEE, ERASE, SWEEP, REPLAY, EPOCHS),
    settings=Settings,
    provides={PersonalData: DeskData, LegalHolds: DeskHolds},
    requires=(Vault, People, WorkingCalendar, PersonalData),
    commands=(replay,),
    ready=is_replayed,
)

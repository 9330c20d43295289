"""Who is asking: signing keys, tokens bound to a device, sessions, and the way into the house."""

from backend.identity.account.pages import ACCOUNT_NAV, ACCOUNT_PAGES, ACCOUNT_ROOT
from backend.identity.account.papers import IDENTIFIERS
from backend.identity.account.phone import PHONES
from backend.identity.account.sessions import SESSIONS
from backend.identity.admin.handlers import (
    approve_proposal,
    disable_officer,
    invite_officer,
    list_officers,
    list_proposals,
    propose_areas,
    propose_enrolment,
    propose_roles,
    read_officer,
    read_proposal,
    refuse_proposal,
)
from backend.identity.admin.outsiders import (
    disable_program,
    drop_key,
    list_keys,
    list_programs,
    list_reorganisations,
    propose_program,
    propose_reorganisation,
    read_figures,
)
from backend.identity.admin.pages import NAV, PAGES
from backend.identity.admin.partner_pages import NAV as PARTNERS_NAV
from backend.identity.admin.partner_pages import PAGES as PARTNERS
from backend.identity.admin.reorganising import CARRY_OVER
from backend.identity.admin.roles import list_permissions
from backend.identity.apps import show_android_apps, show_apple_apps
from backend.identity.colleagues import Colleagues
from backend.identity.communes import LEARN_COMMUNES, keep_communes
from backend.identity.consents.handlers import CONSENTS
from backend.identity.consents.provider import Ledger
from backend.identity.console.handlers import (
    come_in,
    enrol,
    leave,
    show_console,
    show_console_door,
    show_enrolment,
    show_step_up,
    step_up,
)
from backend.identity.console.keys import add_key, remove_key, show_keys
from backend.identity.handlers import (
    read_account,
    read_authorization_server,
    read_jwks,
    read_openid_configuration,
    read_protected_resource,
)
from backend.identity.jobs import SETTLE_PHONES, SWEEP
from backend.identity.login.handlers import (
    authorize,
    cancel,
    send_code,
    show_login,
    take_code,
    take_passkey,
)
from backend.identity.login.receipts import take_receipt
from backend.identity.login.sms import SEND, FileSmsSender
from backend.identity.oauth.errors import as_oauth
from backend.identity.oauth.handlers import issue_tokens, push_request, revoke_token
from backend.identity.passkeys.account import (
    add_passkey,
    begin_passkey,
    list_passkeys,
    remove_passkey,
)
from backend.identity.people.personal_data import AccountData
from backend.identity.people.register import KeyedIndex, Register
from backend.identity.people.turning import CARRY, PEPPER, TURN, AccountIndex
from backend.identity.people.vault import SubjectVault
from backend.identity.representing import REPRESENTATIONS
from backend.identity.scopes import ADMINISTER, OVERSEE, PAPERS, PHONE, PRIVACY, READ, WARDS, WRITE
from backend.identity.secret_keys import LentKeys
from backend.identity.settings import Settings
from backend.identity.upstream.handlers import UPSTREAM
from backend.kernel import Console, Module
from contracts.identity import Consents, Officers, SmsSender
from contracts.keys import SecretKeys
from contracts.personal_data import IndexKeeper, People, PersonalData, PersonalIdIndex, Vault
from contracts.territory import AgencyRegister, CommuneRegister

module = Module(
    name="identity",
    package=__name__,
    root=(
        read_account,
        read_jwks,
        read_authorization_server,
        read_openid_configuration,
        read_protected_resource,
        push_request,
        authorize,
        issue_tokens,
        revoke_token,
        show_login,
        send_code,
        take_code,
        take_passkey,
        list_passkeys,
        begin_passkey,
        add_passkey,
        remove_passkey,
        cancel,
        take_receipt,
        *UPSTREAM,
        *CONSENTS,
        *SESSIONS,
        *PHONES,
        *IDENTIFIERS,
        *REPRESENTATIONS,
        *ACCOUNT_ROOT,
        show_enrolment,
        enrol,
        show_console_door,
        come_in,
        show_console,
        show_step_up,
        step_up,
        leave,
        show_keys,
        show_android_apps,
        show_apple_apps,
        add_key,
        remove_key,
        list_permissions,
        list_officers,
        read_officer,
        invite_officer,
        propose_roles,
        propose_areas,
        propose_enrolment,
        disable_officer,
        list_proposals,
        read_proposal,
        approve_proposal,
        refuse_proposal,
        list_programs,
        propose_program,
        disable_program,
        list_keys,
        drop_key,
        list_reorganisations,
        propose_reorganisation,
        read_figures,
    ),
    root_refusal_forms=dict.fromkeys(("/oauth/par", "/oauth/token", "/oauth/revoke"), as_oauth),
    console=Console(
        pages=(*PAGES, *PARTNERS),
        account=ACCOUNT_PAGES,
        nav=(*NAV, PARTNERS_NAV, *ACCOUNT_NAV),
    ),
    scopes=(READ, WRITE, WARDS, PAPERS, PHONE, PRIVACY, OVERSEE, ADMINISTER),
    subscriptions=(LEARN_COMMUNES,),
    jobs=(SWEEP, SETTLE_PHONES, SEND, CARRY_OVER, CARRY, TURN, PEPPER),
    settings=Settings,
    provides={
        Consents: Ledger,
        Officers: Colleagues,
        SmsSender: FileSmsSender,
        SecretKeys: LentKeys,
        Vault: SubjectVault,
        People: Register,
        PersonalIdIndex: KeyedIndex,
        IndexKeeper: AccountIndex,
        PersonalData: AccountData,
    },
    wants=(AgencyRegister, CommuneRegister),
    reference=keep_communes,
)

"""Who is asking: signing keys, tokens bound to a device, sessions, and the way into the house."""

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
from backend.identity.handlers import (
    read_account,
    read_authorization_server,
    read_jwks,
    read_openid_configuration,
    read_protected_resource,
)
from backend.identity.jobs import SWEEP
from backend.identity.login.handlers import (
    authorize,
    cancel,
    send_code,
    show_login,
    take_code,
    take_passkey,
)
from backend.identity.login.sms import SEND, FileSmsSender
from backend.identity.oauth.handlers import issue_tokens, push_request, revoke_token
from backend.identity.passkeys.account import (
    add_passkey,
    begin_passkey,
    list_passkeys,
    remove_passkey,
)
from backend.identity.people.register import KeyedIndex, Register
from backend.identity.people.vault import SubjectVault
from backend.identity.scopes import PRIVACY, READ, WARDS, WRITE
from backend.identity.secret_keys import LentKeys
from backend.identity.settings import Settings
from backend.identity.upstream.handlers import UPSTREAM
from backend.kernel import Module
from contracts.identity import Consents, SmsSender
from contracts.keys import SecretKeys
from contracts.personal_data import People, PersonalIdIndex, Vault

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
        *UPSTREAM,
        *CONSENTS,
        show_enrolment,
        enrol,
        show_console_door,
        come_in,
        show_console,
        show_step_up,
        step_up,
        leave,
    ),
    scopes=(READ, WRITE, WARDS, PRIVACY),
    jobs=(SWEEP, SEND),
    settings=Settings,
    provides={
        Consents: Ledger,
        SmsSender: FileSmsSender,
        SecretKeys: LentKeys,
        Vault: SubjectVault,
        People: Register,
        PersonalIdIndex: KeyedIndex,
    },
)

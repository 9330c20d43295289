"""Documents that anyone can verify: canonical content, signatures, a log that only grows."""

from backend.kernel import Console, Module, Nav
from contracts.demo import DemoPhones
from contracts.documents import DocumentKinds, Documents
from contracts.issuance import Bulk
from contracts.keys import DataKeys, SigningKeys
from contracts.personal_data import AccessLog, LegalHolds, People, PersonalData
from contracts.remote_signing import RemoteSigner
from contracts.sealing import Sealer
from modules.documents.commands import kit, log_signer, protection, remote_signer, verify, witness
from modules.documents.demo import SHOW_SAMPLES, SIGN_IN_TURN, SIGN_SAMPLES, Phones, seed
from modules.documents.handlers import bulk as runs
from modules.documents.handlers import console, desk
from modules.documents.handlers.own import (
    change_status,
    list_accesses,
    list_documents,
    list_revisions,
    make_paper_copy,
    read_bundle,
    read_content,
    read_document,
    read_log_proof,
    read_original,
    read_package,
    read_revision,
)
from modules.documents.handlers.own_pages import OWN_NAV, OWN_PAGES
from modules.documents.handlers.pages import show_verdict, show_verification
from modules.documents.handlers.pki import (
    ask_ocsp,
    ask_ocsp_by_address,
    ask_timestamp,
    read_crl,
)
from modules.documents.handlers.public import (
    read_anchors,
    read_checkpoint,
    read_credential_issuer,
    read_entries,
    read_evidence_records,
    read_keys,
    read_kit,
    read_status_list,
    read_tile,
    read_witnesses,
    verify_document,
    verify_documents,
    verify_file,
)
from modules.documents.handlers.share_pages import SHARE_PAGES
from modules.documents.handlers.sharing import (
    agree_to_share,
    issue_credential,
    list_credentials,
    list_shares,
    open_share,
    share_document,
    withdraw_credential,
    withdraw_share,
)
from modules.documents.handlers.signing import (
    ask_provider,
    cancel_session,
    decline_document,
    enrol_device,
    finalise_signatures,
    list_certificates,
    list_providers,
    prepare_signatures,
    prove_possession,
    read_prepared,
    read_remote_enrolment,
    read_session,
    revoke_certificate,
)
from modules.documents.handlers.signing_pages import SIGN_NAV, SIGN_PAGES
from modules.documents.handlers.trust import (
    decide_trust_change,
    list_anchors,
    list_keys,
    list_trust_changes,
    propose_trust_change,
    rotate_key,
)
from modules.documents.jobs import EXPIRE, FORGET, KNOW, PUBLISH, READ_LISTS, SEQUENCE, SIGN
from modules.documents.personal_data import SignedPapers
from modules.documents.scopes import ISSUE, READ, REVOKE, SHARE, TRUST, VERIFY
from modules.documents.scopes import SIGN as SIGNING
from modules.documents.service.bulk import Runs
from modules.documents.service.freezing import FREEZE, LOOK
from modules.documents.service.remote.enrolment import FIND_KEYS
from modules.documents.service.remote.sessions import SIGN_REMOTELY
from modules.documents.service.renewing import RENEW
from modules.documents.service.retention import FORGET_OVER
from modules.documents.service.sealing import SEAL
from modules.documents.service.seals import Seals
from modules.documents.service.tidying import CLOSE_OLDER, SWEEP
from modules.documents.service.writing import Writing
from modules.documents.settings import Settings

module = Module(
    name="documents",
    package=__name__,
    routes=(
        verify_document,
        verify_file,
        verify_documents,
        list_documents,
        read_document,
        read_content,
        read_bundle,
        read_original,
        read_package,
        make_paper_copy,
        read_log_proof,
        list_accesses,
        list_revisions,
        read_revision,
        enrol_device,
        prove_possession,
        list_providers,
        ask_provider,
        read_remote_enrolment,
        prepare_signatures,
        finalise_signatures,
        read_session,
        cancel_session,
        read_prepared,
        list_certificates,
        revoke_certificate,
        decline_document,
        change_status,
        read_status_list,
        read_checkpoint,
        read_evidence_records,
        read_tile,
        read_entries,
        read_keys,
        read_anchors,
        read_kit,
        read_witnesses,
        list_anchors,
        list_trust_changes,
        propose_trust_change,
        decide_trust_change,
        list_keys,
        rotate_key,
        share_document,
        list_shares,
        agree_to_share,
        withdraw_share,
        open_share,
        issue_credential,
        list_credentials,
        withdraw_credential,
        read_crl,
        ask_ocsp_by_address,
        ask_ocsp,
        ask_timestamp,
        *runs.ROUTES,
        *desk.ROUTES,
    ),
    root=(read_credential_issuer,),
    console=Console(
        public=(show_verification, show_verdict, *SHARE_PAGES),
        pages=console.PAGES,
        cards=console.CARDS,
        account=(*OWN_PAGES, *SIGN_PAGES),
        nav=(Nav(name="verify", path="/verify", icon="seal"), *console.NAV, OWN_NAV, SIGN_NAV),
    ),
    scopes=(READ, SIGNING, SHARE, VERIFY, REVOKE, TRUST, ISSUE),
    jobs=(
        SIGN_SAMPLES,
        SIGN_IN_TURN,
        SHOW_SAMPLES,
        LOOK,
        FREEZE,
        FIND_KEYS,
        SIGN_REMOTELY,
        SEAL,
        SEQUENCE,
        SIGN,
        KNOW,
        PUBLISH,
        EXPIRE,
        FORGET,
        FORGET_OVER,
        RENEW,
        READ_LISTS,
        CLOSE_OLDER,
        SWEEP,
    ),
    settings=Settings,
    provides={
        Documents: Writing,
        Bulk: Runs,
        Sealer: Seals,
        PersonalData: SignedPapers,
        DemoPhones: Phones,
    },
    requires=(AccessLog, DataKeys, People, SigningKeys),
    wants=(DocumentKinds, LegalHolds, RemoteSigner),
    commands=(verify, kit, log_signer, witness, protection, remote_signer),
    verbs=frozenset({"verify"}),
    seed=seed,
)

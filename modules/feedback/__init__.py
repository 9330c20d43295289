"""Citizens report what is wrong in their commune, and follow what becomes of it."""

from backend.kernel import Command, Console, Module, Nav
from contracts.agency_systems import AgencySystem
from contracts.calendar import WorkingCalendar
from contracts.files import FilePurposes, FileStore, SamplePhotos
from contracts.identity import Officers
from contracts.keys import SecretKeys
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import AccessLog, People, PersonalData, Vault
from contracts.sealing import Sealer
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.commands import (
    duplicates_eval,
    fill,
    print_manifest,
    verify,
    verify_history,
    write_reports,
)
from modules.feedback.declared import Kinds, Purposes
from modules.feedback.demo import seed
from modules.feedback.handlers.atlas import read_map_tile
from modules.feedback.handlers.blocks import ROUTES as BLOCKS
from modules.feedback.handlers.cards import CARDS
from modules.feedback.handlers.comparing import PAGES as COMPARING_PAGES
from modules.feedback.handlers.coordination import (
    contribute_work,
    hand_to_officer,
    note_concern,
    propose_question,
    release_report,
    return_report,
    take_back_report,
    transfer_work,
)
from modules.feedback.handlers.deadlines import (
    ask_extension,
    change_class,
    decide_extension,
)
from modules.feedback.handlers.desk import (
    approve_result,
    assign_report,
    claim_report,
    decline_report,
    hide_report,
    list_queue,
    read_desk_report,
    refuse_result,
)
from modules.feedback.handlers.disclosures import disclose_reporter, download_original
from modules.feedback.handlers.duplicates import (
    give_hints,
    list_similar,
    merge_report,
    unmerge_report,
)
from modules.feedback.handlers.endings import decide_reopening, rate_report, reopen_report
from modules.feedback.handlers.exports import ROUTES as EXPORTS
from modules.feedback.handlers.filing import (
    attach_photos,
    file_report,
    list_categories,
    list_own_reports,
    read_report,
    withdraw_report,
)
from modules.feedback.handlers.following import ROUTES as FOLLOWING
from modules.feedback.handlers.handovers import ROUTES as HANDOVERS
from modules.feedback.handlers.masking import decide_masks, publish_masked, show_masks
from modules.feedback.handlers.moderation import (
    change_category,
    change_point,
    mask_report,
    preview_report,
    publish_report,
    run_batch,
    seal_report,
)
from modules.feedback.handlers.officers import ROUTES as OFFICERS
from modules.feedback.handlers.open311 import (
    disable_open311_key,
    list_open311_keys,
    make_open311_key,
    post_open311,
    post_open311_test,
    read_open311,
    read_open311_item,
    read_open311_test,
    read_open311_test_item,
)
from modules.feedback.handlers.overview import show_board, show_map_page, show_statistics_page
from modules.feedback.handlers.own_pages import OWN_NAV, OWN_PAGES
from modules.feedback.handlers.pages import show_report, show_reports
from modules.feedback.handlers.public import (
    list_public_reports,
    read_public_history,
    read_public_report,
    show_public_photo,
)
from modules.feedback.handlers.questions import answer_question, ask_question
from modules.feedback.handlers.queue_pages import PAGES as QUEUE_PAGES
from modules.feedback.handlers.report_pages import PAGES as REPORT_PAGES
from modules.feedback.handlers.route_outs import list_route_outs, put_route_out
from modules.feedback.handlers.settings_pages import PAGES as SETTINGS_PAGES
from modules.feedback.handlers.settings_pages import SETTINGS_NAV
from modules.feedback.handlers.setup.categories import (
    end_category,
    list_category_versions,
    list_class_terms,
    list_setup_changes,
    read_category_versions,
    try_category,
    try_class_terms,
    try_routing,
    write_category_version,
    write_class_terms,
)
from modules.feedback.handlers.setup.wording import (
    fill_templates,
    fill_work_templates,
    list_all_reasons,
    list_reasons,
    list_report_templates,
    put_reason,
    put_report_template,
)
from modules.feedback.handlers.statistics import (
    export_desk_statistics,
    export_statistics,
    show_desk_statistics,
    show_ranking,
    show_statistics,
)
from modules.feedback.handlers.stream import hear_desk
from modules.feedback.handlers.talking import (
    count_queue,
    drop_filter,
    keep_draft,
    keep_filter,
    list_filters,
    note_at_desk,
    note_at_work,
    say_as_agency,
    say_as_desk,
    say_as_reporter,
    show_presence,
)
from modules.feedback.handlers.track_pages import TRACK_PAGES
from modules.feedback.handlers.tracking import (
    claim_tracked_report,
    forget_contact,
    read_receipt,
    read_tracked_report,
    renew_tracking_token,
)
from modules.feedback.handlers.work import (
    accept_assignment,
    give_result,
    list_work,
    plan_work,
    read_work_report,
)
from modules.feedback.handlers.work_pages import PAGES as WORK_PAGES
from modules.feedback.jobs import (
    CLOSE,
    COUNT_DAYS,
    FORGET,
    IDLE,
    LAPSE,
    MANIFEST,
    MAP,
    MAP_AGE,
    MORNING,
    SILENCE,
    SWEEP,
    UNACCEPTED,
)
from modules.feedback.model.open311 import PRODUCTION, TEST, told
from modules.feedback.reactions import (
    CONFIRM,
    FINGERPRINT,
    INHERIT,
    JOIN,
    RECEIPTS,
    RECOUNT,
    SUSPECT,
    TELL,
)
from modules.feedback.scopes import (
    CONFIGURE,
    FOLLOW,
    IDENTITY,
    ORIGINALS,
    OWN,
    TRIAGE,
    WORK,
)
from modules.feedback.service.following import COUNT
from modules.feedback.service.handovers import HAND_OVER
from modules.feedback.service.keeping import Kept
from modules.feedback.service.setup.loading import load
from modules.feedback.settings import Settings

module = Module(
    name="feedback",
    package=__name__,
    routes=(
        list_categories,
        file_report,
        list_own_reports,
        read_report,
        attach_photos,
        withdraw_report,
        read_tracked_report,
        renew_tracking_token,
        claim_tracked_report,
        forget_contact,
        read_receipt,
        list_queue,
        read_desk_report,
        claim_report,
        decline_report,
        assign_report,
        approve_result,
        refuse_result,
        publish_report,
        hide_report,
        list_work,
        read_work_report,
        accept_assignment,
        plan_work,
        give_result,
        change_class,
        ask_extension,
        decide_extension,
        ask_question,
        answer_question,
        rate_report,
        reopen_report,
        decide_reopening,
        release_report,
        take_back_report,
        note_concern,
        return_report,
        hand_to_officer,
        transfer_work,
        propose_question,
        contribute_work,
        disclose_reporter,
        download_original,
        list_route_outs,
        put_route_out,
        list_category_versions,
        read_category_versions,
        write_category_version,
        end_category,
        try_category,
        list_class_terms,
        write_class_terms,
        try_class_terms,
        try_routing,
        list_setup_changes,
        list_reasons,
        list_all_reasons,
        put_reason,
        list_report_templates,
        put_report_template,
        fill_templates,
        fill_work_templates,
        show_statistics,
        export_statistics,
        export_desk_statistics,
        show_ranking,
        show_desk_statistics,
        mask_report,
        preview_report,
        seal_report,
        change_category,
        change_point,
        run_batch,
        count_queue,
        hear_desk,
        list_filters,
        keep_filter,
        drop_filter,
        keep_draft,
        show_presence,
        note_at_desk,
        note_at_work,
        say_as_desk,
        say_as_agency,
        say_as_reporter,
        give_hints,
        list_similar,
        merge_report,
        unmerge_report,
        list_public_reports,
        read_public_history,
        read_map_tile,
        *EXPORTS,
        read_public_report,
        show_public_photo,
        *FOLLOWING,
        disable_open311_key,
        list_open311_keys,
        make_open311_key,
        post_open311,
        post_open311_test,
        read_open311,
        read_open311_item,
        read_open311_test,
        read_open311_test_item,
        *OFFICERS,
        *BLOCKS,
        *HANDOVERS,
    ),
    refusal_forms={PRODUCTION: told, TEST: told},
    scopes=(OWN, FOLLOW, TRIAGE, WORK, CONFIGURE, IDENTITY, ORIGINALS),
    console=Console(
        public=(
            show_reports,
            show_report,
            show_map_page,
            show_statistics_page,
            *TRACK_PAGES,
        ),
        pages=(
            *QUEUE_PAGES,
            show_board,
            *REPORT_PAGES,
            show_masks,
            decide_masks,
            publish_masked,
            *COMPARING_PAGES,
            *WORK_PAGES,
            *SETTINGS_PAGES,
        ),
        account=OWN_PAGES,
        nav=(
            Nav(name="reports", path="/reports", icon="pin"),
            Nav(name="map", path="/map", icon="map"),
            Nav(name="statistics", path="/statistics", icon="chart"),
            Nav(name="queue", path="/console/feedback", scope=TRIAGE, key="q", icon="inbox"),
            Nav(name="board", path="/console/feedback/board", scope=TRIAGE, key="b", icon="board"),
            *SETTINGS_NAV,
            OWN_NAV,
            Nav(name="work", path="/console/feedback/work", scope=WORK, key="w", icon="tools"),
        ),
        cards=CARDS,
        commands=(
            Command(
                name="report",
                pattern="PA-[2346789CDFGHJKMNPQRTVWX]{6}",
                path="/console/feedback/find?code=",
                scope=TRIAGE,
            ),
        ),
    ),
    subscriptions=(CONFIRM, *FINGERPRINT, INHERIT, RECOUNT, SUSPECT, *JOIN, *TELL, *RECEIPTS),
    jobs=(
        SWEEP,
        SILENCE,
        UNACCEPTED,
        IDLE,
        LAPSE,
        CLOSE,
        COUNT,
        MORNING,
        MAP,
        MAP_AGE,
        FORGET,
        MANIFEST,
        COUNT_DAYS,
        HAND_OVER,
    ),
    settings=Settings,
    provides={FilePurposes: Purposes, NotificationKinds: Kinds, PersonalData: Kept},
    requires=(
        CommuneRegister,
        AgencyRegister,
        FileStore,
        WorkingCalendar,
        SecretKeys,
        Vault,
        People,
        AccessLog,
        Officers,
        AgencySystem,
    ),
    wants=(SamplePhotos, Notifier, Sealer),
    reference=load,
    seed=seed,
    amounts={"reports": write_reports},
    commands=(verify_history, verify, print_manifest, duplicates_eval, fill),
)

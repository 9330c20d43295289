"""Which procedure, what papers, how long, how much, where: found in everyday words."""

from backend.kernel import Console, Module, Nav
from contracts.calendar import WorkingCalendar
from contracts.keys import SecretKeys
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import AccessLog, IndexKeeper, PersonalData, PersonalIdIndex
from modules.public_services.commands.evaluation import evaluate_search
from modules.public_services.commands.imports import import_procedures
from modules.public_services.commands.provinces import import_province
from modules.public_services.commands.simulation import simulate_dossiers
from modules.public_services.declared import Kinds
from modules.public_services.demo import seed
from modules.public_services.handlers.answers import ROUTES as ANSWERS
from modules.public_services.handlers.asking import ROUTES as ASKING
from modules.public_services.handlers.catalogue import (
    compare_versions,
    list_fields,
    list_procedures,
    list_versions,
    read_procedure,
    read_version,
)
from modules.public_services.handlers.connector import take_delivery
from modules.public_services.handlers.desk import ROUTES as THE_DESK
from modules.public_services.handlers.dossiers import (
    list_dossier_events,
    list_own_dossiers,
    look_up_dossier,
    read_own_dossier,
)
from modules.public_services.handlers.editing import write_citizen_text, write_profile
from modules.public_services.handlers.exports import ROUTES as EXPORTS
from modules.public_services.handlers.forms import ROUTES as FORMS
from modules.public_services.handlers.imports import (
    apply_import,
    bring_file,
    list_findings,
    list_planned_changes,
    read_import,
    withdraw_import,
)
from modules.public_services.handlers.life_events import (
    list_life_events,
    plan_life_event,
    read_life_event,
    write_life_event,
)
from modules.public_services.handlers.mine import (
    drop_favourite,
    keep_favourite,
    list_favourites,
    list_watches,
    rate_dossier,
    unwatch_dossier,
    watch_dossier,
)
from modules.public_services.handlers.offline import list_changes, read_snapshot
from modules.public_services.handlers.pages import show_procedure, show_search
from modules.public_services.handlers.search import search_procedures, suggest_procedures
from modules.public_services.reactions import TELL_WATCHERS
from modules.public_services.scopes import (
    CONNECTOR,
    DESK,
    EDIT,
    FAVOURITES,
    OWN_DOSSIERS,
    PUBLISH,
)
from modules.public_services.service.answers import SUM_UP
from modules.public_services.service.forgetting import PRUNE
from modules.public_services.service.indexing import REBUILD, TURN
from modules.public_services.service.personal_data import PeoplesRows
from modules.public_services.service.pulling import PULL, REFRESH
from modules.public_services.service.turning import OwnerIndex
from modules.public_services.service.work import READ_IMPORT
from modules.public_services.settings import Settings

module = Module(
    name="public_services",
    package=__name__,
    routes=(
        search_procedures,
        suggest_procedures,
        list_procedures,
        list_fields,
        read_procedure,
        list_versions,
        read_version,
        compare_versions,
        list_life_events,
        read_life_event,
        plan_life_event,
        write_life_event,
        list_changes,
        read_snapshot,
        write_citizen_text,
        write_profile,
        bring_file,
        read_import,
        list_findings,
        list_planned_changes,
        apply_import,
        withdraw_import,
        look_up_dossier,
        list_own_dossiers,
        read_own_dossier,
        list_dossier_events,
        rate_dossier,
        list_watches,
        watch_dossier,
        unwatch_dossier,
        list_favourites,
        keep_favourite,
        drop_favourite,
        take_delivery,
        *EXPORTS,
        *ANSWERS,
        *ASKING,
        *FORMS,
        *THE_DESK,
    ),
    console=Console(
        public=(show_search, show_procedure), nav=(Nav(name="procedures", path="/procedures"),)
    ),
    scopes=(EDIT, PUBLISH, OWN_DOSSIERS, FAVOURITES, DESK, CONNECTOR),
    jobs=(READ_IMPORT, REBUILD, TURN, PULL, REFRESH, PRUNE, SUM_UP),
    settings=Settings,
    subscriptions=(TELL_WATCHERS,),
    provides={PersonalData: PeoplesRows, IndexKeeper: OwnerIndex, NotificationKinds: Kinds},
    requires=(AccessLog, SecretKeys, PersonalIdIndex, WorkingCalendar),
    wants=(Notifier,),
    commands=(import_procedures, import_province, evaluate_search, simulate_dossiers),
    seed=seed,
)

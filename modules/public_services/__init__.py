"""Which procedure, what papers, how long, how much, where: found in everyday words."""

from backend.kernel import Card, Console, Module, Nav
from contracts.calendar import WorkingCalendar
from contracts.keys import SecretKeys
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import AccessLog, IndexKeeper, PersonalData, PersonalIdIndex
from contracts.territory import CommuneRegister
from modules.public_services.commands.evaluation import evaluate_search
from modules.public_services.commands.imports import import_procedures
from modules.public_services.commands.provinces import import_province
from modules.public_services.commands.simulation import simulate_dossiers
from modules.public_services.declared import Kinds
from modules.public_services.demo import seed
from modules.public_services.handlers.asking import ROUTES as ASKING
from modules.public_services.handlers.catalogue import ROUTES as CATALOGUE
from modules.public_services.handlers.connector import ROUTES as CONNECTING
from modules.public_services.handlers.console import PAGES as CONSOLE_PAGES
from modules.public_services.handlers.console.parts import CONSOLE
from modules.public_services.handlers.decisions import ROUTES as DECISIONS
from modules.public_services.handlers.desk import ROUTES as THE_DESK
from modules.public_services.handlers.dossiers import ROUTES as DOSSIERS
from modules.public_services.handlers.editing import ROUTES as EDITING
from modules.public_services.handlers.exports import ROUTES as EXPORTS
from modules.public_services.handlers.forms import ROUTES as FORMS
from modules.public_services.handlers.imports import ROUTES as IMPORTS
from modules.public_services.handlers.life_events import ROUTES as LIFE_EVENTS
from modules.public_services.handlers.mine import ROUTES as MINE
from modules.public_services.handlers.offices import ROUTES as OFFICES
from modules.public_services.handlers.offline import ROUTES as OFFLINE
from modules.public_services.handlers.pages import PAGES
from modules.public_services.handlers.search import ROUTES as SEARCHING
from modules.public_services.handlers.sums import ROUTES as SUMS
from modules.public_services.reactions import TELL_WATCHERS
from modules.public_services.scopes import (
    CONNECTOR,
    DESK,
    EDIT,
    FAVOURITES,
    OWN_DOSSIERS,
    PUBLISH,
    REVIEW,
)
from modules.public_services.service.fetching import FETCH_FORMS
from modules.public_services.service.forgetting import PRUNE
from modules.public_services.service.freshness import lags
from modules.public_services.service.imports import ready_count
from modules.public_services.service.indexing import REBUILD, TURN
from modules.public_services.service.personal_data import PeoplesRows
from modules.public_services.service.pulling import PULL, REFRESH
from modules.public_services.service.sums import SUM_UP
from modules.public_services.service.turning import OwnerIndex
from modules.public_services.service.work import READ_IMPORT
from modules.public_services.settings import Settings

module = Module(
    name="public_services",
    package=__name__,
    routes=(
        *SEARCHING,
        *CATALOGUE,
        *LIFE_EVENTS,
        *OFFLINE,
        *EXPORTS,
        *DECISIONS,
        *OFFICES,
        *SUMS,
        *FORMS,
        *DOSSIERS,
        *MINE,
        *ASKING,
        *EDITING,
        *IMPORTS,
        *THE_DESK,
        *CONNECTING,
    ),
    console=Console(
        public=PAGES,
        pages=CONSOLE_PAGES,
        nav=(
            Nav(name="procedures", path="/procedures", icon="search"),
            Nav(name="freshness", path=CONSOLE, scope=REVIEW, icon="eye"),
            Nav(name="imports", path=f"{CONSOLE}/imports", scope=REVIEW, icon="inbox"),
            Nav(name="terms", path=f"{CONSOLE}/terms", scope=EDIT, icon="search"),
            Nav(name="events", path=f"{CONSOLE}/life-events", scope=EDIT, icon="people"),
            Nav(name="connectors", path=f"{CONSOLE}/connectors", scope=CONNECTOR, icon="tools"),
        ),
        cards=(Card(name="imports", path=f"{CONSOLE}/imports", scope=PUBLISH, load=ready_count),),
    ),
    scopes=(EDIT, REVIEW, PUBLISH, OWN_DOSSIERS, FAVOURITES, DESK, CONNECTOR),
    behind=lags,
    jobs=(READ_IMPORT, REBUILD, TURN, PULL, REFRESH, PRUNE, SUM_UP, FETCH_FORMS),
    settings=Settings,
    subscriptions=(TELL_WATCHERS,),
    provides={PersonalData: PeoplesRows, IndexKeeper: OwnerIndex, NotificationKinds: Kinds},
    requires=(AccessLog, SecretKeys, PersonalIdIndex, WorkingCalendar),
    wants=(Notifier, CommuneRegister),
    commands=(import_procedures, import_province, evaluate_search, simulate_dossiers),
    seed=seed,
)

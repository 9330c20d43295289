"""Labour contracts, signed by both sides (Labour Code 2019, Decree 337/2025/NĐ-CP).

A licensed eContract provider certifies and the platform numbers them after signing, in rows of
their own: no signed byte ever changes. One that nobody has certified is a pilot's, and says so.
"""

from backend.kernel import Module
from contracts.documents import DocumentKinds, Documents
from contracts.econtract import EContractProvider
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import PersonalData
from modules.labour_contracts.demo import seed
from modules.labour_contracts.handlers import contracts, providers
from modules.labour_contracts.handlers.console import CONSOLE
from modules.labour_contracts.model.contract import LabourContract
from modules.labour_contracts.model.sides import SIDES
from modules.labour_contracts.personal_data import ContractsOfPeople
from modules.labour_contracts.reactions import BEGIN
from modules.labour_contracts.scopes import DRAFT, PROVIDER, WATCH
from modules.labour_contracts.service.handovers import ALARM, HAND_OVER, Kinds
from modules.labour_contracts.service.providers import SETTLE
from modules.labour_contracts.settings import Settings

module = Module(
    name="labour_contracts",
    package=__name__,
    routes=(*contracts.ROUTES, *providers.ROUTES),
    console=CONSOLE,
    scopes=(DRAFT, PROVIDER, WATCH),
    settings=Settings,
    subscriptions=(BEGIN,),
    jobs=(SETTLE, HAND_OVER, ALARM),
    provides={
        DocumentKinds: lambda _: (LabourContract(), *SIDES),
        PersonalData: ContractsOfPeople,
        NotificationKinds: Kinds,
    },
    requires=(Documents,),
    wants=(EContractProvider, Notifier),
    seed=seed,
)

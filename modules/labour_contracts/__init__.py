"""Labour contracts, signed by both sides (Labour Code 2019, Decree 337/2025/NĐ-CP).

A licensed eContract provider certifies and the platform numbers them after signing, in rows of
their own: no signed byte ever changes. One that nobody has certified is a pilot's, and says so.
"""

from backend.kernel import Module
from contracts.documents import DocumentKinds, Documents
from contracts.personal_data import PersonalData
from modules.labour_contracts.demo import seed
from modules.labour_contracts.handlers import ROUTES
from modules.labour_contracts.model.contract import LabourContract
from modules.labour_contracts.model.sides import SIDES
from modules.labour_contracts.personal_data import ContractsOfPeople
from modules.labour_contracts.reactions import BEGIN
from modules.labour_contracts.scopes import DRAFT, PROVIDER
from modules.labour_contracts.service.providers import SETTLE

module = Module(
    name="labour_contracts",
    package=__name__,
    routes=ROUTES,
    scopes=(DRAFT, PROVIDER),
    subscriptions=(BEGIN,),
    jobs=(SETTLE,),
    provides={
        DocumentKinds: lambda _: (LabourContract(), *SIDES),
        PersonalData: ContractsOfPeople,
    },
    requires=(Documents,),
    seed=seed,
)

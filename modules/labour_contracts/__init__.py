"""Labour contracts, signed by both sides (Labour Code 2019, Decree 337/2025/NĐ-CP).

Without a licensed eContract provider's certification, of which there is none here yet, such a
contract is a pilot's.
"""

from backend.kernel import Module
from contracts.documents import DocumentKinds, Documents
from modules.labour_contracts.demo import seed
from modules.labour_contracts.handlers import draft_contract, rewrite_contract, submit_contract
from modules.labour_contracts.model import LabourContract
from modules.labour_contracts.scopes import DRAFT

module = Module(
    name="labour_contracts",
    package=__name__,
    routes=(draft_contract, rewrite_contract, submit_contract),
    scopes=(DRAFT,),
    provides={DocumentKinds: lambda _: (LabourContract(),)},
    requires=(Documents,),
    seed=seed,
)

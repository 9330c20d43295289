"""Pages for registrars, who watch what is signed and stop it, and for those who keep the trust.

Each button calls the service that its twin under `/v1` calls. Nothing needs a script.
"""

from typing import Final

from backend.kernel import Card
from modules.documents.handlers.console.papers import NAV as PAPERS_NAV
from modules.documents.handlers.console.papers import PAGES as PAPERS
from modules.documents.handlers.console.parts import CONSOLE
from modules.documents.handlers.console.runs import PAGES as RUNS
from modules.documents.handlers.console.trust import NAV as TRUST_NAV
from modules.documents.handlers.console.trust import PAGES as TRUST
from modules.documents.scopes import ISSUE
from modules.documents.scopes import TRUST as TRUSTED
from modules.documents.service import desk

CARDS: Final = (
    Card(name="signing", path=CONSOLE, scope=ISSUE, load=desk.waiting_count),
    Card(name="trust", path=f"{CONSOLE}/trust", scope=TRUSTED, load=desk.undecided_count),
)
NAV: Final = (PAPERS_NAV, *TRUST_NAV)
PAGES: Final = (*PAPERS, *RUNS, *TRUST)

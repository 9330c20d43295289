"""Pages for registrars, who watch what is signed and stop it, and for those who keep the trust.

Each button calls the service that its twin under `/v1` calls. Nothing needs a script.
"""

from typing import Final

from modules.documents.handlers.console.papers import NAV as PAPERS_NAV
from modules.documents.handlers.console.papers import PAGES as PAPERS
from modules.documents.handlers.console.runs import PAGES as RUNS
from modules.documents.handlers.console.trust import NAV as TRUST_NAV
from modules.documents.handlers.console.trust import PAGES as TRUST

NAV: Final = (PAPERS_NAV, *TRUST_NAV)
PAGES: Final = (*PAPERS, *RUNS, *TRUST)

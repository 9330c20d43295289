"""Pages for those who keep the catalogue: files, words, life events, and how fresh it all is.

Each button calls the service that its twin under `/v1` calls. Nothing needs a script.
"""

from typing import Final

from modules.public_services.handlers.console.events import PAGES as EVENTS
from modules.public_services.handlers.console.files import PAGES as FILES
from modules.public_services.handlers.console.freshness import PAGES as FRESHNESS
from modules.public_services.handlers.console.texts import PAGES as TEXTS
from modules.public_services.handlers.console.words import PAGES as WORDS

PAGES: Final = (*FRESHNESS, *FILES, *WORDS, *EVENTS, *TEXTS)

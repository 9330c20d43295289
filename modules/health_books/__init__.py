"""Health books (sổ sức khỏe điện tử): visits signed by doctor and facility.

What is sensitive leaves with a consent of its own (Law 91/2025/QH15) or not at all (Law
64/2006/QH11).
"""

from backend.kernel import Module
from contracts.documents import DocumentKinds, Documents
from contracts.keys import DataKeys, SigningKeys
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import AccessLog, People, PersonalData
from modules.health_books.demo import SUM_UP_SAMPLE, seed
from modules.health_books.handlers import exchange, own, visits
from modules.health_books.model.book import BOOK
from modules.health_books.model.checkup import CHECKUP
from modules.health_books.model.kinds import OPEN, RESTRICTED
from modules.health_books.personal_data import HealthBooks
from modules.health_books.reactions import SHOW
from modules.health_books.scopes import IMPORT, PARTNER, READ, SENDERS, TREAT
from modules.health_books.service.closing import CLOSE_OLDER
from modules.health_books.service.emergencies import Kinds
from modules.health_books.service.importing import FILE
from modules.health_books.service.summing import SUM_UP

module = Module(
    name="health_books",
    package=__name__,
    routes=(*visits.ROUTES, *exchange.ROUTES, *own.ROUTES),
    scopes=(TREAT, READ, PARTNER, IMPORT, SENDERS),
    subscriptions=(SHOW,),
    provides={
        DocumentKinds: lambda _: (OPEN, RESTRICTED, CHECKUP, BOOK),
        NotificationKinds: Kinds,
        PersonalData: HealthBooks,
    },
    jobs=(CLOSE_OLDER, FILE, SUM_UP, SUM_UP_SAMPLE),
    requires=(Documents, AccessLog, DataKeys, People, SigningKeys),
    wants=(Notifier,),
    seed=seed,
)

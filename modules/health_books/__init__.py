"""Health books (sổ sức khỏe điện tử): visits signed by doctor and facility.

What is sensitive leaves with a consent of its own (Law 91/2025/QH15) or not at all (Law
64/2006/QH11).
"""

from backend.kernel import Module
from contracts.documents import DocumentKinds, Documents
from contracts.keys import DataKeys
from contracts.notifications import NotificationKinds, Notifier
from contracts.personal_data import AccessLog, PersonalData
from modules.health_books.demo import seed
from modules.health_books.handlers import (
    break_glass,
    export_consented,
    export_own,
    file_visit,
    list_openings,
    list_visits,
    read_opened,
)
from modules.health_books.model.kinds import OPEN, RESTRICTED
from modules.health_books.personal_data import HealthBooks
from modules.health_books.reactions import SHOW
from modules.health_books.scopes import PARTNER, READ, TREAT
from modules.health_books.service.closing import CLOSE_OLDER
from modules.health_books.service.emergencies import Kinds

module = Module(
    name="health_books",
    package=__name__,
    routes=(
        file_visit,
        list_visits,
        export_own,
        export_consented,
        break_glass,
        read_opened,
        list_openings,
    ),
    scopes=(TREAT, READ, PARTNER),
    subscriptions=(SHOW,),
    provides={
        DocumentKinds: lambda _: (OPEN, RESTRICTED),
        NotificationKinds: Kinds,
        PersonalData: HealthBooks,
    },
    jobs=(CLOSE_OLDER,),
    requires=(Documents, AccessLog, DataKeys),
    wants=(Notifier,),
    seed=seed,
)

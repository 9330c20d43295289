"""School records (học bạ số), signed by teacher, principal and school.

Thông tư 22/2021 and 27/2020/TT-BGDĐT say what a year comes to; the house reckons it again.
"""

from backend.kernel import Module
from contracts.demo import DemoPhones
from contracts.documents import DocumentKinds, Documents
from contracts.issuance import Bulk
from contracts.keys import DataKeys
from contracts.personal_data import AccessLog, PersonalData
from modules.transcripts.demo import CORRECT_CLASS, HAND_IN_CLASS, SIGN_CLASS, seed
from modules.transcripts.handlers import (
    confirm_class,
    confirm_subjects,
    import_records,
    issue_record,
    issue_whole,
    issue_year,
    list_records,
    read_record,
    read_run,
    write_class,
    write_record,
)
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.model.whole import WholeTranscript
from modules.transcripts.personal_data import PupilsRecords
from modules.transcripts.reactions import NUMBER
from modules.transcripts.scopes import CONFIRM, ENTER, ISSUE, READ
from modules.transcripts.service.closing import CLOSE_OLDER
from modules.transcripts.service.years import GATHER

module = Module(
    name="transcripts",
    package=__name__,
    routes=(
        write_record,
        list_records,
        read_record,
        confirm_subjects,
        issue_record,
        issue_whole,
        write_class,
        import_records,
        confirm_class,
        issue_year,
        read_run,
    ),
    scopes=(ENTER, CONFIRM, ISSUE, READ),
    provides={
        DocumentKinds: lambda _: (SchoolRecord(), WholeTranscript()),
        PersonalData: PupilsRecords,
    },
    requires=(Documents, Bulk, AccessLog, DataKeys, DemoPhones),
    subscriptions=(NUMBER,),
    jobs=(GATHER, CLOSE_OLDER, HAND_IN_CLASS, CORRECT_CLASS, SIGN_CLASS),
    seed=seed,
)

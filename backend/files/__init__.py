"""Photos of people: received, cleaned of all but their pixels, kept, shown by signed links."""

from backend.files.handlers import open_link, read_sent_photo, send_photo
from backend.files.jobs import DESTROY, DROP_ORIGINALS, EXPIRE, ORPHANS
from backend.files.looking import SCAN
from backend.files.personal_data import SentFiles
from backend.files.samples import Samples
from backend.files.scopes import UPLOAD
from backend.files.settings import Settings
from backend.files.store import Files
from backend.files.tus import begin_upload, continue_upload, end_upload, read_upload
from backend.files.uploads import ADMIT, DISCARD, EXPIRE_UPLOADS
from backend.kernel import Module
from contracts.files import FilePurposes, FileStore, SamplePhotos
from contracts.keys import SecretKeys
from contracts.personal_data import PersonalData

module = Module(
    name="files",
    package=__name__,
    routes=(
        send_photo,
        read_sent_photo,
        begin_upload,
        read_upload,
        continue_upload,
        end_upload,
    ),
    root=(open_link,),
    scopes=(UPLOAD,),
    jobs=(DESTROY, DROP_ORIGINALS, EXPIRE, ORPHANS, SCAN, ADMIT, DISCARD, EXPIRE_UPLOADS),
    settings=Settings,
    provides={FileStore: Files, SamplePhotos: Samples, PersonalData: SentFiles},
    requires=(FilePurposes, SecretKeys),
)

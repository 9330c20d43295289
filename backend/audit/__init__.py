"""Who looked at whose personal data: told to the person, and sealed so that it stays told."""

from backend.audit.log import SealedLog
from backend.kernel import Module
from contracts.personal_data import AccessLog

module = Module(name="audit", package=__name__, provides={AccessLog: SealedLog})

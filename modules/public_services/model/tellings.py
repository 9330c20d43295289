"""What people are told of their dossiers."""

from collections.abc import Mapping
from typing import Final

from contracts.notifications import NotificationKind
from modules.public_services.model.dossiers import Status

MOVED: Final = NotificationKind(
    name="public_services.dossier-moved", topic="dossiers", values=("code", "status")
)
WAITS: Final = NotificationKind(
    name="public_services.dossier-waits",
    topic="dossiers",
    values=("code", "status"),
    is_pressing=True,
)
KINDS: Final = (MOVED, WAITS)

FOR_THE_CITIZEN: Final = frozenset({Status.PAPERS_WANTED, Status.PAYMENT_WANTED})
"""States in which it is the citizen's turn, and the clock of the authority stands."""

LABELS: Final[Mapping[Status, Mapping[str, str]]] = {
    Status.REGISTERED: {"vi": "mới đăng ký", "en": "newly registered"},
    Status.RECEIVED: {"vi": "được tiếp nhận", "en": "received"},
    Status.REFUSED: {"vi": "không được tiếp nhận", "en": "not accepted"},
    Status.PROCESSING: {"vi": "đang xử lý", "en": "being processed"},
    Status.PAPERS_WANTED: {"vi": "yêu cầu bổ sung giấy tờ", "en": "waiting for papers"},
    Status.PAYMENT_WANTED: {
        "vi": "yêu cầu thực hiện nghĩa vụ tài chính",
        "en": "waiting for payment",
    },
    Status.WITHDRAWN: {"vi": "công dân yêu cầu rút hồ sơ", "en": "withdrawn"},
    Status.SUSPENDED: {"vi": "dừng xử lý", "en": "suspended"},
    Status.FINISHED: {"vi": "đã xử lý xong", "en": "finished"},
    Status.RETURNED: {"vi": "đã trả kết quả", "en": "handed over"},
}
"""The national list of states, in words."""

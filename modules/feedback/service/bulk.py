"""Many reports at once, to measure with."""

from collections.abc import Sequence
from hashlib import md5
from typing import Final
from uuid import UUID

from backend.kernel import Transaction, folded
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.places import decimals
from modules.feedback.repository import bulk as repository
from modules.feedback.service import atlas, categories, statistics

AT_ONCE: Final = 5_000
_COMMUNES: Final = 166
"""As many as the province has; all but the two of the demo have invented codes."""
_SENTENCES: Final = (
    "Ổ gà sâu giữa đường, trời mưa đọng nước không thấy, xe máy rất dễ ngã.",
    "Đèn đường hỏng cả tuần nay, buổi tối đi lại rất nguy hiểm.",
    "Rác đổ trộm ven kênh, bốc mùi hôi, ruồi muỗi nhiều.",
    "Nắp cống vỡ trước cổng trường tiểu học, các cháu hay chạy qua.",
    "Cây đổ chắn ngang ngõ sau cơn bão, chưa ai dọn.",
    "Hàng quán lấn chiếm vỉa hè, người đi bộ phải xuống lòng đường.",
    "Hát karaoke quá giờ, cả xóm không ngủ được.",
    "Nước sinh hoạt đục và có mùi lạ từ hôm qua.",
    "Biển báo giao thông bị che khuất bởi cành cây.",
    "Cột điện nghiêng, dây võng xuống thấp, sợ chập cháy.",
    "Xe tải chở đất rơi vãi dọc tuyến tỉnh lộ.",
    "Ngập úng sau mỗi trận mưa vì cống thoát nước tắc.",
)


async def write(tx: Transaction, first: int, last: int, of: int) -> int:
    """Write reports `first` to `last` of so many, where they are not there; return how many."""
    shown = [version for version in await categories.versions_open(tx) if version.publishable]
    communes, agencies = places()
    batch = repository.Batch(
        first=first,
        last=last,
        of=of,
        now=tx.now,
        communes=communes,
        agencies=agencies,
        categories=[version.code for version in shown],
        versions=[version.number for version in shown],
        groups=[version.group_code for version in shown],
        decimals=[decimals(version.precision) for version in shown],
        sentences=_SENTENCES,
        folded=[folded(sentence) for sentence in _SENTENCES],
    )
    return await repository.write(tx, batch)


def places() -> tuple[Sequence[str], Sequence[UUID]]:
    """Return the communes that reports are spread over, and the agency of each."""
    communes = [HAC_THANH, SAM_SON, *(str(70_000 + n) for n in range(_COMMUNES - 2))]
    return communes, [agency_of(HAC_THANH), agency_of(SAM_SON), *map(_agency, communes[2:])]


def _agency(commune_code: str) -> UUID:
    return UUID(bytes=md5(commune_code.encode(), usedforsecurity=False).digest())


async def map_out(tx: Transaction) -> None:
    """Bring the map up to what was written."""
    await atlas.count(tx)


async def count(tx: Transaction) -> None:
    """Bring the statistics up to what was written: three years, sixty days at a time."""
    for _ in range(30):
        await statistics.count(tx)

"""Reports of a demo province, told as they would happen: filed, taken in hand, mended, refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from backend.kernel import Photos, Principal, Transaction
from contracts.demo import HAC_THANH, PROVINCE, SAM_SON, agency_of, demo_id
from contracts.files import FileStore, SamplePhotos, SampleSubject
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.model.machines import PublicationState
from modules.feedback.model.moderation import LookedAt, Masks
from modules.feedback.model.places import Place
from modules.feedback.model.reports import (
    Declination,
    Destination,
    Filing,
    Plan,
    Report,
    Result,
    Wish,
)
from modules.feedback.model.senders import Sender
from modules.feedback.repository import reports
from modules.feedback.service import desk, filing, moderation, reading, statistics, work

Part = Literal["claim", "publish", "assign", "accept", "plan", "finish", "approve", "decline"]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What one demo citizen reported, some days ago, and what has become of it since."""

    who: str
    category: str
    text: str
    commune: str
    lat: float
    lon: float
    days_ago: int
    subject: SampleSubject | None = None
    wish: Wish = "public"
    parts: Sequence[Part] = ()
    said: str = ""
    """What the desk or the agency said in the end."""


_MENDED: Final[Sequence[Part]] = (
    "claim",
    "publish",
    "assign",
    "accept",
    "plan",
    "finish",
    "approve",
    "publish",
)

STORIES: Final[Sequence[Story]] = (
    Story(
        who="citizen",
        category="roads",
        text="Ổ gà sâu giữa đường Lê Lợi, trời mưa đọng nước không thấy, xe máy rất dễ ngã.",
        commune=HAC_THANH,
        lat=19.80671,
        lon=105.78523,
        days_ago=9,
        subject="pothole",
        parts=_MENDED,
        said="Đã vá ổ gà bằng bê tông nhựa nóng, lu lèn và kẻ lại vạch sơn.",
    ),
    Story(
        who="citizen-verified",
        category="street-lighting",
        text="Dãy đèn đường Trần Phú tắt ba đêm liền, đoạn qua cổng trường tối om.",
        commune=HAC_THANH,
        lat=19.80442,
        lon=105.77781,
        days_ago=6,
        subject="lamp",
        parts=("claim", "publish", "assign", "accept", "plan"),
    ),
    Story(
        who="citizen-parent",
        category="waste",
        text="Rác sinh hoạt đổ trộm ngay lối xuống bãi biển, bốc mùi và bay ra đường.",
        commune=SAM_SON,
        lat=19.73361,
        lon=105.90218,
        days_ago=5,
        subject="rubbish",
        parts=("claim", "publish", "assign"),
    ),
    Story(
        who="citizen",
        category="noise",
        text="Loa kẹo kéo hát đến quá nửa đêm ở khu dân cư, nhà có người già và trẻ nhỏ.",
        commune=HAC_THANH,
        lat=19.81193,
        lon=105.78014,
        days_ago=4,
        parts=("claim", "assign", "accept", "finish"),
        said="Đã nhắc nhở chủ loa, lập biên bản và yêu cầu cam kết không tái phạm.",
    ),
    Story(
        who="citizen-verified",
        category="trees",
        text="Cành phượng già khô, nứt ở gốc, treo ngay trên vỉa hè trước bến xe buýt.",
        commune=SAM_SON,
        lat=19.74102,
        lon=105.89877,
        days_ago=2,
        parts=("claim",),
    ),
    Story(
        who="citizen-parent",
        category="traffic-signs",
        text="Đèn tín hiệu ở ngã tư chớp vàng suốt cả ngày, giờ tan trường xe đi rất lộn xộn.",
        commune=HAC_THANH,
        lat=19.79514,
        lon=105.77238,
        days_ago=3,
        parts=("claim", "decline"),
        said="Đèn được đặt chế độ chớp vàng trong đợt thi công nút giao, đến hết tháng này.",
    ),
    Story(
        who="citizen",
        category="officials",
        text="Nộp hồ sơ đã quá hẹn một tuần mà chưa được trả lời, gọi điện không ai nghe máy.",
        commune=HAC_THANH,
        lat=19.80705,
        lon=105.77604,
        days_ago=1,
        wish="not_public",
        parts=("claim",),
    ),
    Story(
        who="citizen-verified",
        category="water-and-drainage",
        text="Nắp cống bị mất đã hai hôm, chỉ có cành cây cắm làm hiệu, rất nguy hiểm ban đêm.",
        commune=HAC_THANH,
        lat=19.80218,
        lon=105.78266,
        days_ago=0,
        subject="pothole",
    ),
)

MARK: Final = " (Phản ánh mẫu.)"
"""Ends the text of every demo report, so that nobody takes it for a real one."""

_OF_DESK: Final = frozenset({"claim", "publish", "assign", "approve", "decline"})
_OFFICERS: Final[Mapping[str, str]] = {HAC_THANH: "officer", SAM_SON: "officer-sam-son"}
_MODERATOR: Final = Principal(
    kind="staff",
    staff_id=demo_id("staff", "moderator"),
    roles=frozenset({"moderator"}),
    agency_id=agency_of(PROVINCE),
    agencies=frozenset({agency_of(PROVINCE)}),
    areas=frozenset(_OFFICERS),
)


async def seed(tx: Transaction) -> None:
    """Tell every story that has not been told yet, through the services that requests use."""
    house, now = tx.principal, tx.now
    for number, story in enumerate(STORIES, start=1):
        await _tell(
            tx, house, story, f"demo-{number}", now - timedelta(days=story.days_ago, hours=6)
        )
    _become(tx, house, now)
    await statistics.count_anew(tx)


async def _tell(tx: Transaction, house: Principal, story: Story, key: str, at: datetime) -> None:
    # As the house: who looks up the name of somebody else leaves a line, and the database asks for
    # it, for it knows nothing of a citizen here.
    _become(tx, house, at)
    sender = Sender(origin="account", person_id=demo_id("person", story.who))
    if await filing.is_filed(tx, sender, key):
        return
    filed = await filing.file(
        tx,
        Filing(
            category=story.category,
            text=f"{story.text}{MARK}",
            location=Place(lat=story.lat, lon=story.lon),
            commune_code=story.commune,
            wish=story.wish,
        ),
        _photo(tx, story.subject, story),
        sender=sender,
        key=key,
        communes=tx.ask(CommuneRegister),
        store=tx.ask(FileStore),
    )
    for part in story.parts:
        at += timedelta(minutes=45)
        _become(tx, _MODERATOR if part in _OF_DESK else _officer(story.commune), at)
        await _play(tx, story, part, await reading.report(tx, filed.id))


async def _play(tx: Transaction, story: Story, part: Part, report: Report) -> None:
    """Make one call as the officer whose turn it is."""
    version = report.version
    match part:
        case "claim":
            await desk.claim(tx, report.id, version=version)
        case "publish":
            photos = await reports.attachments(tx, report.id)
            looked = Masks(photos=tuple(LookedAt(file_id=photo.file_id) for photo in photos))
            store = tx.ask(FileStore)
            seen = await moderation.mask(tx, report.id, looked, version=version, store=store)
            if seen.publication is not PublicationState.PUBLIC:
                digest = (await moderation.preview(tx, report.id, store=store)).source_digest
                await moderation.publish(tx, report.id, digest, version=seen.version)
        case "assign":
            to = Destination(agency_id=agency_of(story.commune))
            await desk.assign(tx, report.id, to, version=version, agencies=tx.ask(AgencyRegister))
        case "accept":
            await work.accept(tx, report.id, version=version)
        case "plan":
            plan = Plan(planned_for=tx.today + timedelta(days=10))
            await work.plan(tx, report.id, plan, version=version)
        case "finish":
            result, store = Result(text=f"{story.said}{MARK}"), tx.ask(FileStore)
            photos = _photo(tx, "lamp" if story.subject else None, story)
            await work.finish(tx, report.id, result, photos, version=version, store=store)
        case "approve":
            await desk.approve(tx, report.id, version=version)
        case "decline":
            said = Declination(reason="no-issue", text=f"{story.said}{MARK}")
            await desk.decline(tx, report.id, said, version=version)


def _become(tx: Transaction, who: Principal, at: datetime) -> None:
    """Let the transaction go on as somebody else, at another moment."""
    tx.principal, tx.now = who, at


def _officer(commune: str) -> Principal:
    agency_id = agency_of(commune)
    return Principal(
        kind="staff",
        staff_id=demo_id("staff", _OFFICERS[commune]),
        roles=frozenset({"officer"}),
        agency_id=agency_id,
        agencies=frozenset({agency_id}),
        areas=frozenset({commune}),
    )


def _photo(tx: Transaction, subject: SampleSubject | None, story: Story) -> Photos:
    painter = tx.ask_maybe(SamplePhotos)
    if subject is None or painter is None:
        return Photos()
    return Photos((painter.draw(subject, taken_at=tx.now, lat=story.lat, lon=story.lon),))

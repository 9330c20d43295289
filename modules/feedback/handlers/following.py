"""For citizens: to follow others' public reports, and to hear of new ones where they live."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from contracts.territory import CommuneRegister
from modules.feedback.errors import LimitReached, UnknownCommune
from modules.feedback.model.following import Area, Following, Subscription
from modules.feedback.scopes import FOLLOW
from modules.feedback.service import following


@put(
    "/public/reports/{code:str}/following",
    guards=[requires(FOLLOW)],
    responses=refuses(NotFound),
)
async def follow_report(code: FromPath[str], tx: Injected[Transaction]) -> Following:
    """Follow a public report: you are told when something becomes of it."""
    return await following.follow(tx, code)


@delete("/public/reports/{code:str}/following", guards=[requires(FOLLOW)])
async def unfollow_report(code: FromPath[str], tx: Injected[Transaction]) -> None:
    """Follow a report no more."""
    await following.unfollow(tx, code)


@get("/me/subscriptions", guards=[requires(FOLLOW)])
async def list_subscriptions(snapshot: Injected[Snapshot]) -> Page[Subscription]:
    """List the areas of which you hear."""
    return Page(items=await following.subscriptions(snapshot))


@post(
    "/me/subscriptions",
    guards=[requires(FOLLOW)],
    responses=refuses(UnknownCommune, LimitReached),
)
async def add_subscription(data: JSONBody[Area], tx: Injected[Transaction]) -> Subscription:
    """Hear of new public reports in a commune, or within five kilometres at most of a point."""
    return await following.subscribe(tx, data, communes=tx.ask(CommuneRegister))


@delete(
    "/me/subscriptions/{subscription_id:uuid}",
    guards=[requires(FOLLOW)],
    responses=refuses(NotFound),
)
async def end_subscription(subscription_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Hear of an area no more."""
    await following.end(tx, subscription_id)


ROUTES = (follow_report, unfollow_report, list_subscriptions, add_subscription, end_subscription)

"""How a person wants to be told, and on which devices."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Unauthenticated,
    refuses,
    requires,
)
from contracts.page import Page
from modules.notifications.errors import SubscriptionUnfit, TooManyDevices, WayClosed
from modules.notifications.model.preferences import (
    App,
    Device,
    Preferences,
    ShownPreferences,
    Subscription,
)
from modules.notifications.scopes import OWN
from modules.notifications.service import preferences


@get("/preferences", guards=[requires(OWN)], responses=refuses(Unauthenticated))
async def read_preferences(tx: Injected[Transaction]) -> ShownPreferences:
    """Read how you are told, and what there is to choose from."""
    return await preferences.shown(tx)


@put("/preferences", guards=[requires(OWN)], responses=refuses(WayClosed))
async def replace_preferences(
    data: JSONBody[Preferences], tx: Injected[Transaction]
) -> ShownPreferences:
    """Choose how you are told. Your inbox is always written."""
    await preferences.replace(tx, data)
    return await preferences.shown(tx)


@get("/devices", guards=[requires(OWN)])
async def list_devices(snapshot: Injected[Snapshot]) -> Page[Device]:
    """List the devices that are told."""
    return Page(items=await preferences.devices(snapshot))


@post(
    "/devices",
    guards=[requires(OWN)],
    responses=refuses(SubscriptionUnfit, TooManyDevices, WayClosed),
)
async def add_device(data: JSONBody[Subscription], tx: Injected[Transaction]) -> Device:
    """Tell this browser too: send what `PushManager.subscribe` gave you."""
    return await preferences.add_device(tx, data)


@post(
    "/devices/apps",
    guards=[requires(OWN)],
    responses=refuses(TooManyDevices, WayClosed),
)
async def add_app(data: JSONBody[App], tx: Injected[Transaction]) -> Device:
    """Tell this app too: send the registration that Firebase gave it, again when it changes."""
    return await preferences.add_app(tx, data)


@delete("/devices/{device_id:uuid}", guards=[requires(OWN)], responses=refuses(NotFound))
async def remove_device(device_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Tell this device no more."""
    await preferences.remove_device(tx, device_id)

"""A browser that a person is told in."""

from typing import Final

from contracts.samples import PROVINCE, Cast, Samples

NAMED: Final = {"templates/{kind:str}": PROVINCE}

_POINT: Final = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
"""The receiver's key of RFC 8291, appendix A."""


async def samples(cast: Cast) -> Samples:
    """Subscribe a browser to Web Push."""
    browser = {
        "endpoint": "https://push.example.invalid/sample",
        "keys": {"p256dh": _POINT, "auth": "BTBZMqHH6r4Tts7J_aSIgg"},
    }
    device = await cast.made(cast.citizen, "/v1/notifications/devices", json=browser)
    return Samples(names={"devices/{device_id:uuid}": device.json()["id"]})

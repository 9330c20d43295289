"""How a program asks, and how XML is read."""

from typing import Any, Final
from xml.etree import ElementTree as ET

HERE: Final = "/v1/feedback/open311/v2"
TRIAL: Final = "/v1/feedback/open311-test/v2"
POTHOLE: Final = {
    "service_code": "roads",
    "lat": "19.806712",
    "long": "105.785234",
    "description": "Ổ gà rất to ngay đầu ngõ, gọi 0912 345 678.",
    "first_name": "Bưởi",
    "last_name": "Nguyễn",
    "email": "buoi@example.vn",
    "phone": "0912 345 678",
}


def xml(answer: Any) -> ET.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer

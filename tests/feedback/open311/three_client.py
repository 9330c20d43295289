"""Walks through a GeoReport v2 server with an unmodified `three` 0.8.0, which Python 2 wrote."""

import itertools
import json
import sys
from pathlib import Path

itertools.ifilter = filter

from three import Three  # noqa: E402

endpoint, key, photo = sys.argv[1:]
client = Three(endpoint, api_key=key)

discovery = client.discovery()
services = client.services()
code = next(each["service_code"] for each in services if each["type"] == "realtime")
definition = client.services(code)
with Path(photo).open("rb") as media:
    posted = client.post(
        code,
        name="Hoa Le",
        phone="0912345678",
        address="12 Le Loi",
        lat=19.806712,
        long=105.785234,
        address_id="14797",
        description="A pothole as large as a bath tub, with rain in it.",
        media=media,
    )
status = client.post_response.status_code
wrong = client.post(code, description="")
found = client.requests()
of_code = client.requests(code, status="open", start="01-01-2026", end="03-01-2026")
missing = client.request("PA-222222")
token = client.token("nonsense")

sys.stdout.write(
    json.dumps(
        {
            "discovery": discovery,
            "services": services,
            "definition": definition,
            "posted": posted,
            "status": status,
            "wrong": wrong,
            "found": found,
            "of_code": of_code,
            "missing": missing,
            "token": token,
        }
    )
)

"""A dossier of somebody whose number the source of dossiers knows, and who watches it."""

from typing import Any, Final

import msgspec

from contracts.samples import PROVINCE, PUBLIC, Cast, Samples
from modules.public_services.model.deliveries import Delivery
from modules.public_services.service import deliveries

NAMED: Final = {
    "imports/{import_id:uuid}": PROVINCE,
    "search-terms/{term_id:uuid}": PROVINCE,
    "terms/{term_id:uuid}": PROVINCE,
    "favourites/{code:str}": "names a public procedure, and one's own mark on it",
    "procedures/{code:str}": PUBLIC,
    "life-events/{slug:str}": PUBLIC,
    "services/{service_id:uuid}": PUBLIC,
    "organizations/{organization_id:uuid}": PUBLIC,
    "decisions/{key:str}": PUBLIC,
    "offices/{office_id:uuid}": PUBLIC,
    "forms/{form_code:str}": PUBLIC,
}

_SOURCE: Final = "one-stop"
_ITEM: Final[dict[str, Any]] = {
    "MaHoSo": "H56.22-260105-0000001",
    "MaTTHC": "1.001193",
    "TenTTHC": "Đăng ký khai sinh",
    "TrangThaiHoSo": "2",
    "ThoiDiem": "2026-01-05 08:00:00",
    "NgayTiepNhan": "2026-01-05 08:00:00",
    "NgayHenTra": "2026-01-08T17:00:00+07:00",
    "DonViTiepNhan": "Trung tâm Phục vụ hành chính công phường Hạc Thành",
    "DonViXuLy": "UBND phường Hạc Thành",
    "SoGiayTo": "038000000002",
}


async def samples(cast: Cast) -> Samples:
    """Have the source tell of a dossier; the account's number makes it the citizen's."""
    async with cast.house() as tx:
        await deliveries.keep(tx, _SOURCE, msgspec.convert({"dossiers": [_ITEM]}, Delivery))
    listed = await cast.citizen.send("GET", "/v1/public-services/me/dossiers")
    (dossier,) = listed.json()["items"]
    own = {"basis": "owner", "dossier_id": dossier["id"]}
    await cast.made(cast.citizen, "/v1/public-services/me/watches", json=own)
    return Samples(
        names={
            "dossiers/{dossier_id:uuid}": dossier["id"],
            "watches/{dossier_id:uuid}": dossier["id"],
        },
    )

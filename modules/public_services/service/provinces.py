"""What a province sets, brought as one table: all of it or nothing."""

from backend.kernel import Transaction
from modules.public_services.errors import NoSuchProcedure
from modules.public_services.model.province_sheet import ProvinceSheet, SheetFault
from modules.public_services.repository import catalogue as procedures
from modules.public_services.repository import offices
from modules.public_services.service import editing


async def bring(tx: Transaction, province: str, sheet: ProvinceSheet) -> tuple[SheetFault, ...]:
    """Write times, fees and offices in the place of earlier ones; return codes there are none of.

    The same table again changes nothing that is read.
    """
    faults: list[SheetFault] = []
    for code, profile in sheet.profiles.items():
        number = await procedures.number(tx, code)
        current = None if number is None else await procedures.profile(tx, number, province)
        version = 0 if current is None else current.version
        if current is not None and current.profile == profile:
            continue
        try:
            await editing.write_profile(tx, code, province, profile, f'"{version}"')
        except NoSuchProcedure:
            faults.append(SheetFault(row=0, column="code", code=f"unknown-code {code}"))
    for office_id, office in sheet.offices.items():
        known = await offices.office(tx, office_id)
        await offices.put_office(tx, office_id, office, 0 if known is None else known.version)
    return tuple(faults)

"""Which communes a province's code stands for in an officer's areas."""

from typing import Final

from backend.kernel import Statement, Transaction, on
from contracts.territory import CommuneRegister, DatasetChanged

FORGET: Final = Statement("""
    delete from identity.commune
     where (province_code, code) not in (
           select told.province_code, told.code
             from jsonb_to_recordset($1) as told (province_code text, code text))
""")

LEARN: Final = Statement("""
    insert into identity.commune (province_code, code)
    select told.province_code, told.code
      from jsonb_to_recordset($1) as told (province_code text, code text)
        on conflict do nothing
""")


async def keep_communes(tx: Transaction) -> None:
    """Learn them from whoever keeps the register; without one a province's code opens nothing."""
    register = tx.ask_maybe(CommuneRegister)
    if register is None:
        return
    told = [
        {"province_code": province, "code": code}
        for province, codes in (await register.codes_by_province()).items()
        for code in sorted(codes)
    ]
    await tx.run(FORGET, told)
    await tx.run(LEARN, told)


async def _learn(tx: Transaction, changed: DatasetChanged) -> None:
    if changed.register == "units":
        await keep_communes(tx)


LEARN_COMMUNES: Final = on(DatasetChanged, _learn, name="identity.learn-communes")
"""Learn them again when the register was loaded anew."""

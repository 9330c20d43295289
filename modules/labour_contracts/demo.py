"""A labour contract of the demo province, drafted as an employer would."""

from datetime import date
from typing import Final

from backend.kernel import Principal, Transaction
from contracts.demo import demo_id
from contracts.documents import Documents, Reader
from modules.labour_contracts.model.contract import (
    Contract,
    Employee,
    Employer,
    LabourContract,
    Pay,
    Signatory,
    Term,
)
from modules.labour_contracts.service import contracts

_SAMPLE: Final = Contract(
    contract_no="01/2026/HDLD-MAU",
    employer=Employer(
        name="Công ty TNHH May Sông Mã (mẫu)",
        tax_code="2800000001",
        address="12 Lê Lợi, phường Hạc Thành",
        signatory=Signatory(full_name="Trần Thu Hà", title="Giám đốc", personal_id="038000000001"),
    ),
    employee=Employee(
        full_name="Lê Văn Minh",
        birth_date=date(1998, 2, 28),
        sex="MALE",
        residence="Phường Sầm Sơn",
        personal_id="038000000002",
    ),
    job="Công nhân may",
    workplaces=("12 Lê Lợi, phường Hạc Thành",),
    term=Term(kind="FIXED", start=date(2026, 12, 1), to=date(2028, 11, 30)),
    wage=Pay(
        amount="9500000",
        basis="TIME",
        pay_cycle="Hằng tháng, ngày 5",
        allowances="Ăn trưa 730.000 đồng mỗi tháng",
        supplements="Không",
    ),
    raise_rule="Mỗi năm xét một lần",
    hours="8 giờ mỗi ngày, 48 giờ mỗi tuần",
    rest="Chủ nhật, các ngày lễ, 12 ngày phép mỗi năm",
    protection="Khẩu trang, găng tay",
    insurance="Theo quy định của pháp luật",
    training="Theo kế hoạch hằng năm của công ty",
)


async def seed(tx: Transaction) -> None:
    """Draft the sample and ask both sides to sign, once."""
    house, employer, employee = tx.principal, "citizen-parent", "citizen-verified"
    tx.principal = Principal(kind="citizen", person_id=demo_id("person", employer))
    people = {
        LabourContract.EMPLOYER: demo_id("person", employer),
        LabourContract.EMPLOYEE: demo_id("person", employee),
    }
    documents = tx.ask(Documents)
    holder = Reader(person_id=people[LabourContract.EMPLOYEE], relation="holder")
    standing = await documents.draft(
        LabourContract.name, _SAMPLE, people, readers=[holder], key="demo-1"
    )
    if standing.state == "draft":
        at = contracts.placed(tx, _SAMPLE, "provider", None)
        await contracts.keep(tx, standing, people, at)
        await documents.freeze(standing.document_id)
    tx.principal = house

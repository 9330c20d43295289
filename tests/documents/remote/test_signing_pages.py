"""A person signs in a browser, with scripts off: reads, ticks, confirms on the phone."""

import re
from collections.abc import Callable
from typing import Any

from backend.testing import Caller, Client, Clock
from backend.work import Workshop, drain
from modules.documents.model import on_screen, printing
from modules.documents.scopes import READ
from modules.documents.scopes import SIGN as SIGN_SCOPE
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.remote.conftest import Enter, Provided
from tests.pressing import VIETNAMESE, shown, text_of

HOME = "/account/documents/signing"


async def begin(phone: Phone, *documents: str) -> Any:
    """Tick documents and press the button, with the certificate that is chosen already."""
    page = (await phone.caller.get(HOME, headers=VIETNAMESE)).text
    keys = re.findall(r'name="certificate" value="([^"]+)"', page)
    ticked = {f"paper.{each}": "1" for each in documents}
    form = {**ticked, "certificate": keys[0] if keys else ""}
    return await phone.caller.post(HOME, data=form, headers=VIETNAMESE)


async def test_a_contract_is_read_signed_and_genuine_without_a_script(
    submitted: str,
    known: Phone,
    enter: Enter,
    employer: Phone,
    provided: Provided,
    shop: Workshop,
    clock: Clock,
    client: Client,
    tick: Any,
) -> None:
    await enter()
    empty = await shown(known.caller, HOME)
    asking = await known.caller.post(f"{HOME}/keys", data={"provider": "trial"})
    await drain(shop)
    found = await shown(known.caller, asking.headers["location"])
    sheet = await shown(known.caller, f"{HOME}/papers/{submitted}")
    pdf = await known.caller.get(f"{HOME}/papers/{submitted}/paper.pdf")

    begun = await begin(known, submitted)
    where = begun.headers["location"]
    clock.advance(seconds=4)
    await drain(shop)
    waiting, listed = await shown(known.caller, where), await shown(known.caller, HOME)
    provided.answer("yes")
    clock.advance(seconds=4)
    await drain(shop)
    done = await shown(known.caller, where)
    after = await shown(known.caller, HOME)
    await employer.sign(submitted)
    await tick()
    file = await known.caller.get(f"/account/documents/papers/{submitted}/files/original.pdf")
    verdict = await client.post("/verify", files={"file": ("a.pdf", file.content)})

    assert "Hệ thống chưa biết bạn có chứng thư" in empty
    assert "Đã tìm thấy chứng thư của bạn" in found
    assert "Thử nghiệm, hết hạn" in found
    assert all(each in sheet for each in ("Hà Văn Đạt", "9.500.000 đồng", "Lê Thị Hòa"))
    assert (pdf.content[:5], pdf.headers["content-disposition"]) == (b"%PDF-", "inline")
    assert "Chờ bạn xác nhận trên điện thoại" in waiting
    assert "đang chờ bạn xác nhận trên điện thoại" in listed
    assert "Đã ký xong" in done
    assert "Không có giấy tờ nào đang chờ bạn ký" in after
    assert "CÒN HIỆU LỰC" in verdict.text
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in verdict.text


async def test_who_said_no_on_the_phone_is_told_and_may_sign_again(
    submitted: str,
    remote: Phone,
    provided: Provided,
    shop: Workshop,
    clock: Clock,
) -> None:
    begun = await begin(remote, submitted)
    clock.advance(seconds=4)
    await drain(shop)
    provided.answer("no")
    clock.advance(seconds=4)
    await drain(shop)

    over = await shown(remote.caller, begun.headers["location"])
    again = await begin(remote, submitted)

    assert "Bạn đã từ chối, không trả lời kịp" in over
    assert again.status_code == 303


async def test_a_session_is_cancelled_on_its_page(submitted: str, remote: Phone) -> None:
    begun = await begin(remote, submitted)
    where = begun.headers["location"]

    twice = await begin(remote, submitted)
    cancelled = await remote.caller.post(f"{where}/cancellation")
    over = await shown(remote.caller, cancelled.headers["location"])
    again = await begin(remote, submitted)

    assert twice.status_code == 422  # nobody is asked twice about one document
    assert "Đã hủy, chưa ký" in over
    assert again.status_code == 303


async def test_refusing_to_sign_stops_the_document_and_says_why(
    submitted: str, remote: Phone, employer: Phone
) -> None:
    empty = await remote.caller.post(f"{HOME}/papers/{submitted}/refusal", data={"reason": ""})
    refused = await remote.caller.post(
        f"{HOME}/papers/{submitted}/refusal", data={"reason": "Sai mức lương"}
    )
    gone = await remote.caller.get(f"{HOME}/papers/{submitted}")
    told = (await employer.caller.get(f"{DOCUMENTS}/{submitted}")).json()

    assert (refused.status_code, refused.headers["location"]) == (303, HOME)
    assert (empty.status_code, gone.status_code) == (400, 404)
    assert told["state"] == "declined"


async def test_nothing_more_and_nobody_elses_is_signed_than_was_ticked(
    submitted: str,
    remote: Phone,
    as_citizen: Callable[..., Caller],
) -> None:
    stranger = Phone(as_citizen(SIGN_SCOPE, READ))

    nothing = await begin(remote)
    theirs = await begin(stranger, submitted)
    sheet = await stranger.caller.get(f"{HOME}/papers/{submitted}")
    pdf = await stranger.caller.get(f"{HOME}/papers/{submitted}/paper.pdf")
    begun = await begin(remote, submitted)
    session = await stranger.caller.get(begun.headers["location"])

    assert (nothing.status_code, theirs.status_code) == (422, 422)
    assert "Hãy chọn ít nhất một giấy tờ" in text_of(nothing.text)
    assert {sheet.status_code, pdf.status_code, session.status_code} == {404}


async def test_whose_session_proved_too_little_is_sent_to_prove_more_and_comes_back(
    submitted: str, remote: Phone, as_citizen: Callable[..., Caller]
) -> None:
    person_id = remote.caller.person_id
    known = Phone(as_citizen(SIGN_SCOPE, READ, acr="aal1", person_id=person_id))
    phoned = Phone(as_citizen(SIGN_SCOPE, READ, ial=0, acr="aal1", person_id=person_id))

    page = (await known.caller.get(HOME, headers=VIETNAMESE)).text
    sheet = (await known.caller.get(f"{HOME}/papers/{submitted}", headers=VIETNAMESE)).text
    pressed = await begin(known, submitted)
    unknown = await shown(phoned.caller, HOME)

    assert f'href="/account/login?more&amp;back={HOME}"' in page
    assert f'href="/account/login?more&amp;back={HOME}/papers/{submitted}"' in sheet
    assert ">Ký</button>" not in page
    assert (pressed.status_code, pressed.headers["location"]) == (
        303,
        "/account/login?more&back=/account",
    )
    assert "cần được xác thực bằng VNeID" in unknown


def test_words_of_a_document_are_never_markup() -> None:
    kind = '#import "parts.typ": *\n#let body(data) = { title(data.a)\n line("Tên", data.a) }'
    form = printing.template(kind, "THỬ")
    content = b'{"data":{"a":"<img src=x onerror=alert(1)> & #let *a*"}}'

    words = on_screen.shown(content, form)

    said = "&lt;img src=x onerror=alert(1)&gt; &amp; #let *a*"
    assert words == f"<h3>{said}</h3><p><b>Tên: </b>{said}</p>"

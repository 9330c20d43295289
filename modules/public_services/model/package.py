"""The national package: how its records (MaTTHC, TENTTHC, …) become ours.

Numbers come as numbers, strings or nothing; lists of names as strings or as any pair of
`MA…`/`TEN…`. Unknown keys stay in `source`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import msgspec

from backend.kernel import folded
from modules.public_services.model.findings import TEXT_MAX, TITLE_MAX, Finding, Keys, found
from modules.public_services.model.procedures import (
    CODE,
    Agencies,
    Case,
    Channel,
    Fee,
    Form,
    Head,
    LegalBasis,
    Paper,
    ProcedureBody,
    Record,
    Related,
    Relation,
    Result,
    StepGroup,
    TimeOption,
    is_free,
)
from modules.public_services.model.words import (
    AUDIENCES,
    CHANNELS,
    LEVELS,
    ONLINE,
    UNITS,
    amount_in,
    fee_of,
    meant,
)

Raw = Mapping[str, Any]
Item = TypeVar("Item")

_CODE: Final = re.compile(CODE)
_DEPTH_MAX: Final = 12
_IN_FORCE: Final = "1"


def depth(value: object) -> int:
    """Return how deep a decoded value nests."""
    if isinstance(value, dict):
        return 1 + max(
            (depth(each) for each in cast("dict[str, object]", value).values()), default=0
        )
    if isinstance(value, list):
        return 1 + max((depth(each) for each in cast("list[object]", value)), default=0)
    return 0


class Reading:
    """Reads one record, and notes every fault in it. `place` is the record's pointer."""

    def __init__(self, raw: Raw, place: str) -> None:
        self._raw, self._place = raw, place
        self.findings: list[Finding] = []

    def record(self) -> Record | None:
        """Return the record, or None when it has an error."""
        if depth(self._raw) > _DEPTH_MAX:
            self._note("too-deep", "")
            return None
        if not _is_storable(self._raw):
            self._note("control-character", "")
            return None
        code = self._text("MaTTHC")
        if not _CODE.match(code):
            self._note("bad-code" if code else "missing-code", "MaTTHC", code)
        title = " ".join(self._text("TENTTHC").split())
        if not title:
            self._note("missing-title", "TENTTHC")
        if len(title) > TITLE_MAX:
            self._note("text-too-long", "TENTTHC", title)
        if self._text("TRANGTHAI", default=_IN_FORCE) != _IN_FORCE:
            self._note("not-in-force", "TRANGTHAI", self._text("TRANGTHAI"))
        body = self._body()
        record = Record(
            code=code,
            head=self._head(title, body),
            body=body,
            in_force=self._text("TRANGTHAI", default=_IN_FORCE) == _IN_FORCE,
            decision=self._text("IDQUYETDINHCONGBO") or None,
            agency=self._text("MACOQUANCONGBO") or None,
            source=dict(self._raw),
        )
        return None if any(f.severity == "error" for f in self.findings) else record

    def _head(self, title: str, body: ProcedureBody) -> Head:
        field_code, field_name = next(iter(self._pairs("LINHVUCTHUCHIEN")), ("", ""))
        return Head(
            title=title,
            levels=self._listed("CAPTHUCHIEN", LEVELS, "unknown-level"),
            kind=self._text("LOAITTHC"),
            field_code=field_code or folded(field_name).replace(" ", "-")[:60],
            field_name=field_name,
            audiences=self._listed("DOITUONGTHUCHIEN", AUDIENCES, "unknown-audience"),
            online_level=ONLINE.get(folded(self._text("MucDo")), "information"),
            channels=tuple(dict.fromkeys(channel.kind for channel in body.channels)),
            free=is_free(body.channels),
        )

    def _body(self) -> ProcedureBody:
        return ProcedureBody(
            steps=self._all("TRINHTUTHUCHIEN", self._step_group),
            channels=tuple(
                channel
                for channel in self._all("CACHTHUCTHUCHIEN", self._channel)
                if channel is not None
            ),
            cases=self._all("THANHPHANHOSO", self._case),
            legal_bases=self._all("CANCUPHAPLY", self._legal_basis),
            results=self._all("KETQUATHUCHIEN", self._result),
            requirements=self._text("YEUCAU"),
            description=self._text("MOTA"),
            keywords=tuple(filter(None, re.split(r"[;,]\s*", self._text("TUKHOA")))),
            agencies=Agencies(
                performing=self._names("COQUANTHUCHIEN"),
                competent=self._names("COQUANCOTHAMQUYEN"),
                authorised=self._names("COQUANDUOCUYQUYEN"),
                coordinating=self._names("COQUANPHOIHOP"),
                address=self._text("DIACHITIEPNHAN"),
            ),
            related=(
                *self._related("TTHCLIENQUAN", "next"),
                *self._related("TTHCLIENTHONG", "linked"),
            ),
        )

    def _step_group(self, keys: Keys, raw: Raw, _: str) -> StepGroup:
        title = self._of(raw, "TRUONGHOP")
        steps = [self._of(each, "TENTRINHTU") for each in _items(raw.get("TRINHTU"))]
        return StepGroup(key=keys.of(title), title=title, steps=tuple(filter(None, steps)))

    def _channel(self, keys: Keys, raw: Raw, place: str) -> Channel | None:
        written = self._of(raw, "KENH")
        kind = CHANNELS.get(folded(written))
        if kind is None:
            self._note("unknown-channel", f"{place}/KENH", written)
            return None
        inner = Keys()
        options = tuple(
            self._option(inner, each, f"{place}/THOIGIAN/{number}")
            for number, each in enumerate(_items(raw.get("THOIGIAN")))
        )
        return Channel(key=keys.of(kind), kind=kind, options=options)

    def _option(self, keys: Keys, raw: Raw, place: str) -> TimeOption:
        text, written = self._of(raw, "THOIGIANGIAIQUYET"), self._of(raw, "DONVITINH")
        unit = UNITS.get(folded(written), "unknown")
        if text and unit == "unknown":
            self._note("duration-without-unit", f"{place}/DONVITINH", text)
        inner = Keys()
        fees = tuple(
            self._fee(inner, each, f"{place}/PHILEPHI/{number}")
            for number, each in enumerate(_items(raw.get("PHILEPHI")))
        )
        return TimeOption(
            key=keys.of(text, unit),
            value=int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None,
            unit=unit,
            text=f"{text} {written}".strip(),
            note=self._of(raw, "MOTA"),
            fees=fees,
        )

    def _fee(self, keys: Keys, raw: Raw, place: str) -> Fee:
        written, unit, note = (self._of(raw, name) for name in ("SOTIEN", "DONVI", "MOTA"))
        amount = amount_in(written)
        if written and amount is None:
            self._note("amount-not-a-number", f"{place}/SOTIEN", written)
        code = self._of(raw, "MAPHILEPHI") or None
        fee = fee_of(keys.of(code, written, note), amount, unit, note, code)
        if fee.kind == "set_by_province":
            self._note("fee-set-by-province", f"{place}/SOTIEN", note)
        return fee

    def _case(self, keys: Keys, raw: Raw, _: str) -> Case:
        title, inner = self._of(raw, "TRUONGHOP"), Keys()
        papers = [self._paper(inner, each) for each in _items(raw.get("GIAYTO"))]
        return Case(key=keys.of(title), title=title, papers=tuple(p for p in papers if p.name))

    def _paper(self, keys: Keys, raw: Raw) -> Paper:
        name, code = self._of(raw, "TENGIAYTO"), self._of(raw, "MAGIAYTO") or None
        form_name, url = self._of(raw, "TENMAUDON"), self._of(raw, "URL")
        form = Form(name=form_name, source_url=url or None) if form_name or url else None
        return Paper(
            key=keys.of(code or folded(name)),
            name=name,
            code=code,
            originals=min(amount_in(self._of(raw, "SOBANCHINH")) or 0, 99),
            copies=min(amount_in(self._of(raw, "SOBANSAO")) or 0, 99),
            form=form,
        )

    def _legal_basis(self, keys: Keys, raw: Raw, _: str) -> LegalBasis:
        number = self._of(raw, "SOVANBAN")
        return LegalBasis(key=keys.of(number), number=number, title=self._of(raw, "TENVANBAN"))

    def _result(self, keys: Keys, raw: Raw, _: str) -> Result:
        title, code = self._of(raw, "TENKETQUA"), self._of(raw, "MAKETQUA") or None
        return Result(key=keys.of(code or title), title=title, code=code)

    def _related(self, name: str, relation: Relation) -> tuple[Related, ...]:
        keys = Keys()
        return tuple(
            Related(key=keys.of(code or title), relation=relation, code=code or title, title=title)
            for code, title in self._pairs(name)
        )

    def _all(self, name: str, make: Callable[[Keys, Raw, str], Item]) -> tuple[Item, ...]:
        keys = Keys()
        return tuple(
            make(keys, each, f"{name}/{number}")
            for number, each in enumerate(_items(self._raw.get(name)))
        )

    def _pairs(self, name: str) -> list[tuple[str, str]]:
        """Return (code, name) of each member of a list of strings or of `MA…`/`TEN…` pairs."""
        found_pairs: list[tuple[str, str]] = []
        for each in _list(self._raw.get(name)):
            if isinstance(each, dict):
                pair = cast("dict[str, Any]", each)
                code = next((_str(v) for k, v in pair.items() if k.upper().startswith("MA")), "")
                title = next((_str(v) for k, v in pair.items() if k.upper().startswith("TEN")), "")
                found_pairs.append((code, meant(title)))
            else:
                found_pairs.append(("", meant(_str(each))))
        return [pair for pair in found_pairs if any(pair)]

    def _names(self, name: str) -> tuple[str, ...]:
        return tuple(title or code for code, title in self._pairs(name))

    def _listed(self, name: str, known: Mapping[str, Item], code: str) -> tuple[Item, ...]:
        meant_items: list[Item] = []
        for written_code, title in self._pairs(name):
            item = known.get(folded(title)) or known.get(folded(written_code))
            if item is None:
                self._note(code, name, title or written_code)
            else:
                meant_items.append(item)
        return tuple(dict.fromkeys(meant_items))

    def _text(self, name: str, default: str = "") -> str:
        return self._of(self._raw, name) or default

    def _of(self, raw: Raw, name: str) -> str:
        text = meant(_str(raw.get(name)))
        if len(text) > TEXT_MAX:
            self._note("text-too-long", name, text)
            return ""
        return text

    def _note(self, code: str, name: str, value: object = "") -> None:
        place = f"{self._place}/{name}" if name else self._place
        column = name.rsplit("/", 1)[-1]
        self.findings.append(found(code, place, column=column, value=value))


def _is_storable(raw: Raw) -> bool:
    """Tell whether a database can keep the texts: no U+0000, no half of a surrogate pair."""
    try:
        return rb"\u0000" not in msgspec.json.encode(raw)
    except UnicodeEncodeError:
        return False


def _str(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\0", " ")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if value == int(value) else str(value)


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value in (None, "") else [value]


def _items(value: object) -> list[Raw]:
    return [cast("Raw", each) for each in _list(value) if isinstance(each, dict)]

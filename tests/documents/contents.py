"""Contents of every kind of document that a module describes: its sample, varied as people would.

A random content hardly ever passes a kind's own arithmetic. So each begins as the sample of its
module's `demo`, or as one of parts that such samples have, and takes every change that leaves it
without a defect.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import msgspec
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from backend.host.registry import discover
from contracts.documents import Defect, DocumentKind, DocumentKinds
from modules.documents.model import gate
from modules.documents.service import writing
from modules.health_books.demo import SAMPLE as VISIT
from modules.health_books.model import sensitive
from modules.health_books.model.content import Diagnosis
from modules.transcripts.demo import SAMPLE as YEAR
from modules.transcripts.model.content import PrimarySubject, PrimaryYear, Traits
from modules.transcripts.model.whole import WholeRecord, line_of

EXAMPLES: Final = int(os.environ.get("TINHS_EXAMPLES", "5"))
Path = tuple[Any, ...]
CHANGES: Final = 12
"""So many members of a sample are changed besides its names."""
_RECKONED: Final = {"result", "years"}
"""Not written by anybody: the form knows the words that the house puts there, and no others."""
_OF_OURS: Final = ("Y Brơ̆ng Êñuôl", "H'Wĭt Niê Kđăm", "Nguyễn Thị Hoà", "Đặng Quốc Đạt", "A")
_MANY: Final = settings(max_examples=500, database=None, derandomize=True, phases=[Phase.generate])
_PATIENT: Final = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]

KINDS: Final[dict[str, DocumentKind]] = {
    schema: kind
    for module in discover()
    if DocumentKinds in module.provides
    for kind in module.provides[DocumentKinds](None)
    for schema in kind.schemas
}


def _parts(told: object) -> Iterator[msgspec.Struct]:
    if isinstance(told, msgspec.Struct):
        yield told
        told = tuple(getattr(told, name) for name in told.__struct_fields__)
    if isinstance(told, tuple):
        for each in told:
            yield from _parts(each)


def _known() -> dict[type, msgspec.Struct]:
    """Return a part of each type that stands in a sample of an installed module."""
    found: dict[type, msgspec.Struct] = {}
    for package in sorted({each.__module__.partition(".model")[0] for each in _classes()}):
        if find_spec(f"{package}.demo") is not None:
            for value in vars(import_module(f"{package}.demo")).values():
                found |= {type(part): part for part in _parts(value)}
    return found


def _classes() -> set[type]:
    return {shape for kind in KINDS.values() for shape in kind.schemas.values()}


_KNOWN: Final = _known()
_HIV: Final = Diagnosis(icd10="B20.7", name="Bệnh do HIV")
_WRITTEN: Final[Mapping[str, msgspec.Struct]] = {
    "health.restricted/1": sensitive.marked(
        msgspec.structs.replace(VISIT, diagnoses=(*VISIT.diagnoses, _HIV))
    ),
    "transcript.year/TT27-2020/1": PrimaryYear(
        **{
            name: getattr(YEAR, name)
            for name in PrimaryYear.__struct_fields__
            if name not in {"grade", "subjects", "traits", "result"}
        },
        grade=4,
        subjects=(
            PrimarySubject(
                code="toan",
                name="Toán",
                teacher="Lê Thị Hoa",
                confirmed_on=YEAR.subjects[0].confirmed_on,
                level="HTT",
                test=9,
            ),
        ),
        traits=msgspec.convert(dict.fromkeys(Traits.__struct_fields__, "TOT"), Traits),
        result="HT_XUAT_SAC",
    ),
    "transcript.full/1": WholeRecord(
        pupil=YEAR.pupil,
        school=YEAR.school,
        reason="GRADUATION",
        years=(line_of(YEAR, "HB-26-AAAAAAAAA-B"),),
    ),
}


def defects(schema: str, told: Any) -> list[Defect]:
    """Return what keeps a content (JSON values) from being frozen; that it is of its shape too."""
    kind = KINDS[schema]
    try:
        content = msgspec.convert(told, kind.schemas[schema])
    except msgspec.ValidationError:
        return [Defect(pointer="", code="shape")]
    return writing._defects(kind, told, content)


def sample(schema: str) -> Any:
    """Return a content without defects, in JSON values. One that none is found for needs a demo."""
    shape = KINDS[schema].schemas[schema]
    known = _WRITTEN.get(schema, _KNOWN.get(shape))
    if known is not None:
        return _json(known)
    wanted = _members(inspect.type_info(shape))
    return find(wanted, lambda told: not defects(schema, told), settings=_MANY)


def _json(content: msgspec.Struct) -> Any:
    """Return JSON values, as a draft is kept: arrays are lists, never tuples."""
    return msgspec.json.decode(msgspec.json.encode(content))


@cache
def several(schema: str) -> list[Any]:
    """Return contents that may be frozen and differ from the sample; the same in every run."""
    told = sample(schema)
    places = dict(_places(told, inspect.type_info(KINDS[schema].schemas[schema]), ()))
    places = {path: wish for path, wish in places.items() if path[-1] not in _RECKONED}
    named = [path for path, wish in places.items() if _script(wish) == "name"]
    ways = {path: fresh(wish) for path, wish in places.items()}
    found = [told]

    @given(st.data())
    @settings(_MANY, max_examples=EXAMPLES, suppress_health_check=_PATIENT)
    def draw(some: st.DataObject) -> None:
        paths = some.draw(st.lists(st.sampled_from([*places]), max_size=CHANGES, unique=True))
        wished = {path: some.draw(ways[path]) for path in dict.fromkeys([*paths, *named])}
        found.append(_taken(schema, told, wished))

    draw()
    return found


def _taken(schema: str, told: Any, wished: Mapping[Path, Any]) -> Any:
    """Take all changes at once; or else, where they do not go together, one after the other."""
    at_once = told
    for path, value in wished.items():
        at_once = _with(at_once, path, value)
    if not defects(schema, at_once):
        return at_once
    for path, value in wished.items():
        changed = _with(told, path, value)
        told = told if defects(schema, changed) else changed
    return told


def _with(told: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    head, *rest = path
    if isinstance(told, dict) and head in told:
        return {**told, head: _with(told[head], tuple(rest), value)}
    if isinstance(told, list) and head in range(len(told)):
        return [*told[:head], _with(told[head], tuple(rest), value), *told[head + 1 :]]
    return told  # what it stood in was changed as a whole


def _places(told: Any, wish: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield where something is said, and what may be said there; whole optional parts as well."""
    struct = next((each for each in _structs(wish) if _fits(each, told)), None)
    items = next((each for each in _alternatives(wish) if hasattr(each, "item_type")), None)
    if struct is not None:
        for field in struct.fields:
            if field.encode_name in told:
                at = (*path, field.encode_name)
                yield from _places(told[field.encode_name], field.type, at)
    elif items is not None and isinstance(told, list):
        for place, each in enumerate(told):
            yield from _places(each, items.item_type, (*path, place))
    if path and (struct is None or told is None):
        yield path, wish


def _fits(struct: inspect.StructType, told: Any) -> bool:
    if not isinstance(told, dict) or told.get(struct.tag_field or "") != struct.tag:
        return False
    return told.keys() <= {struct.tag_field, *(each.encode_name for each in struct.fields)}


def _structs(wish: Any) -> Iterator[inspect.StructType]:
    return (each for each in _alternatives(wish) if isinstance(each, inspect.StructType))


def _alternatives(wish: Any) -> Iterator[Any]:
    return gate._alternatives(wish)


def _script(wish: Any) -> str:
    if isinstance(wish, inspect.Metadata):
        return (wish.extra or {}).get("script", "code")
    return next((_script(each) for each in getattr(wish, "types", ()) if _script(each)), "")


def fresh(wish: Any, script: str = "code") -> st.SearchStrategy[Any]:
    """Return what a type allows, in JSON values."""
    match wish:
        case inspect.Metadata():
            return fresh(wish.type, (wish.extra or {}).get("script", script))
        case inspect.UnionType():
            return st.one_of(*(fresh(each, script) for each in wish.types))
        case inspect.StrType():
            return _texts(wish, script)
        case inspect.IntType():
            return st.integers(wish.ge or 0, 1000 if wish.le is None else wish.le)
        case inspect.LiteralType():
            return st.sampled_from(wish.values)
        case inspect.DateType():
            return st.dates().map(lambda day: day.isoformat())
        case inspect.NoneType() | inspect.BoolType():
            return st.booleans() if isinstance(wish, inspect.BoolType) else st.none()
        case _:
            return _composed(wish)


def _composed(wish: Any) -> st.SearchStrategy[Any]:
    match wish:
        case inspect.VarTupleType():
            low = wish.min_length or 0
            return st.lists(fresh(wish.item_type), min_size=low, max_size=low + 1)
        case inspect.StructType():
            known = _KNOWN.get(wish.cls)
            return _members(wish) if known is None else st.just(_json(known))
        case _:
            raise TypeError(f"{wish} is new: say here what it may be")


def _members(wish: Any) -> st.SearchStrategy[Any]:
    told = st.fixed_dictionaries(
        {each.encode_name: fresh(each.type) for each in wish.fields if each.required},
        optional={each.encode_name: fresh(each.type) for each in wish.fields if not each.required},
    )
    # As it is kept: what was not said is said by its default.
    return told.map(lambda some: _whole({**some, **_tag(wish)}, wish.cls))


def _whole(told: Any, shape: type) -> Any:
    try:
        return _json(msgspec.convert(told, shape))
    except msgspec.ValidationError:
        return told


def _tag(wish: inspect.StructType) -> dict[str, Any]:
    return {} if wish.tag_field is None else {wish.tag_field: wish.tag}


def _texts(wish: inspect.StrType, script: str) -> st.SearchStrategy[str]:
    if wish.pattern is not None:
        return st.from_regex(wish.pattern, fullmatch=True)
    longest = 4000 if wish.max_length is None else wish.max_length
    # Half a sentence, and now and then as much as a page has room for.
    letters = "".join(sorted(gate._ALLOWED[script] - {"\u0306"}))  # pyright: ignore[reportArgumentType]
    some = st.text(letters, min_size=1, max_size=min(40, longest))
    much = some.map(lambda text: (f"{text} " * 400)[: min(400, longest)])
    return st.one_of(some, much, *([st.sampled_from(_OF_OURS)] if script != "code" else []))

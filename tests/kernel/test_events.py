"""An event that could not be told later is refused where it is declared."""

from typing import Any, ClassVar, Literal, Protocol
from uuid import UUID

import msgspec
import pytest

from contracts.event import Event
from contracts.plural import is_plural, plural


class Opened(Event, frozen=True, kw_only=True, tag="post.box-opened.v1"):
    """Somebody has opened a box."""

    about: ClassVar[str] = "box_id"

    box_id: UUID


def declare(tag: Any = "post.box-opened.v2", about: Any = "box_id", **types: Any) -> type[Event]:
    fields = {"box_id": UUID} | types
    namespace = {"about": about} if about is not None else {}
    namespace["__annotations__"] = {"about": ClassVar[str], **fields}
    return type(Event)("Made", (Event,), namespace, frozen=True, kw_only=True, tag=tag)


def test_an_event_knows_its_subject_and_says_its_type() -> None:
    event = Opened(box_id=UUID(int=1))

    assert event.subject == UUID(int=1)
    assert msgspec.to_builtins(event)["type"] == "post.box-opened.v1"


@pytest.mark.parametrize("kind", [UUID, str, Literal["one", "two"]])
def test_an_id_or_a_name_is_a_subject(kind: Any) -> None:
    assert declare(box_id=kind).about == "box_id"


@pytest.mark.parametrize(
    "tag",
    [
        None,
        True,
        "post.box-opened",
        "post.box-opened.v0",
        "post.box-opened.v1\n",
        "post.BoxOpened.v1",
        "box-opened.v1",
        "post.box_opened.v1",
    ],
)
def test_a_tag_names_module_fact_and_version(tag: object) -> None:
    with pytest.raises(TypeError, match=r"Made: its tag must read 'module\.what-happened\.v1'"):
        declare(tag)


@pytest.mark.parametrize(
    ("about", "types"), [(None, {}), ("box", {}), (7, {}), ("box_id", {"box_id": int})]
)
def test_a_subject_is_a_field(about: object, types: dict[str, type]) -> None:
    with pytest.raises(TypeError, match="Made: `about` must name one of its fields"):
        declare(about=about, **types)


def test_a_protocol_has_one_provider_unless_it_says_otherwise() -> None:
    class One(Protocol): ...

    @plural
    class Many(Protocol): ...

    assert [is_plural(One), is_plural(Many)] == [False, True]

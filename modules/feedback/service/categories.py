"""The catalogue of categories: remembered by each process, loaded by `tinhs migrate`."""

import tomllib
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Final

import msgspec

from backend.kernel import Memory, Snapshot, Transaction
from modules.feedback.errors import CategoryClosed, UnknownCategory
from modules.feedback.model.categories import Catalogue, Category, CategoryCard, Version
from modules.feedback.model.listed import SINCE, List
from modules.feedback.model.reports import Report
from modules.feedback.repository import categories as repository


async def _build(snapshot: Snapshot) -> Catalogue:
    return Catalogue.of(await repository.versions(snapshot))


CATALOGUE: Final = Memory(build=_build, version=repository.edition)


async def offered(snapshot: Snapshot) -> Sequence[Category]:
    """Return what one may report today."""
    catalogue = await snapshot.recall(CATALOGUE)
    return [version.shown() for version in catalogue.open(snapshot.today)]


async def opened(snapshot: Snapshot, code: str) -> Version:
    """Return the category that one may report under today.

    Raises `CategoryClosed`, or `UnknownCategory` when there never was one.
    """
    catalogue = await snapshot.recall(CATALOGUE)
    for version in catalogue.open(snapshot.today):
        if version.code == code:
            return version
    raise CategoryClosed if catalogue.knows(code) else UnknownCategory


async def versions_open(snapshot: Snapshot) -> Sequence[Version]:
    """Return every category that one may report under today, in order."""
    return (await snapshot.recall(CATALOGUE)).open(snapshot.today)


async def changed_on(snapshot: Snapshot) -> date:
    """Return the day from which what one may report is as it is now."""
    return (await snapshot.recall(CATALOGUE)).changed_on(snapshot.today)


async def is_open(snapshot: Snapshot, code: str) -> bool:
    """Tell whether one may report under this category today."""
    return any(version.code == code for version in await versions_open(snapshot))


async def siblings(snapshot: Snapshot, code: str) -> Sequence[str]:
    """Return the codes of the group that a category is of, itself included."""
    versions = (await snapshot.recall(CATALOGUE)).versions
    groups = {version.group_code for version in versions if version.code == code}
    return sorted({version.code for version in versions if version.group_code in groups})


async def of(snapshot: Snapshot, report: Report) -> Version:
    """Return the category as it stood when the report was filed."""
    return (await snapshot.recall(CATALOGUE)).numbered[report.category]


async def card(snapshot: Snapshot, code: str, number: int) -> CategoryCard:
    """Return the name of a category as it stood in one of its versions."""
    return (await snapshot.recall(CATALOGUE)).numbered[code, number].card()


async def group_of(snapshot: Snapshot, code: str, number: int) -> str:
    """Return the group that a category is of."""
    return (await snapshot.recall(CATALOGUE)).numbered[code, number].group_code


async def load(tx: Transaction) -> None:
    """Bring the catalogue to what the official list says; repeating it changes nothing.

    An entry that says something new becomes the next version, in force from today; one that is
    gone from the list is closed. What an administrator set up stays as it is.
    """
    file = files("modules.feedback") / "data" / "categories.toml"
    listed = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), List)
    for position, group in enumerate(listed.group):
        await repository.put_group(tx, group, position)
    newest = {version.code: version for version in await repository.versions(tx)}
    for position, category in enumerate(listed.category):
        await repository.put_category(tx, category, position)
        known = newest.pop(category.code, None)
        if known is not None and known.by_hand:
            continue
        if known is None:
            await repository.add_version(tx, category, 1, SINCE)
        elif known.valid_to is not None or not category.is_said_by(known):
            await repository.end_version(tx, category.code, tx.today)
            await repository.add_version(tx, category, known.number + 1, tx.today)
    for code, version in newest.items():
        if not version.by_hand:
            await repository.end_version(tx, code, tx.today)

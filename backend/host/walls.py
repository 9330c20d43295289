"""The walls around a module: what its files import, how its SQL is made, what that touches."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from backend.host.migrate import migrate
from backend.kernel import Module, Query, Statement
from backend.kernel.database import Connection
from backend.kernel.statements import Paged
from backend.local import ensure_roles, throwaway

_DRIVERS: Final = ("asyncpg", "jwt")
_OPEN: Final = "backend.kernel"
_OURS: Final = "backend"
_DECLARING: Final = frozenset({"Statement", "Query", "Paged"})


def crossing_imports(module: Module, folder: Path, neighbours: Iterable[str]) -> Iterator[str]:
    """Name each import of a module's files that its walls forbid.

    `neighbours` are the packages of the other modules; what lies below them is theirs too.
    """
    closed = [*(each for each in neighbours if each and each != module.package), *_DRIVERS]
    for path in sorted(folder.rglob("*.py")):
        for line, name in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(folder)}:{line} imports {name}"
            if _below(name, _OURS) and not _below(name, _OPEN):
                yield f"{place}; of the backend a module sees {_OPEN} alone"
            elif any(_below(name, each) for each in closed):
                yield f"{place}; ask for a Protocol of contracts, or tell an event"


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


def _below(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def built_statements(folder: Path) -> Iterator[str]:
    """Name each SQL statement of a folder that is put together from values.

    Values travel as parameters; the text is written out, or made of constants that are.
    """
    for path in sorted(folder.rglob("*.py")):
        for line, what in built_sql(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(folder)}:{line} {what}"


def built_sql(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Return the line of each such statement of a file, and what is wrong with it."""
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in _DECLARING:
            sql = next((each.value for each in node.keywords if each.arg == "sql"), None)
            for value in _values(sql or node.args[-1], constants):
                yield node.lineno, f"makes SQL from {ast.unparse(value)}; send it as a parameter"


def _values(text: ast.expr, constants: Mapping[str, ast.expr]) -> Iterator[ast.expr]:
    """Return the parts of a text that are neither written out nor the name of such a text."""
    match text:
        case ast.Constant():
            pass
        case ast.JoinedStr():
            for part in text.values:
                yield from _values(part, constants)
        case ast.FormattedValue():
            yield from _values(text.value, constants)
        case ast.BinOp(op=ast.Add()):
            yield from _values(text.left, constants)
            yield from _values(text.right, constants)
        case ast.Name(id=name) if name in constants:
            rest = {other: value for other, value in constants.items() if other != name}
            yield from _values(constants[name], rest)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.isupper():
            pass  # another file's
        case _:
            yield text


def texts(statement: Statement) -> list[str]:
    """Return what is sent for a statement: a page has one text for its beginning."""
    if isinstance(statement, Paged):
        return [statement.first_sql, statement.sql]
    return [statement.sql]


async def misfit(connection: Connection, statement: Statement) -> str:
    """Say what keeps a statement from the schema or from its own row; nothing when it fits.

    The connection's `search_path` is that of every process: `ext`.
    """
    try:
        for text in texts(statement):
            prepared = await connection.prepare(text)
            columns = [attribute.name for attribute in prepared.get_attributes()]
            # asyncpg 0.32 keeps freed rows by their first column, and writes behind a row without.
            if not columns and text.lstrip().startswith("select"):
                return "gives rows without a column; name one"
            if isinstance(statement, Query):
                fields = [field.encode_name for field in msgspec.structs.fields(statement.row)]
                if columns != fields:
                    return f"gives {columns}, where {statement.row.__name__} has {fields}"
    except asyncpg.PostgresError as error:
        return str(error)
    return ""


async def trespass(connection: Connection, module: str, statement: Statement) -> str:
    """Say what a statement touches beyond its module's own schema; nothing when it keeps to it.

    It is planned with the rights of the module's owner: preparing alone would look at none.
    """
    try:
        async with connection.transaction():
            await connection.execute(
                f'set local role "tinhs_mod_{module}"; set local search_path = ext'
            )
            for text in texts(statement):
                await connection.execute(f"explain (generic_plan) {text}")
    except asyncpg.PostgresError as error:
        return str(error)
    return ""


async def foreign_statements(
    module: Module, modules: Sequence[Module], statements: Iterable[tuple[str, Statement]]
) -> list[str]:
    """Name each statement that fits no schema but its module's, tried on a server of our own.

    `modules` are those to be migrated. Raises `LocalProblem` where no server can be started.
    """
    found: list[str] = []
    with throwaway() as admin:
        urls = await ensure_roles(admin, "walls")
        connection = await asyncpg.connect(urls.owner)
        try:
            await migrate(connection, modules)
            await connection.execute("set search_path = ext")
            for name, statement in statements:
                wrong = await misfit(connection, statement)
                wrong = wrong or await trespass(connection, module.name, statement)
                if wrong:
                    found.append(f"{name}: {wrong}")
        finally:
            await connection.close()
    return found

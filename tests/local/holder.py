"""Use a local server until standard input ends: `python holder.py HOME`."""

import sys
from pathlib import Path

from backend.local import LocalProblem
from backend.local.postgres import LocalPostgres

try:
    server = LocalPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
    with server as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()
except LocalProblem as problem:
    sys.exit(str(problem))

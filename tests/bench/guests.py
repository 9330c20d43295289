"""Lay the measured modules on the path as pip would: packages, and the metadata that names them."""

import shutil
from pathlib import Path
from typing import Final

_GUEST: Final = Path(__file__).parent / "guest"
_METADATA: Final = "Metadata-Version: 2.1\nName: tinhs-bench\nVersion: 1.0\n"
_MORE: Final = 10


def installed(folder: Path, *, more: bool) -> Path:
    """Install the notes, and with `more` ten further modules, into a fresh `folder`; return it."""
    shutil.copytree(_GUEST, folder, ignore=shutil.ignore_patterns("__pycache__"))
    points = ["bench = tinhs_bench:module"]
    if more:
        points += [f"more_{number} = tinhs_bench_more:more_{number}" for number in range(_MORE)]
    metadata = folder / "tinhs_bench-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(_METADATA)
    (metadata / "entry_points.txt").write_text("\n".join(["[tinhs.modules]", *points, ""]))
    return folder

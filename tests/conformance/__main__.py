"""Try every public vector below a folder; exit 1 for a mismatch, 2 when nothing is known."""

import sys
from collections import Counter
from pathlib import Path

from tests.conformance import cedar
from tests.conformance.corpora import CORPORA, read


def main(folder: Path) -> int:
    """Print what was found and how it went; return the exit code."""
    counts = {corpus.name: Counter[str]() for corpus in CORPORA}
    reasons: Counter[str] = Counter()
    mismatches: list[str] = []
    for file in sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".md"}):
        given = read(file)
        corpus = next((each for each in CORPORA if each.knows(file, given)), None)
        if corpus is None:
            continue
        counts[corpus.name]["files"] += 1
        for tried in corpus.run(file, given):
            counts[corpus.name][tried.outcome] += 1
            if tried.outcome == "excused":
                reasons[tried.why] += 1
            elif tried.outcome == "MISMATCH":
                mismatches.append(f"{tried.case}: {tried.why}")
    _show(counts, reasons, mismatches)
    if mismatches:
        return 1
    return 0 if any(counts.values()) else 2


def _show(counts: dict[str, Counter[str]], reasons: Counter[str], mismatches: list[str]) -> None:
    _print(f"{'corpus':28}{'files':>7}{'run':>7}{'pass':>7}{'excused':>9}{'mismatch':>10}")
    for name, count in counts.items():
        run = count["pass"] + count["excused"] + count["MISMATCH"]
        if not run:
            _print(f"{name:28} absent")
            continue
        row = f"{count['files']:>7}{run:>7}{count['pass']:>7}{count['excused']:>9}"
        _print(f"{name:28}{row}{count['MISMATCH']:>10}")
    for why, times in reasons.most_common():
        _print(f"excused {times:>4}: {why}")
    for line in mismatches:
        _print(f"MISMATCH {line}")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.stderr.write("Type: make conformance VECTORS=<folder with public test vectors>\n")
        sys.exit(2)
    code = main(Path(sys.argv[1]))
    _print(cedar.told())
    sys.exit(code)

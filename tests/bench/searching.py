"""The search at 10,000 procedures, in one process: ours, and tantivy on the same words.

The corpus is the example catalogue told over and over with other endings; only the examples' own
titles keep their sentences, as a province's catalogue has words of ours for a part of it. Tantivy
gets the same folded text, in its own process and environment, one thread, and no persistence.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import Final

import msgspec

from modules.public_services.demo import _DATA, _TABLES, shipped_terms
from modules.public_services.model.engine import Engine, Filters
from modules.public_services.model.folding import syllables
from modules.public_services.model.index import Document, build, document_of, packed, unpacked
from modules.public_services.model.procedures import Record
from modules.public_services.model.reading import read
from tests.bench.servers import PEERS, ROOT

SIZE: Final = 10_000
MS_MAX: Final = 6.0
MB_MAX: Final = 60.0
_QUESTIONS: Final = ROOT / "tests" / "public_services" / "evaluation" / "tuning.jsonl"
_WITH_SENTENCES: Final = 4
_ROUNDS: Final = 5


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: milliseconds, megabytes, and how many questions a second against tantivy."""

    p50_ms: float
    p95_ms: float
    mb: float
    build_seconds: float
    by_tantivy: float


def searched() -> Searched:
    """Measure both, one after the other."""
    questions = [json.loads(line)["query"] for line in _QUESTIONS.read_text().splitlines()]
    documents = corpus()
    began = perf_counter()
    content = packed(build(documents, shipped_terms()))
    build_seconds = perf_counter() - began
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        mb = _mb_of(file.name)
    times = _ours(Engine(unpacked(content), 1), questions)
    theirs = _tantivys(documents, questions)
    return Searched(
        p50_ms=times[len(times) // 2] * 1000,
        p95_ms=times[len(times) * 95 // 100] * 1000,
        mb=mb,
        build_seconds=build_seconds,
        by_tantivy=theirs / (sum(times) / len(times)),
    )


def corpus() -> list[Document]:
    """Return 10,000 procedures, the same every time."""
    chance = Random(7)  # noqa: S311 - a story, no secret
    named = [(f"{name}.csv", (_DATA / f"{name}.csv").open("rb")) for name in _TABLES]
    shipped = [document_of(each) for each in read(named) if isinstance(each, Record)]
    for _, file in named:
        file.close()
    words = sorted({word for each in shipped for word in each.title.split()})
    found: list[Document] = []
    while len(found) < SIZE:
        time, place = divmod(len(found), len(shipped))
        one = shipped[place]
        ending = " ".join(chance.sample(words, 6)) if time else ""
        has_words = time < _WITH_SENTENCES
        found.append(
            msgspec.structs.replace(
                one,
                code=f"1.{len(found):06}",
                title=f"{one.title} {ending}".strip(),
                plain_title=one.plain_title if has_words else "",
                situations=one.situations if has_words else (),
                papers=(*one.papers, " ".join(chance.sample(words, 12))),
            )
        )
    return found


def _ours(engine: Engine, questions: Sequence[str]) -> list[float]:
    times: list[float] = []
    for time in range(_ROUNDS):
        for question in questions:
            began = perf_counter()
            engine.search(f"{question} {' ' * time}", Filters())  # not the same, so none is kept
            times.append(perf_counter() - began)
    return sorted(times[len(questions) :])


def _tantivys(documents: Sequence[Document], questions: Sequence[str]) -> float:
    said = [
        [
            " ".join(syllables(" ".join((each.title, each.plain_title, *each.situations)))),
            " ".join(syllables(" ".join((each.field_name, *each.results, *each.papers)))),
        ]
        for each in documents
    ]
    asked = [" ".join(syllables(question)) for question in questions]
    peer = Path(__file__).parent / "peers" / "tantivy_search.py"
    done = subprocess.run(
        [str(PEERS), str(peer)],
        input=json.dumps({"documents": said, "questions": asked, "rounds": _ROUNDS}),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _mb_of(path: str) -> float:
    """Return what an index adds to a process that has nothing else to remember."""
    asked = [sys.executable, "-m", "tests.bench.searching", path]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def _loaded(path: str) -> float:
    gc.collect()
    before = _resident_mb()
    engine = Engine(unpacked(Path(path).read_bytes()), 1)
    engine.search("đăng ký khai sinh", Filters())
    gc.collect()
    return _resident_mb() - before


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    sys.stdout.write(f"{_loaded(sys.argv[1]) if len(sys.argv) > 1 else searched()}\n")

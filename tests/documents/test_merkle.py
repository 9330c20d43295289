"""The log's tree: proofs that anyone can check, and none that shows what is not so."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.transparency import merkle, tiles
from backend.transparency.merkle import NotProved
from modules.documents.model import hashtree


def proves(check: Callable[..., None], *given: Any) -> bool:
    try:
        check(*given)
    except NotProved:
        return False
    return True


def hashes(texts: Sequence[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or ()]


def test_inclusion_as_published(vectors: Callable[[str], list[Path]]) -> None:
    files = vectors("rfc6962/inclusion/**/*.json")
    for file in files:
        case = json.loads(file.read_text())
        leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
        proof = hashes(case["proof"])
        taken = proves(
            merkle.require_inclusion, leaf, case["leafIdx"], case["treeSize"], proof, root
        )
        assert taken != case["wantErr"], file

    assert len(files) == 98


def test_consistency_as_published(vectors: Callable[[str], list[Path]]) -> None:
    files = vectors("rfc6962/consistency/**/*.json")
    for file in files:
        case = json.loads(file.read_text())
        old, new = b64decode(case["root1"] or ""), b64decode(case["root2"] or "")
        proof = hashes(case["proof"])
        taken = proves(merkle.require_consistency, case["size1"], case["size2"], proof, old, new)
        assert taken != case["wantErr"], file

    assert len(files) == 98


def recursive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    left, right = recursive_root(leaves[:k]), recursive_root(leaves[k:])
    return sha256(b"\1" + left + right).digest()


def grown(leaves: Sequence[bytes], steps: Sequence[int]) -> dict[tiles.Place, bytes]:
    """The tiles of a log that was fed in these steps."""
    kept: dict[tiles.Place, bytes] = {}
    size = 0
    for step in (*steps, len(leaves)):
        fresh = [merkle.leaf_hash(leaf) for leaf in leaves[size : size + step]]
        edge = {place: kept[place] for place in tiles.edge(size)}
        kept |= tiles.extended(size, edge, fresh)
        size += len(fresh)
    return kept


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 600])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    leaves = [b"%d" % number for number in range(size)]
    kept = grown(leaves, [1, 2, 254])

    assert merkle.range_hash((0, size), tiles.reader(kept)) == recursive_root(leaves)


def test_the_level_above_is_kept_when_a_tile_is_full() -> None:
    leaves = [b"%d" % number for number in range(256 * 257)]
    kept = grown(leaves, [])

    assert kept[2, 0] == recursive_root(leaves[: 256 * 256])
    assert merkle.range_hash((0, len(leaves)), tiles.reader(kept)) == recursive_root(leaves)


@given(st.data())
def test_every_proof_we_give_is_taken_and_no_changed_one(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves = [b"%d" % number for number in range(size)]
    node = tiles.reader(grown(leaves, []))
    root, old_root = merkle.range_hash((0, size), node), merkle.range_hash((0, old), node)

    path = [merkle.range_hash(span, node) for span in merkle.inclusion(index, size)]
    growth = [merkle.range_hash(span, node) for span in merkle.consistency(old, size)]
    leaf = merkle.leaf_hash(leaves[index])

    merkle.require_inclusion(leaf, index, size, path, root)
    merkle.require_consistency(old, size, growth, old_root, root)
    for place in range(len(path)):
        changed = [*path[:place], sha256(path[place]).digest(), *path[place + 1 :]]
        assert not proves(merkle.require_inclusion, leaf, index, size, changed, root)
    for place in range(len(growth)):
        changed = [*growth[:place], sha256(growth[place]).digest(), *growth[place + 1 :]]
        assert not proves(merkle.require_consistency, old, size, changed, old_root, root)


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("000", (0, 256)),
        ("067", (67, 256)),
        ("x001/x234/067", (1_234_067, 256)),
        ("x001/067.p/8", (1067, 8)),
        ("67", None),
        ("x01/067", None),
        ("067.p/256", None),
        ("067.p/0", None),
        ("../067", None),
        ("067.p/08", None),
    ],
)
def test_addresses_of_tiles(path: str, tile: tuple[int, int] | None) -> None:
    assert tiles.parsed(path) == tile


def test_a_token_over_many_signatures_is_one_over_each() -> None:
    for count in range(1, 30):
        texts = [f"signature {number}" for number in range(count)]
        top, paths = hashtree.grown(texts)
        root = sha256(top).digest()

        for text, path in zip(texts, paths, strict=True):
            way = [path[start : start + 32] for start in range(0, len(path), 32)]
            assert hashtree.root(text, way) == root
            assert hashtree.root(text + "x", way) != root
            assert len(way) <= count.bit_length()


def test_a_token_over_one_signature_is_that_of_its_text() -> None:
    assert hashtree.grown(["signature"]) == (b"signature", (b"",))

"""Bytes that others publish: what they prove we prove, what they refuse we refuse."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from service.publication import verifier
from service.publication.cosignatures import WitnessKey, cosign
from service.publication.notes import Checkpoint, split
from service.publication.tlog import (
    append,
    consistency_proof,
    edge_root,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    list_reader,
    root,
    root_from_inclusion,
    tile_reader,
)

VECTORS = Path(__file__).with_name("vectors")
CASES = [json.loads(line) for line in (VECTORS / "merkle.jsonl").read_text().splitlines()]
INCLUSION = [case for case in CASES if case["case"].startswith("inclusion/")]
CONSISTENCY = [case for case in CASES if case["case"].startswith("consistency/")]
MIRROR, WITNESS = VECTORS / "sunlight" / "mirror", VECTORS / "sunlight" / "witness"
RECORDS = [f"record {n}".encode() for n in range(300)]
MIRROR_KEY = "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O"
WITNESS_KEY = "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN"


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [b64decode(one) for one in case["proof"] or []]


def test_there_are_as_many_cases_as_were_taken() -> None:
    assert (len(INCLUSION), len(CONSISTENCY)) == (98, 98)
    assert sum(not case["wantErr"] for case in CASES) == 12


@pytest.mark.parametrize("case", INCLUSION, ids=lambda case: case["case"])
def test_public_inclusion_cases(case: dict[str, Any]) -> None:
    leaf, head = b64decode(case["leafHash"]), b64decode(case["root"])
    found: bytes | None
    try:
        found = root_from_inclusion(leaf, case["leafIdx"], case["treeSize"], hashes(case))
    except ValueError:
        found = None

    assert (found != head) == case["wantErr"]


@pytest.mark.parametrize("case", CONSISTENCY, ids=lambda case: case["case"])
def test_public_consistency_cases(case: dict[str, Any]) -> None:
    roots = b64decode(case["root1"]), b64decode(case["root2"])
    holds = is_consistent(case["size1"], case["size2"], *roots, hashes(case))

    assert holds != case["wantErr"]


def test_the_tiles_of_a_published_log_are_ours_byte_for_byte() -> None:
    edge, tiles = append(0, [], [leaf_hash(one) for one in RECORDS])
    stated = Checkpoint.parse(split((MIRROR / "checkpoint").read_text())[0])

    assert {tile.path: body for tile, body in tiles.items()} == {
        path.relative_to(MIRROR).as_posix(): path.read_bytes()
        for path in sorted((MIRROR / "tile").rglob("*"))
        if path.is_file()
    }
    assert (stated.size, stated.root) == (300, edge_root(edge))
    assert verifier.tree_hash([verifier.leaf_hash(one) for one in RECORDS]) == stated.root


def test_proofs_are_read_from_the_tiles_of_a_published_log() -> None:
    stated = Checkpoint.parse(split((MIRROR / "checkpoint").read_text())[0])
    read = tile_reader(300, lambda tile: (MIRROR / tile.path).read_bytes())
    earlier = root(100, list_reader([leaf_hash(one) for one in RECORDS[:100]]))

    for index in (0, 255, 256, 299):
        proof = inclusion_proof(index, 300, read)
        leaf = leaf_hash(RECORDS[index])
        assert root_from_inclusion(leaf, index, 300, proof) == stated.root
    proof = consistency_proof(100, 300, read)
    assert is_consistent(100, 300, earlier, stated.root, proof)


@pytest.mark.parametrize(
    ("path", "key", "seed"),
    [
        (MIRROR / "checkpoint", MIRROR_KEY, b"skylight test mirror key"),
        (WITNESS / "checkpoint", WITNESS_KEY, b"skylight test witness key"),
    ],
)
def test_cosignatures_of_another_implementation_verify_and_are_ours_byte_for_byte(
    path: Path, key: str, seed: bytes
) -> None:
    text, lines = split(path.read_text())
    witness = WitnessKey.parse(key)
    found = witness.find(lines, text)

    assert found is not None
    assert int(found[1].timestamp()) == 1767139200
    assert cosign(witness.name, sha256(seed).digest(), text, 1767139200) == found[0]
    assert str(witness) == key
    assert verifier.open_note(path.read_bytes(), key) == text[:-1].split("\n")
    with pytest.raises(verifier.Fault):
        verifier.open_note(path.read_bytes().replace(b"\n300\n", b"\n301\n"), key)


def test_the_roots_of_the_go_client() -> None:
    leaves = [leaf_hash(f"leaf {n}".encode()) for n in range(100)]
    told = (VECTORS / "go_sumdb_tlog_roots.txt").read_text().split()

    assert [root(n, list_reader(leaves)).hex() for n in range(1, 101)] == told

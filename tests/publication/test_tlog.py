"""Merkle hashing, proofs, tiles and bundles against public vectors and against the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.publication.tlog import (
    EMPTY_ROOT,
    HASH,
    Edge,
    Tile,
    append,
    bundle,
    bundle_path,
    consistency_proof,
    edge_root,
    edge_tiles,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    list_reader,
    node_hash,
    root,
    root_from_inclusion,
    tile_reader,
    tiles_needed,
    unbundle,
)

# Leaves, roots and proofs that the open implementations of RFC 6962 share as test data.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    bytes(range(96, 112)).hex(),
]
LEAVES = [leaf_hash(bytes.fromhex(one)) for one in INPUTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def reference(leaves: list[bytes]) -> bytes:
    """MTH word for word as in RFC 6962 section 2.1, over leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(reference(leaves[:k]), reference(leaves[k:]))


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_public_roots(size: int) -> None:
    assert root(size, list_reader(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("place", "path"), INCLUSION.items())
def test_public_inclusion_proofs(place: tuple[int, int], path: list[str]) -> None:
    assert [one.hex() for one in inclusion_proof(*place, list_reader(LEAVES))] == path


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_public_consistency_proofs(sizes: tuple[int, int], path: list[str]) -> None:
    assert [one.hex() for one in consistency_proof(*sizes, list_reader(LEAVES))] == path


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_proved_and_no_other(size: int) -> None:
    leaves = numbered(size)
    head = root(size, list_reader(leaves))

    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, size, list_reader(leaves))
        assert root_from_inclusion(leaf, index, size, proof) == head
        assert root_from_inclusion(leaf_hash(b"other"), index, size, proof) != head
        with pytest.raises(ValueError, match="too long"):
            root_from_inclusion(leaf, index, size, [*proof, head])
        if proof:
            with pytest.raises(ValueError, match="too short"):
                root_from_inclusion(leaf, index, size, proof[:-1])


@pytest.mark.parametrize("new", range(1, 34))
def test_every_prefix_is_proved_and_a_fork_is_not(new: int) -> None:
    leaves = numbered(new)
    head = root(new, list_reader(leaves))

    for old in range(1, new + 1):
        before = root(old, list_reader(leaves))
        proof = consistency_proof(old, new, list_reader(leaves))
        forked = reference([leaf_hash(b"forked"), *leaves[1:old]])
        assert is_consistent(old, new, before, head, proof)
        assert not is_consistent(old, new, forked, head, proof)
        assert not is_consistent(old, new, before, forked, proof)
        assert not is_consistent(old, new, before, head, [*proof, head])
        assert not proof or not is_consistent(old, new, before, head, proof[:-1])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_impossible_places_are_refused(old: int, new: int) -> None:
    with pytest.raises(ValueError):
        consistency_proof(old, new, list_reader(LEAVES))
    with pytest.raises(ValueError):
        inclusion_proof(new, new, list_reader(LEAVES))
    with pytest.raises(ValueError):
        root_from_inclusion(LEAVES[0], new, new, [])
    assert not is_consistent(old, new, EMPTY_ROOT, EMPTY_ROOT, [])


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_appending_in_any_batches_gives_the_same_log(batches: list[int]) -> None:
    leaves = numbered(sum(batches))
    edge: Edge = []
    tiles: dict[Tile, bytes] = {}
    size = 0
    for count in batches:
        edge, new = append(size, edge, leaves[size : size + count])
        size += count
        tiles |= new
        assert edge_root(edge) == reference(leaves[:size])

    once, _ = append(0, [], leaves)
    assert [row for row in edge if row] == [row for row in once if row]
    held = [tile for tile, _ in edge_tiles(size, size) if tile]
    assert [b"".join(edge[tile.level]) for tile in held] == [tiles[tile] for tile in held]
    assert all(len(data) == tile.width * HASH for tile, data in tiles.items())


def test_proofs_read_from_tiles_across_three_levels() -> None:
    size = 66_000
    leaves = numbered(size)
    _, tiles = append(0, [], leaves)
    assert max(tile.level for tile in tiles) == 2
    read = tile_reader(size, tiles.__getitem__)
    head = root(size, read)

    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        needed = tiles_needed(size, lambda reader, i=index: inclusion_proof(i, size, reader))
        few = {tile: tiles[tile] for tile in needed}
        proof = inclusion_proof(index, size, tile_reader(size, few.__getitem__))
        assert root_from_inclusion(leaves[index], index, size, proof) == head
    for old in (1, 256, 300, 65_536, 65_999):
        proof = consistency_proof(old, size, read)
        assert is_consistent(old, size, reference(leaves[:old]), head, proof)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 45), "tile/0/273.p/45"),
        (Tile(2, 1234067), "tile/2/x001/x234/067"),
        (Tile(1, 1000, 1), "tile/1/x001/000.p/1"),
    ],
)
def test_tile_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert bundle_path(tile.index, tile.width) == path.replace(f"tile/{tile.level}", "tile/entries")


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_bundles_keep_their_entries(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries


def test_a_cut_bundle_and_an_oversized_entry_are_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        unbundle(bundle([b"abc"])[:-1])
    with pytest.raises(ValueError, match="does not fit"):
        bundle([bytes(65_536)])
    assert unbundle(bundle([bytes(65_535)])) == [bytes(65_535)]

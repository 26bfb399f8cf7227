"""Two writers of one log on a store in memory, interleaved by a seed; run by hand for 10,000.

PYTHONPATH=.:graphql python -m tests.publication.races 10000
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import Any, cast

from service.publication.log_writer import Log
from service.publication.notes import Checkpoint, Keyring, Signer, VerifierKeys, split
from service.publication.tlog import leaf_hash, list_reader, root
from service.storage import Bucket, Head, ObjectMissing, PreconditionFailed, Store

SIGNER = Signer("race.example", bytes(32))
RING = Keyring((SIGNER,), VerifierKeys((SIGNER.verifier_key,)))
LEAVES = [f"leaf {n}".encode() for n in range(600)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


class MemoryStore:
    """Just enough of a store, which lets the other writer in before and after every call."""

    def __init__(self, random: Random, *, compares: bool = True) -> None:
        self.objects: dict[str, bytes] = {}
        self.checkpoints: list[Checkpoint] = []
        self._random, self._compares = random, compares

    async def _turn(self) -> None:
        for _ in range(self._random.randrange(6)):
            await asyncio.sleep(0)

    async def get(self, bucket: Bucket, key: str) -> tuple[bytes, Head]:
        await self._turn()
        if key not in self.objects:
            raise ObjectMissing(key)
        body = self.objects[key]
        await self._turn()
        return body, Head(key, len(body), sha256(body).hexdigest(), datetime.now(UTC))

    async def put(self, bucket: Bucket, key: str, body: bytes, *_: Any) -> str:
        await self._turn()
        self._write(key, body)
        await self._turn()
        return sha256(body).hexdigest()

    def _write(self, key: str, body: bytes) -> None:
        self.objects[key] = body
        if key.endswith("/checkpoint"):
            self.checkpoints.append(Checkpoint.parse(split(body.decode())[0]))

    async def put_if_absent(self, bucket: Bucket, key: str, body: bytes, *rest: Any) -> bool:
        await self._turn()
        if self._compares and key in self.objects:
            return False
        # No turn between the comparison and the write: that is what the store promises.
        self._write(key, body)
        return True

    async def put_if_match(
        self, bucket: Bucket, key: str, body: bytes, kind: str, etag: str, *rest: Any
    ) -> str:
        await self._turn()
        if self._compares and sha256(self.objects[key]).hexdigest() != etag:
            raise PreconditionFailed(key)
        self._write(key, body)
        return sha256(body).hexdigest()


async def race(seed: int, *, compares: bool = True) -> str:
    """Let two writers bring one log up to two sizes, several times; what is wrong with it."""
    random = Random(seed)
    keeper = MemoryStore(random, compares=compares)
    size = random.choice((0, 0, 3, 250, 255, 256, 300))

    def writer() -> Log:
        return Log(cast(Store, keeper), "feed", RING)

    if size:
        await writer().extend(0, LEAVES[:size])
    for _ in range(2):
        goals = sorted(size + random.randrange(1, 12) for _ in range(2))
        first = size - size % 256
        await asyncio.gather(
            *(writer().extend(first, LEAVES[first:goal]) for goal in goals),
            return_exceptions=True,  # who comes late finds a longer log and says so
        )
        size = goals[-1]
        await writer().extend(first, LEAVES[first:size])
    return fault(keeper.checkpoints, size)


def fault(checkpoints: Sequence[Checkpoint], size: int) -> str:
    """Why these checkpoints are not one growing log of our leaves, empty when they are."""
    before = 0
    for one in checkpoints:
        if one.size < before:
            return f"set back from {before} to {one.size}"
        if one.root != root(one.size, list_reader(HASHES)):
            return f"forked at {one.size}"
        before = one.size
    return "" if before == size else f"ends at {before}, not {size}"


async def faults(seeds: range, *, compares: bool = True) -> dict[int, str]:
    """What went wrong, by seed."""
    found = {}
    for seed in seeds:
        if told := await race(seed, compares=compares):
            found[seed] = told
    return found


if __name__ == "__main__":
    count = int(sys.argv[1])
    told = asyncio.run(faults(range(count)))
    naive = asyncio.run(faults(range(count // 10), compares=False))
    print(f"{count} races: {len(told)} faults {dict(list(told.items())[:3])}")
    print(f"{count // 10} without compare-and-swap: {len(naive)} faults")

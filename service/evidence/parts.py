"""How a file is cut into parts, so that several GiB arrive over a bad network piece by piece."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.errors import Invalid

PART = 8 << 20  # bytes; one part is what a broken connection costs
MAX_PARTS = 1000  # of ours; S3 allows 10,000
URLS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Equal parts, numbered from 1, the last one shorter; lengths in bytes."""

    byte_length: int
    part_length: int

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self.byte_length // self.part_length)

    def length(self, number: int) -> int:
        """Length of part `number`.

        Raises:
            Invalid: there is no such part.
        """
        if not 1 <= number <= self.count:
            raise Invalid(f"parts are numbered 1 to {self.count}", path=("input", "parts"))
        return min(self.part_length, self.byte_length - (number - 1) * self.part_length)

    def missing(self, held: Iterable[tuple[int, int]]) -> list[int]:
        """Numbers of the parts that are not held in full; `held` are (number, length) pairs."""
        whole = {number for number, length in held if self._fits(number, length)}
        return [number for number in range(1, self.count + 1) if number not in whole]

    def _fits(self, number: int, length: int) -> bool:
        return 1 <= number <= self.count and length == self.length(number)


def plan(byte_length: int) -> PartPlan:
    """Parts of 8 MiB, or of the next whole MiB that keeps them within `MAX_PARTS`."""
    needed = -(-byte_length // MAX_PARTS)
    return PartPlan(byte_length, max(PART, -(-needed // (1 << 20)) * (1 << 20)))

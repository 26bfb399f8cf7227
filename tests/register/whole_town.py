"""A whole town compared at once: what the pairs that are kept one by one must come to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from uuid import UUID

from service.register.duplicates import CROWD, LEAST, Facts, Pair, compare, core, keys_of


def pairs(entries: Iterable[Facts]) -> list[Pair]:
    """Pairs to ask about, the highest score first.

    Entries meet that have a number, address, telephone, sound or bare name in common, or their
    principal's name; so the work grows with the groups and not with the square of the register.
    """
    groups: dict[tuple[str, str], list[Facts]] = defaultdict(list)
    for entry in entries:
        for key in keys_of(entry):
            groups[key].append(entry)
    found: dict[tuple[UUID, UUID], Pair] = {}
    for group in groups.values():
        for one, other in meetings(group):
            first, second = sorted((one.id, other.id))
            if (first, second) in found:
                continue
            score, reasons = compare(one, other)
            if score >= LEAST:
                found[first, second] = Pair(first, second, score, reasons)
    return sorted(found.values(), key=lambda pair: (-pair.score, pair.first, pair.second))


def meetings(group: list[Facts]) -> Iterator[tuple[Facts, Facts]]:
    """Which entries of a group are compared; of a crowd those that are neighbours by name."""
    if len(group) <= CROWD:
        yield from combinations(group, 2)
        return
    crowd = sorted(group, key=lambda entry: (core(entry.name), entry.id))
    for at, entry in enumerate(crowd):
        for other in crowd[at + 1 : at + CROWD]:
            yield entry, other

"""Likely duplicates: entries of one town that may be one enterprise, and what the clerk says.

Nobody can tell from names and addresses alone, so the clerk is asked and the answer remembered.
Two entries with a credit code each are two legal entities whatever they look like, so that at
least one of a pair has none: an entry from the time before the code (三证合一 of 2015), or a typo.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from service.register.search import plain

LEAST = 50
"""Score from which a pair is asked about; no single reason reaches it."""
NEAR = 0.7  # share of characters in common from which two names are near-equal
CROWD = 12
"""Entries of one group, such as a market hall, up to which each is compared with each.  In a
larger one each is compared with so many that come next by name."""
_FORM = re.compile(
    r"(有限责任公司|股份有限公司|有限公司|公司|个体工商户|经营部|营业部|商行|商店|门市部|店|\(.*?\))"
)
_PLACE = re.compile(r"^(..市)?(..[区县])?")

FACTS = """
select e.id, e.name, e.credit_code, e.alternate_id, e.principal_name, e.contact_phone, e.sort_key,
    coalesce(p.addresses, '{}') as addresses, coalesce(n.numbers, '{}') as numbers
from enterprises e
left join (select enterprise_id, array_agg(address) as addresses from premises
    where tenant_id = $1 and enterprise_id = any ($2::uuid[]) and status <> 'CLOSED'
    group by enterprise_id) p on p.enterprise_id = e.id
left join (select enterprise_id, array_agg(value) as numbers from enterprise_identifiers
    where tenant_id = $1 and enterprise_id = any ($2::uuid[])
    group by enterprise_id) n on n.enterprise_id = e.id
where e.tenant_id = $1 and e.id = any ($2::uuid[]) and e.status <> 'CLOSED'
"""
"""What is compared of the open ones among some entries of a town."""


class Reason(Enum):
    """Why two entries may be one."""

    SAME_NUMBER = "SAME_NUMBER"
    """A former number of one is in the credit code, or a former number, of the other."""
    SAME_ADDRESS = "SAME_ADDRESS"
    NEAR_NAME = "NEAR_NAME"
    SAME_SOUND = "SAME_SOUND"
    SAME_PHONE = "SAME_PHONE"
    SAME_PRINCIPAL = "SAME_PRINCIPAL"


POINTS = {
    Reason.SAME_NUMBER: 45,
    Reason.NEAR_NAME: 40,
    Reason.SAME_ADDRESS: 30,
    Reason.SAME_PHONE: 20,
    Reason.SAME_PRINCIPAL: 15,
    Reason.SAME_SOUND: 10,
}
"""Points of each reason; those of a near-equal name by how near it is."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an entry is compared, each text made plain."""

    id: UUID
    name: str
    coded: bool
    numbers: frozenset[str]
    addresses: frozenset[str]
    phone: str
    principal: str
    sound: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one, the older first."""

    first: UUID
    second: UUID
    score: int
    reasons: tuple[Reason, ...]


def compare(one: Facts, other: Facts) -> tuple[int, tuple[Reason, ...]]:
    """Score of a pair, 0 where both have a credit code, and its reasons, the gravest first."""
    if one.coded and other.coded:
        return 0, ()
    nearness = similarity(one.name, other.name)
    met = {
        Reason.SAME_NUMBER: bool(one.numbers & other.numbers),
        Reason.NEAR_NAME: nearness >= NEAR,
        Reason.SAME_ADDRESS: bool(one.addresses & other.addresses),
        Reason.SAME_PHONE: bool(one.phone) and one.phone == other.phone,
        Reason.SAME_PRINCIPAL: bool(one.principal) and one.principal == other.principal,
        Reason.SAME_SOUND: bool(one.sound) and one.sound == other.sound,
    }
    reasons = tuple(reason for reason in POINTS if met[reason])
    score = sum(
        round(POINTS[reason] * (nearness if reason is Reason.NEAR_NAME else 1))
        for reason in reasons
    )
    return min(score, 100), reasons


def similarity(one: str, other: str) -> float:
    """Share of characters in common of two plain names, place and legal form left aside.

    0 where it would be less than `NEAR`.
    """
    short, long = sorted((core(one), core(other)), key=len)
    if len(short) >= 2 and short in long:
        return 1.0 if short == long else 0.9
    if not short:
        return 0.0
    # Lengths and letters bound the share from above, which spares most pairs the comparison.
    matcher = SequenceMatcher(None, short, long, autojunk=False)
    if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR:
        return 0.0
    return matcher.ratio()


@lru_cache(maxsize=100_000)
def core(name: str) -> str:
    """What a plain name keeps without the place before it and the legal form behind it."""
    return _FORM.sub("", _PLACE.sub("", name, count=1)) or name


def keys_of(entry: Facts) -> Iterator[tuple[str, str]]:
    """Kind and text of everything by which an entry meets others."""
    for number in entry.numbers:
        yield "number", number
    for address in entry.addresses:
        yield "address", address
    for kind, text in (
        ("phone", entry.phone),
        ("principal", entry.principal),
        ("sound", entry.sound),
        ("name", core(entry.name)),
    ):
        if text:
            yield kind, text


def facts_of(row: Mapping[str, Any]) -> Facts:
    """What is compared of an entry, from a row of `FACTS`."""
    phone = re.sub(r"\D", "", row["contact_phone"])
    return Facts(
        row["id"],
        plain(row["name"]),
        row["credit_code"] is not None,
        _numbers(row["credit_code"], [row["alternate_id"], *row["numbers"]]),
        frozenset(plain(address) for address in row["addresses"]),
        phone if len(phone) >= 7 else "",
        plain(row["principal_name"]),
        row["sort_key"],
    )


def _numbers(credit_code: str | None, others: Iterable[str | None]) -> frozenset[str]:
    """Every number of an entry; a credit code also by the organisation code inside it."""
    given = {"".join(one.upper().replace("-", "").split()) for one in others if one}
    if credit_code:
        given |= {credit_code, credit_code[8:17]}
    return frozenset(given)

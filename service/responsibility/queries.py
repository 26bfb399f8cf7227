"""What can be asked about responsible persons, plates, and the premises that lack them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.hazards.indicators import Ratio
from service.responsibility.records import PlatePage, ResponsibilityPlate, ResponsiblePerson
from service.responsibility.rules import Heads, Place, PlateState
from tenants.scope import Owner
from tenants.wall import current

_PLACES = """
select p.id, p.enterprise_id, c.admin_head_id, c.industry_head_id, c.enterprise_head_id,
    coalesce((select max(v.version) from responsibility_plates v
        where v.tenant_id = p.tenant_id and v.premises_id = p.id), 0)::int as version,
    (select min(o.id::text)::uuid from responsible_persons o where o.tenant_id = p.tenant_id
        and o.enterprise_id = p.enterprise_id and o.in_office_from <= $2
        and (o.in_office_to is null or o.in_office_to > $2) having count(*) = 1) as own_head
from premises p
join enterprises e on e.tenant_id = p.tenant_id and e.id = p.enterprise_id
left join responsibility_plates c on c.tenant_id = p.tenant_id and c.premises_id = p.id
    and c.state = 'CURRENT'
where p.tenant_id = $1
    and (not $3 or (p.status <> 'CLOSED' and e.status <> 'CLOSED'))
    and ($4::uuid[] is null or p.id = any($4))
    and ($5::text is null or starts_with(e.industry_code, $5))
    and ($6::uuid is null or $6 in (c.admin_head_id, c.industry_head_id, c.enterprise_head_id))
    and ($7::uuid is null or p.grid_id = $7)
order by p.id
"""

_HOLES = """
select p.id, p.tenant_id, c.id as plate_id,
    coalesce(not (a.in_office_from <= $1 and (a.in_office_to is null or a.in_office_to > $1)),
        true) as admin,
    coalesce(not (i.in_office_from <= $1 and (i.in_office_to is null or i.in_office_to > $1)),
        true) as industry,
    coalesce(not (h.in_office_from <= $1 and (h.in_office_to is null or h.in_office_to > $1)),
        true) as enterprise
from premises p
join enterprises e on e.tenant_id = p.tenant_id and e.id = p.enterprise_id
left join responsibility_plates c on c.tenant_id = p.tenant_id and c.premises_id = p.id
    and c.state = 'CURRENT'
left join responsible_persons a on a.tenant_id = c.tenant_id and a.id = c.admin_head_id
left join responsible_persons i on i.tenant_id = c.tenant_id and i.id = c.industry_head_id
left join responsible_persons h on h.tenant_id = c.tenant_id and h.id = c.enterprise_head_id
where p.status <> 'CLOSED' and e.status <> 'CLOSED'
"""

_HOLES_PAGE = f"""
select * from ({_HOLES}) all_premises
where (admin or industry or enterprise) and ($2::uuid is null or id > $2)
    and ($3::uuid is null or tenant_id = $3)
order by id limit $4
"""

_HOLES_COUNT = f"""
select count(*)::int as n from ({_HOLES}) all_premises
where (admin or industry or enterprise) and ($2::uuid is null or tenant_id = $2)
"""

_COUNTS = f"""
select tenant_id, count(*)::int as premises, count(plate_id)::int as plates,
    count(*) filter (where plate_id is not null
        and not (admin or industry or enterprise))::int as plates_current
from ({_HOLES}) all_premises group by tenant_id
"""


class HoleKind(Enum):
    """What is wrong with the responsibility for premises."""

    NO_PLATE = "NO_PLATE"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"


@dataclass(frozen=True, slots=True)
class Selection:
    """Premises of a town: those that fit everything given."""

    premises_ids: tuple[UUID, ...] | None = None
    industry: str | None = None
    """First characters of the class in GB/T 4754, such as "62" for catering."""
    person_id: UUID | None = None
    """Named on the current plate."""
    grid_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """Operating premises without a plate, or with somebody on it who is not in office."""

    premises_id: UUID
    tenant_id: UUID
    plate_id: UUID | None
    vacant: Heads
    """The places that are wrong hold the id of the premises, the others None."""

    @property
    def kind(self) -> HoleKind:
        """What is wrong."""
        return HoleKind.NO_PLATE if self.plate_id is None else HoleKind.OUT_OF_OFFICE


@dataclass(frozen=True, slots=True)
class PlateCounts:
    """Plates of one town: operating premises, those with a plate, and plates in order."""

    premises: int = 0
    plates: int = 0
    plates_current: int = 0

    @property
    def current_rate(self) -> Ratio:
        """Plates whose three persons are all in office, of the plates (plates_current)."""
        return Ratio(self.plates_current, self.plates)

    @property
    def plated_rate(self) -> Ratio:
        """Operating premises with a plate, of the operating premises."""
        return Ratio(self.plates, self.premises)

    @property
    def holes(self) -> int:
        """Operating premises without a plate in order."""
        return self.premises - self.plates_current


def persons(*, in_office_on: date | None = None, official: bool | None = None) -> Any:
    """Responsible persons in scope that fit every filter given."""
    found = ResponsiblePerson.all()
    if in_office_on is not None:
        found = found.filter(in_office_from__lte=in_office_on).exclude(
            in_office_to__lte=in_office_on
        )
    if official is not None:
        found = found.filter(enterprise_id__isnull=official)
    return found


async def persons_by_id(
    owner: Owner | None, wanted: Iterable[UUID]
) -> dict[UUID, ResponsiblePerson]:
    """Persons by id, in one statement; of one town where `owner` is given."""
    found = ResponsiblePerson.filter(id__in=list(wanted))
    if owner is not None:
        found = found.filter(tenant_id=owner.tenant_id)
    return {row.id: row for row in await found}


def plates(
    *,
    state: PlateState | None = None,
    premises_id: UUID | None = None,
) -> QuerySet[ResponsibilityPlate]:
    """Versions of plates in scope that fit every filter given."""
    found = ResponsibilityPlate.all()
    if state is not None:
        found = found.filter(state=state.value)
    if premises_id is not None:
        found = found.filter(premises_id=premises_id)
    return found


async def tokens_of(premises_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Tokens of the public pages by premises, in one statement."""
    rows = await PlatePage.filter(premises_id__in=list(premises_ids))
    return {row.premises_id: row.token for row in rows}


async def places(
    owner: Owner, chosen: Selection, *, lock: bool = False, operating: bool = True
) -> list[Place]:
    """The chosen premises with what is known, in the order of their ids; `lock` holds them."""
    rows = await current().fetch(
        _PLACES + (" for update of p" if lock else ""),
        owner.tenant_id,
        clock.legal_day(clock.now()),
        operating,
        list(chosen.premises_ids) if chosen.premises_ids is not None else None,
        chosen.industry,
        chosen.person_id,
        chosen.grid_id,
    )
    return [
        Place(
            row["id"],
            row["enterprise_id"],
            row["version"],
            Heads(row["admin_head_id"], row["industry_head_id"], row["enterprise_head_id"])
            if row["admin_head_id"]
            else None,
            row["own_head"],
        )
        for row in rows
    ]


async def holes(
    day: date, *, after: UUID | None = None, limit: int, tenant_id: UUID | None = None
) -> list[Hole]:
    """Holes in scope by the ids of their premises, one statement."""
    rows = await current().fetch(_HOLES_PAGE, day, after, tenant_id, limit)
    return [
        Hole(
            row["id"],
            row["tenant_id"],
            row["plate_id"],
            Heads(
                *(row["id"] if row[one] else None for one in ("admin", "industry", "enterprise"))
            ),
        )
        for row in rows
    ]


async def count_holes(day: date, tenant_id: UUID | None = None) -> int:
    """Number of holes in scope."""
    rows = await current().fetch(_HOLES_COUNT, day, tenant_id)
    return int(rows[0]["n"])


async def counts(day: date) -> dict[UUID, PlateCounts]:
    """Counts by tenant in scope, in one statement."""
    rows = await current().fetch(_COUNTS, day)
    return {row.pop("tenant_id"): PlateCounts(**row) for row in rows}


async def plates_of_closed(owner: Owner) -> list[ResponsibilityPlate]:
    """Current plates of premises, or of an enterprise, that have closed."""
    rows = await current().fetch(
        "select c.id from responsibility_plates c"
        " join premises p on p.tenant_id = c.tenant_id and p.id = c.premises_id"
        " join enterprises e on e.tenant_id = c.tenant_id and e.id = c.enterprise_id"
        " where c.tenant_id = $1 and c.state = 'CURRENT' and 'CLOSED' in (p.status, e.status)"
        " order by c.id",
        owner.tenant_id,
    )
    wanted = [row["id"] for row in rows]
    return await ResponsibilityPlate.filter(tenant_id=owner.tenant_id, id__in=wanted).order_by("id")

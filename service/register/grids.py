"""Grids (网格): the parts of a town, each a set of hexagons with one keeper; no gap, no overlap.

A hexagon of a town belongs to one grid or to none, by a unique key, and premises carry one grid.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.late import Late
from service.register.records import Grid, GridCell, Premises
from service.register.rules import EnterpriseStatus, check_name, check_optional
from tenants.records import owned
from tenants.scope import Owner
from tenants.wall import current

if TYPE_CHECKING:
    import h3
else:
    h3 = Late("h3")

RESOLUTION = 10  # of H3: hexagons of about 15,000 m², some 130 m across
CELLS_MAX = 20_000  # of one grid
CORNERS = (3, 500)  # of an outline
EXTENT = 0.5  # degrees, some 50 km

_FOLLOW = """
with moved as (
    update premises p set grid_id = c.grid_id
    from premises q left join grid_cells c on c.tenant_id = q.tenant_id and c.cell = q.cell
    where p.tenant_id = $1 and q.tenant_id = p.tenant_id and q.id = p.id and not p.grid_decided
        and p.grid_id is distinct from c.grid_id
    returning 1)
select count(*)::int as n from moved
"""
_COVERAGE = """
select tenant_id, count(*)::int as premises,
    count(*) filter (where grid_id is null)::int as orphans
from premises where status <> 'CLOSED' group by tenant_id
"""
_DOUBLE = """
select tenant_id, count(*)::int as n
from (select tenant_id from grid_cells group by tenant_id, cell having count(*) > 1) twice
group by tenant_id
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Premises of one town that have not closed, and how they lie in grids."""

    premises: int = 0
    orphans: int = 0
    double_assigned: int = 0


def cell_of(latitude: float, longitude: float) -> str:
    """The hexagon that a place lies in."""
    return str(h3.latlng_to_cell(latitude, longitude, RESOLUTION))


async def grid_of(tenant_id: UUID, cell: str) -> UUID | None:
    """The grid of the town that the hexagon belongs to."""
    found = await GridCell.get_or_none(tenant_id=tenant_id, cell=cell)
    return found.grid_id if found else None


async def define(
    owner: Owner, *, code: str, name: str, keeper_name: str, keeper_phone: str = ""
) -> Grid:
    """Make a grid of the town, or change its name and keeper; its code says which.

    Raises:
        Invalid: an empty code, name or keeper.
    """
    at = clock.now()
    values: dict[str, Any] = {
        "name": check_name(name),
        "keeper_name": check_name(keeper_name, "keeperName"),
        "keeper_phone": check_optional(keeper_phone, "keeperPhone", 40),
        "updated_at": at,
    }
    row = await Grid.get_or_none(tenant_id=owner.tenant_id, code=check_name(code, "code")[:40])
    if row is None:
        row = await Grid.create(
            id=new_id(), **owned(owner), code=code.strip()[:40], created_at=at, **values
        )
    else:
        await row.update_from_dict(values).save()
    await audit.record("register.grid_defined", owner, "Grid", row.id)
    await outbox.emit("register.grid_defined", owner, {"grid": str(row.id)})
    return row


async def assign_cells(
    grid_id: UUID, cells: Collection[str], outline: Collection[tuple[float, float]]
) -> int:
    """Make the grid consist of these hexagons, and premises follow; returns how many moved.

    `outline` (latitude, longitude) is an alternative to `cells`: the hexagons whose centres lie
    within it.

    Raises:
        NotFound: no such grid in this scope.
        Invalid: not hexagons of the resolution, too many, or none.
        Conflict: some belong to another grid; the message counts them.
    """
    grid = await Grid.filter(id=grid_id).select_for_update().get_or_none()
    if grid is None:
        raise NotFound("no such grid", path=("input", "gridId"))
    wanted = _cells(cells, outline)
    taken = await GridCell.filter(tenant_id=grid.tenant_id, cell__in=list(wanted)).exclude(
        grid_id=grid.id
    )
    if taken:
        raise Conflict(
            f"{len(taken)} of these cells belong to another grid, such as {taken[0].cell}",
            path=("input", "cells"),
        )
    fetch = current().fetch
    await fetch(
        "delete from grid_cells where tenant_id = $1 and grid_id = $2 and cell <> all ($3::text[])",
        grid.tenant_id,
        grid.id,
        list(wanted),
    )
    try:
        await fetch(
            "insert into grid_cells (id, tenant_id, district_id, grid_id, cell)"
            " select gen_random_uuid(), $1, $2, $3, c from unnest($4::text[]) c"
            " where not exists (select from grid_cells k where k.tenant_id = $1 and k.cell = c)",
            grid.tenant_id,
            grid.district_id,
            grid.id,
            sorted(wanted),
        )
    except IntegrityError as error:
        raise Conflict("another grid has just taken one of these cells; look again") from error
    moved = await follow(grid.owner)
    await audit.record(
        "register.cells_assigned", grid.owner, "Grid", grid.id, cells=len(wanted), moved=moved
    )
    await outbox.emit("register.cells_assigned", grid.owner, {"grid": str(grid.id), "moved": moved})
    return moved


async def follow(owner: Owner) -> int:
    """Give every premises of the town that no decision placed to the grid of its cell."""
    rows = await current().fetch(_FOLLOW, owner.tenant_id)
    return int(rows[0]["n"])


def _check_extent(outline: Collection[tuple[float, float]]) -> None:
    """No grid of a town reaches this far, and its hexagons would fill the memory."""
    for place, corner in enumerate(zip(*outline, strict=True)):
        low, high = ((3.0, 54.0), (73.0, 136.0))[place]
        if min(corner) < low or max(corner) > high or max(corner) - min(corner) > EXTENT:
            raise Invalid(
                f"an outline lies in China and spans at most {EXTENT:g} degrees",
                path=("input", "outline"),
            )


def _cells(cells: Collection[str], outline: Collection[tuple[float, float]]) -> set[str]:
    path = ("input", "cells" if cells else "outline")
    wanted = set(cells)
    if outline:
        if not CORNERS[0] <= len(outline) <= CORNERS[1]:
            raise Invalid(
                f"an outline has {CORNERS[0]} to {CORNERS[1]} corners, this one {len(outline)};"
                " leave out corners that lie on a line",
                path=("input", "outline"),
            )
        _check_extent(outline)
        wanted |= set(h3.polygon_to_cells(h3.LatLngPoly(list(outline)), RESOLUTION))
    if not 1 <= len(wanted) <= CELLS_MAX:
        raise Invalid(f"a grid has 1 to {CELLS_MAX} cells, this one {len(wanted)}", path=path)
    wrong = [one for one in wanted if not h3.is_valid_cell(one)]
    wrong += [one for one in wanted.difference(wrong) if h3.get_resolution(one) != RESOLUTION]
    if wrong:
        raise Invalid(f"{wrong[0]!r} is no H3 cell of resolution {RESOLUTION}", path=path)
    return wanted


async def coverage() -> dict[UUID, Coverage]:
    """Coverage by tenant in scope, in two statements."""
    rows = await current().fetch(_COVERAGE)
    twice = {row["tenant_id"]: row["n"] for row in await current().fetch(_DOUBLE)}
    return {
        row["tenant_id"]: Coverage(row["premises"], row["orphans"], twice.get(row["tenant_id"], 0))
        for row in rows
    }


def orphans() -> QuerySet[Premises]:
    """Premises in scope that have not closed and belong to no grid."""
    return Premises.filter(grid_id__isnull=True).exclude(status=EnterpriseStatus.CLOSED.value)


async def sizes(grid_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Cells and premises of each grid, in one statement."""
    rows = await current().fetch(
        "select g.id, (select count(*) from grid_cells c"
        "  where c.tenant_id = g.tenant_id and c.grid_id = g.id)::int as cells,"
        " (select count(*) from premises p where p.tenant_id = g.tenant_id and p.grid_id = g.id"
        "  and p.status <> 'CLOSED')::int as premises"
        " from grids g where g.id = any ($1::uuid[])",
        list(grid_ids),
    )
    return {row["id"]: (row["cells"], row["premises"]) for row in rows}


Corner = tuple[float, float]


async def hexagons(grid_ids: Iterable[UUID]) -> dict[UUID, list[tuple[str, list[Corner]]]]:
    """Cells of each grid with their corners in degrees, in one statement."""
    rows = await current().fetch(
        "select c.grid_id, c.cell from grid_cells c where c.grid_id = any ($1::uuid[])"
        " order by c.grid_id, c.cell",
        list(grid_ids),
    )
    found: dict[UUID, list[tuple[str, list[Corner]]]] = {}
    for row in rows:
        found.setdefault(row["grid_id"], []).append(
            (row["cell"], [(lat, lng) for lat, lng in h3.cell_to_boundary(row["cell"])])
        )
    return found

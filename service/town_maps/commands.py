"""What can be done about maps: bring one, return to an earlier one, take the last one down."""

from hashlib import sha256
from typing import Any

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.errors import Conflict, NotFound
from service.ids import new_id
from service.texts import filled
from service.town_maps.queries import latest, maps
from service.town_maps.records import TownMap
from service.town_maps.rules import Datum, check_review, read
from tenants.records import Tenant, owned
from tenants.scope import Owner
from tenants.wall import current


async def upload(
    office: Owner, *, review_number: str, datum: Datum, geojson: str, note: str = ""
) -> TownMap:
    """Keep a map of all towns of the district as a new version.

    Raises:
        Invalid: no review number, or too long a note.
        MapRefused: see `rules.read`.
        Conflict: somebody brought another one at the same moment.
    """
    review, why = check_review(review_number), filled(note, "note", 400, empty=True)
    towns = {
        row.division_code: row.name
        for row in await Tenant.filter(district_id=office.district_id).order_by("division_code")
        if row.kind != "DISTRICT"
    }
    shapes = read(geojson, towns)
    return await _add(
        office,
        review_number=review,
        datum=datum.value,
        shapes=[{"code": one.code, "polygons": one.polygons} for one in shapes],
        sha256=sha256(geojson.encode()).hexdigest(),
        note=why,
    )


async def restore(office: Owner, number: int) -> TownMap:
    """Return to an earlier version, as a new one.

    Raises:
        NotFound: no such version, or one that took a map down.
    """
    former = await maps(office).get_or_none(number=number)
    if former is None or not former.shapes:
        raise NotFound(f"there is no map {number}", path=("input", "number"))
    return await _add(
        office,
        review_number=former.review_number,
        datum=former.datum,
        shapes=former.shapes,
        sha256=former.sha256,
        note=former.note,
    )


async def remove(office: Owner) -> TownMap:
    """Take the map down: the board draws hexagons again.

    Raises:
        Conflict: there is none.
    """
    last = await latest(office)
    if last is None or not last.shapes:
        raise Conflict("there is no map to take down")
    return await _add(office)


async def _add(office: Owner, **said: Any) -> TownMap:
    last = await latest(office)
    try:
        row = await TownMap.create(
            id=new_id(),
            **owned(office),
            number=last.number + 1 if last else 1,
            author=current().scope.actor,
            created_at=clock.now(),
            **said,
        )
    except IntegrityError as error:
        raise Conflict("the map was changed at the same moment; look again") from error
    act = "town_maps.uploaded" if row.shapes else "town_maps.removed"
    await audit.record(act, office, "TownMap", row.id, number=row.number, sha256=row.sha256)
    await outbox.emit(act, office, {"map": str(row.id)})
    return row

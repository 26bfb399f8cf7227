"""The district's own map of its towns, for the board of the committee."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.scalars import JSON

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import RowNode
from api.oversight import confined
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.town_maps import commands, queries, records
from service.town_maps.rules import Datum
from tenants.principal import Principal
from tenants.rights import Right, Subject

strawberry.enum(Datum, name="MapDatum", description="System of a map's coordinates")


@strawberry.type(description="Version of the district's map of its towns")
class TownMap(RowNode, relay.Node):
    """One version."""

    model = records.TownMap
    object_kind = Subject.INDICATOR

    id: relay.NodeID[UUID]
    number: int = strawberry.field(description="Number of the version, from 1")
    review_number: str = strawberry.field(
        description="Number of the map's review (审图号), empty where the map was taken down"
    )
    datum: Datum | None = strawberry.field(description="System of its coordinates")
    towns: int = strawberry.field(description="How many towns it draws, 0 where it was taken down")
    sha256: str = strawberry.field(description="SHA-256 of the file, hex")
    note: str = strawberry.field(description="Where it comes from")
    created_at: datetime = strawberry.field(description="Timestamp of the version")
    row: strawberry.Private[records.TownMap]

    @strawberry.field(
        description="Outlines by division code: lists of polygons, each an outer ring and its"
        " holes, of longitude and latitude as in RFC 7946"
    )
    def shapes(self) -> JSON:
        """As the file has them."""
        return JSON({one["code"]: one["polygons"] for one in self.row.shapes})

    @classmethod
    def seen(cls, principal: Principal, found: Any) -> Any:
        """Those of the own office."""
        return confined(principal, found)

    @classmethod
    def of(cls, row: records.TownMap) -> "TownMap":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            number=row.number,
            review_number=row.review_number,
            datum=Datum(row.datum) if row.datum else None,
            towns=len(row.shapes),
            sha256=row.sha256,
            note=row.note,
            created_at=row.created_at,
            row=row,
        )


@strawberry.type
class TownMapQuery:
    """Questions about maps."""

    @strawberry.field(description="The district's map of today, null where hexagons are drawn")
    async def town_map(self, info: Info) -> TownMap | None:
        """The last version."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        row = await queries.latest(info.context.home)
        return TownMap.of(row) if row is not None and row.shapes else None

    @strawberry.field(description="Versions of the district's map, newest first")
    async def town_maps(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[TownMap]:
        """One page."""
        info.context.require(Subject.INDICATOR, Right.READ_OWN)
        found = queries.maps(info.context.home)
        return await page(found, TownMap.of, first=first, after=after, key="number")


@strawberry.input(description="Map of all towns of the district")
class UploadTownMapInput(KeyedInput):
    """Input of `uploadTownMap`."""

    review_number: str = strawberry.field(
        description="Number of the map's review (审图号) as printed, such as 渝S(2023)045号"
    )
    datum: Datum = strawberry.field(description="System of its coordinates")
    geojson: str = strawberry.field(
        description="GeoJSON FeatureCollection (RFC 7946), at most 900000 bytes: a Polygon or"
        " MultiPolygon for each town, whose property `code` is its division code"
    )
    note: str = strawberry.field(
        default="", description="Where it comes from, at most 400 characters"
    )


@strawberry.input(description="Version of the map to return to")
class RestoreTownMapInput(KeyedInput):
    """Input of `restoreTownMap`."""

    number: int = strawberry.field(description="Number of a version that drew a map")


@strawberry.input(description="End of the map: hexagons are drawn again")
class RemoveTownMapInput(KeyedInput):
    """Input of `removeTownMap`."""


async def _upload(info: Info, given: Any) -> TownMap:
    row = await commands.upload(
        info.context.home,
        review_number=given.review_number,
        datum=given.datum,
        geojson=given.geojson,
        note=given.note,
    )
    return TownMap.of(row)


async def _restore(info: Info, given: Any) -> TownMap:
    return TownMap.of(await commands.restore(info.context.home, given.number))


async def _remove(info: Info, _: Any) -> TownMap:
    return TownMap.of(await commands.remove(info.context.home))


_CONFIGURES = (Subject.INDICATOR, Right.WRITE)


@strawberry.type
class TownMapMutation:
    """Acts on maps."""

    upload_town_map = act(
        "uploadTownMap",
        "Draw the board on the district's own map, once it is checked",
        UploadTownMapInput,
        ("map", TownMap),
        _upload,
        needs=_CONFIGURES,
        codes=("MAP_REFUSED", "CONFLICT"),
    )
    restore_town_map = act(
        "restoreTownMap",
        "Return to an earlier version of the map",
        RestoreTownMapInput,
        ("map", TownMap),
        _restore,
        needs=_CONFIGURES,
        codes=("CONFLICT",),
    )
    remove_town_map = act(
        "removeTownMap",
        "Take the map down; its versions stay",
        RemoveTownMapInput,
        ("map", TownMap),
        _remove,
        needs=_CONFIGURES,
        codes=("CONFLICT",),
    )

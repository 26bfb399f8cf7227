"""Equipment in the schema: what is due to be inspected, the reports, and the share in date."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Tenant
from api.context import Info
from api.declared import Column, Sight, shows
from api.evidence import Evidence
from api.hazards import place_of, trader_of
from api.hazards_acts import party_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import RowNode, node_id, typed_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise, Premises
from api.reverse import adds_to, page_of
from service import clock
from service.assets import commands, queries, records
from service.assets.rules import Standing, standing
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(Standing, name="AssetStanding", description="How equipment stands today")

OnDay = Annotated[date | None, strawberry.argument(description="Day, today by default")]
READS = (Subject.ASSET, Right.READ_OWN)
WRITES = (Subject.ASSET, Right.WRITE)


@strawberry.type(description="Inspection of equipment by a testing body (检验检测)")
class AssetInspection:
    """One report."""

    inspected_on: date = strawberry.field(description="Day of the inspection")
    passed: bool = strawberry.field(description="Indicates that the equipment is fit for use")
    next_due_on: date = strawberry.field(
        description="Last day in date; the day of the inspection itself where it failed"
    )
    body: str = strawberry.field(description="Body that inspected")
    report: str = strawberry.field(description="Number of its report")
    evidence_id: strawberry.ID | None = strawberry.field(
        description="Global id of the sealed report, null where none was given"
    )
    note: str | None = strawberry.field(description="Note")

    @classmethod
    def of(cls, row: records.AssetCheck) -> "AssetInspection":
        """The row as the schema shows it."""
        piece = row.evidence_id
        return cls(
            inspected_on=row.checked_on,
            passed=row.passed,
            next_due_on=row.next_due_on,
            body=row.body,
            report=row.report,
            evidence_id=strawberry.ID(relay.to_base64("Evidence", str(piece))) if piece else None,
            note=row.note or None,
        )


@strawberry.type(description="Equipment that is inspected by date (特种设备、消防设施、防雷装置)")
class Asset(RowNode, relay.Node):
    """One piece of equipment."""

    model = records.Asset
    object_kind = Subject.ASSET
    keeps_row = True
    columns = shows(
        "kind",
        "name",
        "serial",
        "next_due_on",
        "retired_on",
        last_inspected_on=Column("last_checked_on"),
        retirement=Column(blank=True),
    )
    sight = Sight(own="enterprise_id")

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Asset]
    kind: str = strawberry.field(description="Code of the kind, see `assetKinds`")
    name: str = strawberry.field(description="Name, as people of the place call it")
    serial: str = strawberry.field(description="Number of the registration or of the maker")
    last_inspected_on: date | None = strawberry.field(
        description="Day of the last inspection, null where none is known"
    )
    next_due_on: date = strawberry.field(description="Last day on which it is in date")
    retired_on: date | None = strawberry.field(description="Day from which it is out of use")
    retirement: str | None = strawberry.field(description="Why it is out of use")

    @strawberry.field(description="How it stands today")
    def standing(self) -> Standing:
        """By the legal day of China."""
        row = self.row
        return standing(row.next_due_on, row.fit, row.retired_on, clock.legal_day(clock.now()))

    @strawberry.field(description="Days until it is due, negative once it is overdue")
    def days_left(self) -> int:
        """Counted in legal days from today."""
        return (self.next_due_on - clock.legal_day(clock.now())).days

    @strawberry.field(description="Enterprise, null where the caller may not read the register")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Loaded for all equipment of the page in one statement."""
        return await trader_of(info, self.row.enterprise_id)

    @strawberry.field(description="Place, null where the caller may not read the register")
    async def premises(self, info: Info) -> Premises | None:
        """Loaded for all equipment of the page in one statement."""
        return await place_of(info, self.row.premises_id)

    @strawberry.field(description="Inspections that were entered, the latest first")
    async def inspections(self, info: Info) -> list[AssetInspection]:
        """Loaded for all equipment of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.AssetCheck]]:
            found = await queries.checks_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("asset_checks", load).load(self.id)
        return [AssetInspection.of(row) for row in rows]


@adds_to(Premises)
class AssetsOfPremises:
    """See `api.reverse`."""

    @strawberry.field(description="Equipment at the place, newest first, also what is out of use")
    async def assets(
        root: Premises, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Asset]:
        """Loaded for all premises of a page in one statement."""
        info.context.require(*READS)
        return await page_of(
            info,
            records.Asset,
            Asset.of,
            by="premises_id",
            parent=root.id,
            first=first,
            after=after,
        )


@strawberry.type(description="Kind of equipment with the interval of its inspections")
class AssetKind:
    """One kind, as a row of the law."""

    code: str = strawberry.field(description="Code of the kind")
    name: str = strawberry.field(description="Name in Chinese")
    interval: int = strawberry.field(description="Time between two inspections")
    unit: str = strawberry.field(description="What the interval counts: MONTHS, YEARS or days")
    source: str = strawberry.field(description="Law or technical rule behind it")
    article: str = strawberry.field(description="Article, or what is not known of it")
    confirmed: bool = strawberry.field(
        description="Indicates that it was checked against the promulgated text"
    )


@strawberry.type(description="Equipment of one kind in one town")
class AssetKindCounts:
    """Numbers only."""

    kind: str = strawberry.field(description="Code of the kind")
    in_date: Ratio = strawberry.field(description="In date and fit, of the equipment in use")
    unfit: int = strawberry.field(description="Equipment that failed its last inspection")


@strawberry.type(description="Equipment in one town, without closed premises")
class AssetCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    in_date: Ratio = strawberry.field(description="In date and fit, of the equipment in use")
    kinds: list[AssetKindCounts] = strawberry.field(description="The same by kind")


@strawberry.input(description="Filters of the list of equipment; all given must hold")
class AssetWhere:
    """Every filter is optional."""

    kind: str | None = strawberry.field(default=None, description="Code of the kind")
    premises_id: relay.GlobalID | None = strawberry.field(default=None, description="Place")
    due_until: date | None = strawberry.field(
        default=None, description="Due on this day at the latest, what is overdue included"
    )
    retired: bool = strawberry.field(
        default=False, description="Only what is out of use, instead of what is in use"
    )


@strawberry.type
class AssetQuery:
    """Questions about equipment."""

    @strawberry.field(description="Equipment that the caller may see, the next to be due first")
    async def assets(
        self,
        info: Info,
        where: AssetWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Asset]:
        """One page; an enterprise sees its own."""
        info.context.require(*READS)
        chosen = where or AssetWhere()
        place = chosen.premises_id
        found = queries.assets(
            kind=chosen.kind,
            premises_id=typed_id(place, "Premises", "premisesId") if place else None,
            due_until=chosen.due_until,
            retired=chosen.retired,
        )
        seen = Asset.seen(info.context.principal, found)
        return await page(
            seen, Asset.of, first=first, after=after, key="next_due_on", descending=False
        )

    @strawberry.field(description="Kinds of equipment in force on a day")
    async def asset_kinds(self, info: Info, on: OnDay = None) -> list[AssetKind]:
        """Rows of the law, open to whoever reads or counts equipment."""
        _require_counts(info)
        return [
            AssetKind(
                code=rule.topic,
                name=rule.text,
                interval=rule.number,
                unit=rule.unit.value,
                source=rule.source,
                article=rule.article,
                confirmed=rule.confirmed,
            )
            for rule in await queries.kinds(on or clock.legal_day(clock.now()))
        ]

    @strawberry.field(description="Equipment of each town, by division code")
    async def asset_counts(self, info: Info) -> list[AssetCounts]:
        """Numbers only, in two statements for any number of towns."""
        if info.context.principal.role is Role.ENTERPRISE:
            info.context.require(Subject.ASSET, Right.READ_COUNTS)
        _require_counts(info)
        found = await queries.counts(clock.legal_day(clock.now()))
        return [_counts(town, found.get(town.id, [])) for town in await towns_in_scope(info)]


def _require_counts(info: Info) -> None:
    if not allows(info.context.principal.role, Subject.ASSET, Right.READ_COUNTS):
        info.context.require(*READS)


def _counts(town: Any, kinds: list[queries.KindCount]) -> AssetCounts:
    held = sum(one.in_date.numerator for one in kinds)
    of = sum(one.in_date.denominator for one in kinds)
    return AssetCounts(
        town=Tenant.of(town),
        in_date=Ratio(numerator=held, denominator=of, value=held / of if of else None),
        kinds=[
            AssetKindCounts(kind=one.kind, in_date=Ratio.of(one.in_date), unfit=one.unfit)
            for one in kinds
        ],
    )


@strawberry.input(description="Equipment to enter")
class RegisterAssetInput(KeyedInput):
    """Input of `registerAsset`."""

    premises_id: relay.GlobalID = strawberry.field(description="Place")
    kind: str = strawberry.field(description="Code of the kind, see `assetKinds`")
    name: str = strawberry.field(description="Name, at most 100 characters")
    serial: str = strawberry.field(
        description="Number of the registration or of the maker, at most 60 characters"
    )
    last_inspected_on: date | None = strawberry.field(
        default=None, description="Day of the last inspection, where it is known"
    )
    next_due_on: date | None = strawberry.field(
        default=None,
        description="Day that its sticker says; by the interval after the last inspection where"
        " it is left out",
    )


@strawberry.input(description="Report of an inspection by a testing body")
class RecordAssetInspectionInput(KeyedInput):
    """Input of `recordAssetInspection`."""

    asset_id: relay.GlobalID = strawberry.field(description="Equipment")
    inspected_on: date = strawberry.field(description="Day, today at the latest")
    passed: bool = strawberry.field(description="Indicates that the equipment is fit for use")
    body: str = strawberry.field(description="Body that inspected, at most 100 characters")
    report: str = strawberry.field(description="Number of its report, at most 60 characters")
    next_due_on: date | None = strawberry.field(
        default=None, description="Next day as the report states it, by the interval if it does not"
    )
    evidence_id: relay.GlobalID | None = strawberry.field(
        default=None, description="The report as evidence of the town"
    )
    note: str = strawberry.field(default="", description="Note, at most 400 characters")


@strawberry.input(description="Equipment that is out of use")
class RetireAssetInput(KeyedInput):
    """Input of `retireAsset`."""

    asset_id: relay.GlobalID = strawberry.field(description="Equipment")
    reason: str = strawberry.field(description="Why, at most 200 characters")


async def _register(info: Info, input: RegisterAssetInput) -> Asset:
    row = await commands.register(
        node_id(input.premises_id, Premises, "premisesId"),
        input.kind,
        name=input.name,
        serial=input.serial,
        last_checked_on=input.last_inspected_on,
        next_due_on=input.next_due_on,
        party=party_of(info),
    )
    return Asset.of(row)


async def _inspect(info: Info, input: RecordAssetInspectionInput) -> Asset:
    piece = input.evidence_id
    report = commands.Report(
        input.inspected_on,
        input.passed,
        input.body,
        input.report,
        input.next_due_on,
        node_id(piece, Evidence, "evidenceId") if piece else None,
        input.note,
    )
    wanted = node_id(input.asset_id, Asset, "assetId")
    return Asset.of(await commands.inspect(wanted, report, party_of(info)))


async def _retire(info: Info, input: RetireAssetInput) -> Asset:
    wanted = node_id(input.asset_id, Asset, "assetId")
    return Asset.of(await commands.retire(wanted, input.reason, party_of(info)))


@strawberry.type
class AssetMutation:
    """Acts with equipment."""

    register_asset: Any = act(
        "registerAsset", "Enter equipment that is inspected by date",
        RegisterAssetInput, ("asset", Asset), _register, needs=WRITES, codes=("CONFLICT",),
    )  # fmt: skip
    record_asset_inspection: Any = act(
        "recordAssetInspection", "Enter the report of an inspection of equipment",
        RecordAssetInspectionInput, ("asset", Asset), _inspect, needs=WRITES, codes=("RETIRED",),
    )  # fmt: skip
    retire_asset: Any = act(
        "retireAsset", "Enter that equipment is out of use",
        RetireAssetInput, ("asset", Asset), _retire, needs=WRITES, codes=("RETIRED",),
    )  # fmt: skip

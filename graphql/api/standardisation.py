"""Standardisation in the schema: certificates, who lacks one, and conformity at three levels."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Tenant
from api.context import Info
from api.declared import Column, Sight, shows
from api.hazards import trader_of
from api.hazards_counts import Ratio, towns_in_scope
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.register import Enterprise
from api.reverse import adds_to
from service import clock
from service.hazards import indicators
from service.standardisation import conformity, queries, records
from service.standardisation.conformity import Level
from service.standardisation.rules import State
from tenants.rights import Right, Role, Subject

strawberry.enum(State, name="StandardisationState", description="Where a certificate stands")
strawberry.enum(Level, name="ConformityLevel", description="What an item of conformity is about")

NOBODYS = indicators.Ratio(0, 0)
OnDay = Annotated[date | None, strawberry.argument(description="Day, today by default")]
WithinDays = Annotated[int, strawberry.argument(description="Days from today, at most 366")]


@strawberry.type(
    description="Certificate of standardisation (安全生产标准化) of an enterprise, from its"
    " application on"
)
class StandardisationCert(RowNode, relay.Node):
    """One certificate."""

    model = records.Certificate
    object_kind = Subject.STANDARDISATION
    keeps_row = True
    columns = shows(
        "grade",
        "applied_on",
        "self_score",
        "self_assessed_on",
        "score",
        "reviewed_on",
        "published_on",
        "objections_until",
        "issued_on",
        "valid_to",
        "revoked_on",
        state=Column(kind=State),
        number=Column(blank=True),
        reason=Column(blank=True),
    )
    sight = Sight(own="enterprise_id")

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.Certificate]
    state: State = strawberry.field(description="Where it stands")
    grade: int = strawberry.field(description="Grade, 1 (highest) to 3")
    applied_on: date = strawberry.field(description="Day of the application")
    self_score: int | None = strawberry.field(
        description="Mark that the enterprise gave itself, 0 to 100"
    )
    self_assessed_on: date | None = strawberry.field(description="Day of the self-assessment")
    score: int | None = strawberry.field(description="Mark of the review, 0 to 100")
    reviewed_on: date | None = strawberry.field(description="Day of the review")
    published_on: date | None = strawberry.field(description="First day of the publicity (公示)")
    objections_until: date | None = strawberry.field(
        description="Last day on which anybody may object"
    )
    number: str | None = strawberry.field(description="Number of the certificate")
    issued_on: date | None = strawberry.field(description="First day on which it holds")
    valid_to: date | None = strawberry.field(description="First day on which it no longer holds")
    revoked_on: date | None = strawberry.field(description="Day on which it was taken back")
    reason: str | None = strawberry.field(description="Why it was returned, withdrawn or revoked")

    @strawberry.field(description="Days until it ends, null where it is not granted")
    def days_left(self) -> int | None:
        """Counted in legal days from today."""
        if self.state is not State.GRANTED or self.valid_to is None:
            return None
        return (self.valid_to - clock.legal_day(clock.now())).days

    @strawberry.field(description="Enterprise, null where the caller may not read the register")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Loaded for all certificates of the page in one statement."""
        return await trader_of(info, self.row.enterprise_id)


@strawberry.type(description="Discipline or post of an enterprise that must conform (三达标)")
class ConformityItem(RowNode, relay.Node):
    """One item."""

    model = records.ConformityItem
    object_kind = Subject.STANDARDISATION
    keeps_row = True
    columns = shows(
        "name",
        "required",
        "passed",
        "assessed_on",
        "added_on",
        "ended_on",
        level=Column(kind=Level),
    )
    sight = Sight(own="enterprise_id")

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.ConformityItem]
    level: Level = strawberry.field(description="What it is about")
    name: str = strawberry.field(description="Name of the discipline or post")
    required: bool = strawberry.field(
        description="Indicates that the enterprise conforms only where this does"
    )
    passed: bool | None = strawberry.field(
        description="Indicates that it conformed when it was assessed last, null before"
    )
    assessed_on: date | None = strawberry.field(description="Day of the last assessment")
    added_on: date = strawberry.field(description="Day from which it counts")
    ended_on: date | None = strawberry.field(description="Day from which it no longer counts")

    @strawberry.field(description="Enterprise, null where the caller may not read the register")
    async def enterprise(self, info: Info) -> Enterprise | None:
        """Loaded for all items of the page in one statement."""
        return await trader_of(info, self.row.enterprise_id)


@strawberry.type(description="Conformity of one enterprise")
class Conformity:
    """Whether it conforms, and by which items."""

    conforms: bool | None = strawberry.field(
        description="Indicates that everything required does, null where no discipline and no"
        " post is required"
    )
    items: list[ConformityItem] = strawberry.field(description="Items that are kept, by level")


@adds_to(Enterprise)
class StandardisationOfEnterprise:
    """See `api.reverse`."""

    @strawberry.field(description="Certificates and applications of the enterprise, latest first")
    async def certificates(root: Enterprise, info: Info) -> list[StandardisationCert]:
        """Loaded for all enterprises of a page in one statement."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)

        async def load(keys: list[UUID]) -> list[list[records.Certificate]]:
            found = await queries.certificates_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("certificates_of", load).load(root.id)
        return [StandardisationCert.of(row) for row in rows]

    @strawberry.field(description="Conformity of the enterprise at its three levels (三达标)")
    async def conformity(root: Enterprise, info: Info) -> Conformity:
        """Loaded for all enterprises of a page in one statement."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)

        async def load(keys: list[UUID]) -> list[list[records.ConformityItem]]:
            found = await conformity.items_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("conformity_of", load).load(root.id)
        return Conformity(
            conforms=conformity.conforms(rows), items=[ConformityItem.of(row) for row in rows]
        )


@strawberry.type(description="Standardisation in one town")
class StandardisationCounts:
    """Numbers only."""

    town: Tenant = strawberry.field(description="Town that is counted")
    certified: Ratio = strawberry.field(
        description="Those with a certificate on the day, of the operating enterprises above quota"
    )
    enterprises: Ratio = strawberry.field(
        description="Enterprises that conform today, of those with a required discipline or post"
    )
    disciplines: Ratio = strawberry.field(description="Required disciplines that conform today")
    posts: Ratio = strawberry.field(description="Required posts that conform today")


@strawberry.input(description="Filters of the list of certificates; all given must hold")
class StandardisationCertWhere:
    """Every filter is optional."""

    state: State | None = strawberry.field(default=None, description="Where it stands")


@strawberry.input(description="Filters of the list of items; all given must hold")
class ConformityItemWhere:
    """Every filter is optional."""

    level: Level | None = strawberry.field(default=None, description="What it is about")
    passed: bool | None = strawberry.field(
        default=None, description="Conforms; false are those that failed or wait to be assessed"
    )


@strawberry.type
class StandardisationQuery:
    """Questions about standardisation."""

    @strawberry.field(description="Certificates and applications that the caller may see")
    async def standardisation_certs(
        self,
        info: Info,
        where: StandardisationCertWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[StandardisationCert]:
        """One page, newest first."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)
        found = queries.certificates(state=where.state if where else None)
        seen = StandardisationCert.seen(info.context.principal, found)
        return await page(seen, StandardisationCert.of, first=first, after=after)

    @strawberry.field(description="Granted certificates that end soon, the next to end first")
    async def expiring_standardisation_certs(
        self,
        info: Info,
        within_days: WithinDays = 90,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[StandardisationCert]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)
        found = queries.expiring(clock.legal_day(clock.now()), within_days)
        seen = StandardisationCert.seen(info.context.principal, found)
        return await page(
            seen,
            StandardisationCert.of,
            first=first,
            after=after,
            key="valid_to",
            descending=False,
        )

    @strawberry.field(
        description="Operating enterprises above quota without a certificate that holds"
    )
    async def enterprises_without_certificate(
        self,
        info: Info,
        on: OnDay = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Enterprise]:
        """One page: what is missing to a rate of 100 %."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)
        found = queries.without(on or clock.legal_day(clock.now()))
        seen = Enterprise.seen(info.context.principal, found)
        return await page(seen, Enterprise.of, first=first, after=after)

    @strawberry.field(description="Items of conformity that the caller may see, newest first")
    async def conformity_items(
        self,
        info: Info,
        where: ConformityItemWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ConformityItem]:
        """One page of items that are kept."""
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)
        chosen = where or ConformityItemWhere()
        found = conformity.items(level=chosen.level, passed=chosen.passed)
        seen = ConformityItem.seen(info.context.principal, found)
        return await page(seen, ConformityItem.of, first=first, after=after)

    @strawberry.field(description="Standardisation of each town, by division code")
    async def standardisation_counts(
        self, info: Info, on: OnDay = None
    ) -> list[StandardisationCounts]:
        """Numbers only, in three statements for any number of towns; not for enterprises."""
        if info.context.principal.role is Role.ENTERPRISE:
            info.context.require(Subject.STANDARDISATION, Right.READ_ACROSS)
        info.context.require(Subject.STANDARDISATION, Right.READ_OWN)
        certified = await queries.rates(on or clock.legal_day(clock.now()))
        levels = await conformity.counts()
        return [
            StandardisationCounts(
                town=Tenant.of(town),
                certified=Ratio.of(certified.get(town.id, NOBODYS)),
                enterprises=Ratio.of(levels.get(town.id, {}).get(Level.ENTERPRISE, NOBODYS)),
                disciplines=Ratio.of(levels.get(town.id, {}).get(Level.DISCIPLINE, NOBODYS)),
                posts=Ratio.of(levels.get(town.id, {}).get(Level.POST, NOBODYS)),
            )
            for town in await towns_in_scope(info)
        ]

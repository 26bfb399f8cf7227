"""Questions about the register as a whole: a code, one legal entity in all towns, the tiers."""

from typing import Annotated

import strawberry

from api.administration import Tenant
from api.context import Info
from api.hazards_counts import towns_in_scope
from api.paging import PAGE_DEFAULT, After, Connection, First, page, within
from api.register import Enterprise
from service.register import credit_code as codes
from service.register import queries, tiers
from service.register.rules import Tier
from tenants.rights import Right, Role, Subject

Code = Annotated[str, strawberry.argument(description="Unified social credit code")]


@strawberry.type(description="Whether a text is a unified social credit code (GB 32100-2015)")
class CreditCodeCheck:
    """What is wrong, as data; nothing is looked up and nothing changed."""

    valid: bool = strawberry.field(description="Indicates that all characters and digits fit")
    problem: str | None = strawberry.field(description="What is wrong, null where nothing is")
    suggestion: str | None = strawberry.field(
        description="Valid code that was probably meant, null where none is likely"
    )


@strawberry.type(
    description="Enterprises of one town in each supervision tier, without closed ones"
)
class SupervisionTierCounts:
    """Numbers only, never an enterprise."""

    town: Tenant = strawberry.field(description="Town that is counted")
    first: int = strawberry.field(description="Enterprises in the first tier, the closest")
    second: int = strawberry.field(description="Enterprises in the second tier")
    third: int = strawberry.field(description="Enterprises in the third tier")
    fourth: int = strawberry.field(description="Enterprises in the fourth tier")
    undecided: int = strawberry.field(description="Enterprises without a decision; the aim is 0")


@strawberry.type
class RegisterAsksQuery:
    """Questions that no single entry answers."""

    @strawberry.field(description="Check a credit code without changing anything")
    async def check_credit_code(self, info: Info, code: Code) -> CreditCodeCheck:
        """Open to whoever may read a register."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        text = code[:60]
        problem = codes.fault(text)
        return CreditCodeCheck(
            valid=problem is None,
            problem=problem,
            suggestion=codes.suggestion(text) if problem else None,
        )

    @strawberry.field(description="Entries of one legal entity in all towns that the caller reads")
    async def legal_entity(
        self, info: Info, credit_code: Code, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Enterprise]:
        """One entry for each town with a branch; its premises are below it."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        found = within(queries.legal_entity(credit_code))
        seen = Enterprise.seen(info.context.principal, found)
        return await page(seen, Enterprise.of, first=first, after=after)

    @strawberry.field(description="Enterprises in each supervision tier of each town, by its code")
    async def supervision_tier_counts(self, info: Info) -> list[SupervisionTierCounts]:
        """Numbers only, in two statements for any number of towns."""
        info.context.require(Subject.REGISTER, Right.READ_OWN)
        if info.context.principal.role in (Role.ENTERPRISE, Role.APP):
            info.context.require(Subject.SETTINGS, Right.READ_ACROSS)
        found = await tiers.counts()
        return [
            SupervisionTierCounts(
                town=Tenant.of(town),
                undecided=found.get((town.id, None), 0),
                **{one.value.lower(): found.get((town.id, one), 0) for one in Tier},
            )
            for town in await towns_in_scope(info)
        ]

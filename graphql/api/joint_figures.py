"""What joint enforcement spares, in the schema: receipts, figures, and how bodies are rated."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Body
from api.context import Info
from api.joint import body_of
from api.nodes import NOBODY, node_id
from api.register import Enterprise
from service.joint import figures, responses
from tenants.rights import Right, Role, Subject

FirstDay = Annotated[date, strawberry.argument(description="First day of the period")]
LastDay = Annotated[date, strawberry.argument(description="Last day of the period")]


@strawberry.type(description="Share with what it is a share of")
class JointRatio:
    """One figure."""

    value: float | None = strawberry.field(
        description="The share, null where there is nothing to divide by"
    )
    numerator: int = strawberry.field(description="Numerator")
    denominator: int = strawberry.field(description="Denominator")

    @classmethod
    def of(cls, ratio: figures.Ratio) -> "JointRatio":
        """As the schema shows it."""
        return cls(value=ratio.value, numerator=ratio.numerator, denominator=ratio.denominator)


@strawberry.type(
    description="Visits of a period against every body coming alone, recognised results included"
)
class BurdenReceipt:
    """One receipt; those of all enterprises add up to the figure of all."""

    visits: int = strawberry.field(description="Visits that took place")
    merged_demands: int = strawberry.field(description="Demands served together with others")
    separate_visits: int = strawberry.field(
        description="Visits if each body had come alone, and for each recognised demand"
    )
    recognised: int = strawberry.field(description="Demands satisfied by another body's result")
    spared: int = strawberry.field(description="Visits that nobody had to make")

    @classmethod
    def of(cls, made: figures.Receipt) -> "BurdenReceipt":
        """As the schema shows it."""
        return cls(
            visits=made.visits,
            merged_demands=made.merged_demands,
            separate_visits=made.separate_visits,
            recognised=made.recognised,
            spared=made.spared,
        )


@strawberry.type(description="Figures of joint enforcement over what the caller may see")
class JointFigures:
    """Never scored: numbers of inspections assess nobody (国办发〔2024〕54号)."""

    receipt: BurdenReceipt = strawberry.field(description="Visits against separate ones")
    duplicates: JointRatio = strawberry.field(
        description="Inspections that repeat another too soon"
    )
    merge_gain: JointRatio = strawberry.field(
        description="Visits spared of those if made separately"
    )
    joint_share: JointRatio = strawberry.field(description="Visits of two bodies or more")
    recognition: JointRatio = strawberry.field(
        description="Visits whose result another body took over"
    )
    cap_breaches: int = strawberry.field(description="Lines of the ledger above their cap")
    refusals: int = strawberry.field(description="Inspections turned away for want of a code")


@strawberry.type(description="Means of the marks of one body in a period")
class BodyRating:
    """Shown only where so many rated that nobody is recognised."""

    body_id: strawberry.Private[UUID]
    ratings: int = strawberry.field(description="Number of ratings")
    lawful: float = strawberry.field(description="Done by the law, 1 (bad) to 5 (good)")
    courteous: float = strawberry.field(description="Done with courtesy, 1 to 5")
    useful: float = strawberry.field(description="Of use to the enterprise, 1 to 5")

    @strawberry.field(description="Body that was rated")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.body_id)


@strawberry.type
class FiguresQuery:
    """Questions about what was spared."""

    @strawberry.field(description="What merging and recognition spared one enterprise")
    async def burden_receipt(
        self, info: Info, enterprise_id: relay.GlobalID, first_day: FirstDay, last_day: LastDay
    ) -> BurdenReceipt:
        """An enterprise reads its own."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        wanted = node_id(enterprise_id, Enterprise, "enterpriseId")
        principal = info.context.principal
        if principal.role is Role.ENTERPRISE and principal.enterprise_id != wanted:
            wanted = NOBODY
        return BurdenReceipt.of(await figures.receipt(wanted, first_day, last_day))

    @strawberry.field(description="Figures of joint enforcement; not for enterprises")
    async def joint_figures(
        self, info: Info, first_day: FirstDay, last_day: LastDay
    ) -> JointFigures | None:
        """Over the rows in scope."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            return None
        found = await figures.figures(first_day, last_day)
        return JointFigures(
            receipt=BurdenReceipt.of(found.receipt),
            duplicates=JointRatio.of(found.duplicates),
            merge_gain=JointRatio.of(found.merge_gain),
            joint_share=JointRatio.of(found.joint_share),
            recognition=JointRatio.of(found.recognition),
            cap_breaches=found.cap_breaches,
            refusals=found.refusals,
        )

    @strawberry.field(description="How enterprises rate the bodies; not for enterprises")
    async def body_ratings(
        self, info: Info, first_day: FirstDay, last_day: LastDay
    ) -> list[BodyRating]:
        """Bodies with too few ratings are left out."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            return []
        return [
            BodyRating(
                body_id=one.body_id,
                ratings=one.ratings,
                lawful=one.lawful,
                courteous=one.courteous,
                useful=one.useful,
            )
            for one in await responses.ratings(info.context.home, first_day, last_day)
        ]

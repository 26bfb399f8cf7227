"""Policy targets in the schema: whether they can all be kept, and if not which contradict."""

from typing import Annotated

import strawberry

from api.context import Info
from service.joint import target_check
from service.joint.planning.targets import Target
from tenants.rights import Right, Role, Subject

LIMIT = 1000


@strawberry.type(description="Rule that a policy, the law or the staff sets")
class PolicyTarget:
    """In both languages."""

    english: str = strawberry.field(description="The rule in English")
    chinese: str = strawberry.field(description="The rule in Chinese")

    @classmethod
    def of(cls, target: Target) -> "PolicyTarget":
        """As the schema shows it."""
        english, chinese = target.words()
        return cls(english=english, chinese=chinese)


@strawberry.type(description="Targets, and the smallest set of them that cannot be kept together")
class PolicyCheck:
    """Empty conflict: all can be kept."""

    targets: list[PolicyTarget] = strawberry.field(description="All targets that were looked at")
    conflict: list[PolicyTarget] = strawberry.field(
        description="The fewest that contradict one another; empty when all can be kept"
    )


@strawberry.type
class TargetQuery:
    """Questions about targets."""

    @strawberry.field(
        description="Whether coverage, caps, gaps, staff and duties can all be kept here"
    )
    async def policy_check(
        self,
        info: Info,
        coverage: Annotated[
            int, strawberry.argument(description="Visits of every premises in half a year")
        ] = 1,
        guidance_counts: Annotated[
            bool, strawberry.argument(description="Guidance visits count as coverage")
        ] = False,
        by_special: Annotated[
            bool, strawberry.argument(description="The inspections are special ones (专项检查)")
        ] = False,
        responsible_persons: Annotated[
            int, strawberry.argument(description="Persons who guide on site once a month")
        ] = 0,
    ) -> PolicyCheck | None:
        """Over the rows in scope; not for enterprises."""
        info.context.require(Subject.DEMAND, Right.READ_OWN)
        if info.context.principal.role is Role.ENTERPRISE:
            return None
        policy = target_check.Policy(
            max(0, min(coverage, LIMIT)),
            guidance_counts,
            by_special,
            max(0, min(responsible_persons, LIMIT)),
        )
        targets, found = await target_check.contradiction(info.context.home, policy)
        return PolicyCheck(
            targets=[PolicyTarget.of(one) for one in targets],
            conflict=[PolicyTarget.of(one) for one in found],
        )

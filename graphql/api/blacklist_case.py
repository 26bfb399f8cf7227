"""What every act in a case shares: its case, who decides, who is the party."""

from uuid import UUID

import strawberry
from strawberry import relay

from api.blacklist import BlacklistCase
from api.context import Info
from api.nodes import node_id
from service.blacklist import queries, records
from service.blacklist.rules import BodyId
from service.errors import Forbidden
from tenants.rights import Capability, Right, Role, Subject


@strawberry.input
class CaseAct:
    """The case an act belongs to."""

    case_id: relay.GlobalID = strawberry.field(description="Case of the act")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


def case_of(given: CaseAct) -> UUID:
    """The plain id of the act's case.

    Raises:
        Invalid: not the id of a case.
    """
    return node_id(given.case_id, BlacklistCase, "caseId")


def decider(info: Info) -> BodyId | None:
    """The body the caller acts for; the command checks that it decided the penalty.

    Raises:
        Forbidden: the caller's role decides no listing whatever its body.
    """
    info.context.require(Subject.BLACKLIST, Right.DECIDE, Capability.DECIDED_PENALTY)
    body = info.context.principal.body_id
    return BodyId(body) if body else None


async def check_party(info: Info, case_id: UUID) -> None:
    """Refuse all but the party itself, and the bodies that take its request in on paper.

    Raises:
        Forbidden: as said.
    """
    principal = info.context.principal
    if principal.role is not Role.ENTERPRISE:
        decider(info)
        return
    info.context.require(Subject.BLACKLIST, Right.OBJECT)
    own = queries.cases(enterprise_id=principal.enterprise_id or UUID(int=0))
    if not await own.filter(id=case_id).exists():
        raise Forbidden("an enterprise asks for the repair of its own entry only")


def shown(row: records.BlacklistCase | None) -> BlacklistCase | None:
    """The case in a payload."""
    return BlacklistCase.of(row) if row else None

"""Identity in the schema: who I am, who works in the town, and which applications it lets in."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Body, Tenant
from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.identity import apps, commands, queries, records
from service.identity.rules import GrantState
from tenants import records as tenant_records
from tenants.principal import Principal
from tenants.rights import Capability, Right, Role, Subject, allows

strawberry.enum(Role, description="In which capacity somebody acts")
strawberry.enum(GrantState, description="Where a grant to an application stands")
strawberry.enum(Subject, name="RightSubject", description="Kind of object that a right is about")
strawberry.enum(Right, description="What can be done to an object")
State = Annotated[GrantState | None, strawberry.argument(description="Only grants in this state")]


_MOMENTS = (Capability.LEADS, Capability.DECIDED_PENALTY)
"""Circumstances that no principal carries: the act knows them."""


@strawberry.type(description="What the caller's role may do at all to one kind of object")
class ViewerRights:
    """One row of the matrix of rights that is not empty."""

    subject: Subject = strawberry.field(description="Kind of object")
    rights: list[Right] = strawberry.field(description="What may be done to it")


@strawberry.type(description="Who asks")
class Viewer:
    """The principal of the request."""

    name: str = strawberry.field(description="Name of the person or application, empty for nobody")
    role: Role = strawberry.field(description="Capacity of the caller")
    capabilities: list[str] = strawberry.field(
        description="Scopes of an application's token, or powers of the member's body"
    )

    @strawberry.field(
        description="Rights of the caller, so that a client offers what may be done; which rows"
        " they reach, and rights of the moment such as leading a visit, each act checks anew"
    )
    def rights(self, info: Info) -> list[ViewerRights]:
        """The caller's column of the matrix, with what its grants and circumstances allow."""
        held = info.context.principal.grants.union(_MOMENTS)
        return [
            ViewerRights(subject=subject, rights=found)
            for subject in Subject
            if (
                found := [
                    right for right in Right if allows(self.role, subject, right, capabilities=held)
                ]
            )
        ]

    @strawberry.field(description="Tenant whose desk the caller sits at, null for the public")
    async def tenant(self, info: Info) -> Tenant | None:
        """Null, too, for an application with more than one town or none."""
        home = info.context.principal.scope.home
        row = home and await tenant_records.Tenant.get_or_none(id=home.tenant_id)
        return Tenant.of(row) if row else None

    @strawberry.field(description="Enforcement body of the caller, null for those without")
    async def body(self, info: Info) -> Body | None:
        """The body that the membership names."""
        body_id = info.context.principal.body_id
        row = body_id and await tenant_records.Body.get_or_none(id=body_id)
        return Body.of(row) if row else None


@strawberry.type(description="Person who works in one capacity for the town")
class Member(RowNode, relay.Node):
    """One membership."""

    model = records.Membership
    object_kind = Subject.MEMBER

    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="Name of the person")
    role: Role = strawberry.field(description="Capacity of the member")
    valid_from: date = strawberry.field(description="First day of the membership")
    valid_to: date | None = strawberry.field(description="First day after it, null when open")

    @classmethod
    def of(cls, row: records.Membership) -> "Member":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


@strawberry.type(description="What the town lets one application see or do")
class AppGrant(RowNode, relay.Node):
    """One grant."""

    model = records.AppGrant
    object_kind = Subject.APP_GRANT

    id: relay.NodeID[UUID]
    app_name: str = strawberry.field(description="Name of the application")
    client_id: str = strawberry.field(description="Client id of the application")
    scopes: list[str] = strawberry.field(description="Scopes asked for or granted")
    state: GrantState = strawberry.field(description="Where the grant stands")
    requested_at: datetime = strawberry.field(description="When it was asked for, timestamp")
    decided_at: datetime | None = strawberry.field(description="Last answer, timestamp")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An application finds its own alone."""
        return queries.own_grants(principal, found)

    @classmethod
    def of(cls, row: records.AppGrant) -> "AppGrant":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            app_name=row.app_name,
            client_id=row.client_id,
            scopes=row.scopes,
            state=GrantState(row.state),
            requested_at=row.requested_at,
            decided_at=row.decided_at,
        )


@strawberry.type
class IdentityQuery:
    """Questions about identity."""

    @strawberry.field(description="The caller")
    async def me(self, info: Info) -> Viewer:
        """Also for the public, whose role is PUBLIC."""
        principal = info.context.principal
        return Viewer(
            name=principal.name, role=principal.role, capabilities=sorted(principal.grants)
        )

    @strawberry.field(description="Members of the caller's tenant, newest first")
    async def members(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Member]:
        """One page."""
        info.context.require(Subject.MEMBER, Right.READ_OWN)
        return await page(queries.members(), Member.of, first=first, after=after)

    @strawberry.field(description="Applications that asked the caller's tenant, newest first")
    async def app_grants(
        self,
        info: Info,
        state: State = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[AppGrant]:
        """One page; an application sees its own grants alone."""
        info.context.require(Subject.APP_GRANT, Right.READ_OWN)
        found = queries.app_grants(info.context.principal, state)
        return await page(found, AppGrant.of, first=first, after=after)


@strawberry.enum(description="Why a grant was not approved")
class ApproveAppGrantErrorCode(Enum):
    """Codes of `approveAppGrant`."""

    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@strawberry.input(description="Request to be approved")
class ApproveAppGrantInput:
    """Input of `approveAppGrant`."""

    grant_id: relay.GlobalID = strawberry.field(description="Request to be approved")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `approveAppGrant`")
class ApproveAppGrantPayload:
    """The grant, or why not."""

    grant: AppGrant | None = strawberry.field(description="Grant that was approved")
    errors: list[MutationError[ApproveAppGrantErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a grant was not refused")
class RefuseAppGrantErrorCode(Enum):
    """Codes of `refuseAppGrant`."""

    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@strawberry.input(description="Request to be refused")
class RefuseAppGrantInput:
    """Input of `refuseAppGrant`."""

    grant_id: relay.GlobalID = strawberry.field(description="Request to be refused")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `refuseAppGrant`")
class RefuseAppGrantPayload:
    """The grant, or why not."""

    grant: AppGrant | None = strawberry.field(description="Grant that was refused")
    errors: list[MutationError[RefuseAppGrantErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a grant was not revoked")
class RevokeAppGrantErrorCode(Enum):
    """Codes of `revokeAppGrant`."""

    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@strawberry.input(description="Grant to be revoked")
class RevokeAppGrantInput:
    """Input of `revokeAppGrant`."""

    grant_id: relay.GlobalID = strawberry.field(description="Grant to be revoked")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `revokeAppGrant`")
class RevokeAppGrantPayload:
    """The grant, or why not."""

    grant: AppGrant | None = strawberry.field(description="Grant that was revoked")
    errors: list[MutationError[RevokeAppGrantErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a membership was not ended")
class EndMembershipErrorCode(Enum):
    """Codes of `endMembership`."""

    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@strawberry.input(description="Membership to be ended")
class EndMembershipInput:
    """Input of `endMembership`."""

    member_id: relay.GlobalID = strawberry.field(description="Member who leaves")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `endMembership`")
class EndMembershipPayload:
    """The member, or why not."""

    member: Member | None = strawberry.field(description="Member who left")
    errors: list[MutationError[EndMembershipErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


Decision = Callable[[UUID], Awaitable[records.AppGrant]]


async def _decide(info: Info, given: relay.GlobalID, decision: Decision) -> records.AppGrant:
    info.context.require(Subject.APP_GRANT, Right.DECIDE)
    return await decision(node_id(given, AppGrant, "grantId"))


@strawberry.type
class IdentityMutation:
    """Acts on memberships and grants."""

    @strawberry.mutation(description="Let an application in, with the scopes that it asked for")
    async def approve_app_grant(
        self, info: Info, input: ApproveAppGrantInput
    ) -> ApproveAppGrantPayload:
        """See `service.identity.apps.approve_app_grant`."""
        act = _decide(info, input.grant_id, apps.approve_app_grant)
        row, errors = await attempt(ApproveAppGrantErrorCode, act)
        return ApproveAppGrantPayload(grant=AppGrant.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep an application out")
    async def refuse_app_grant(
        self, info: Info, input: RefuseAppGrantInput
    ) -> RefuseAppGrantPayload:
        """See `service.identity.apps.refuse_app_grant`."""
        act = _decide(info, input.grant_id, apps.refuse_app_grant)
        row, errors = await attempt(RefuseAppGrantErrorCode, act)
        return RefuseAppGrantPayload(grant=AppGrant.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Take a grant back; it stops within two seconds")
    async def revoke_app_grant(
        self, info: Info, input: RevokeAppGrantInput
    ) -> RevokeAppGrantPayload:
        """See `service.identity.apps.revoke_grant`."""
        act = _decide(info, input.grant_id, apps.revoke_grant)
        row, errors = await attempt(RevokeAppGrantErrorCode, act)
        return RevokeAppGrantPayload(grant=AppGrant.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="End a membership today; its sessions stop with it")
    async def end_membership(self, info: Info, input: EndMembershipInput) -> EndMembershipPayload:
        """See `service.identity.commands.end_membership`."""

        async def act() -> records.Membership:
            info.context.require(Subject.MEMBER, Right.WRITE)
            return await commands.end_membership(node_id(input.member_id, Member, "memberId"))

        row, errors = await attempt(EndMembershipErrorCode, act())
        return EndMembershipPayload(member=Member.of(row) if row else None, errors=errors)

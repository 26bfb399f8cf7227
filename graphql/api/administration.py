"""Administration in the schema: tenants, their bodies, their settings over time, the catalogue."""

from datetime import date
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.declared import Column, shows
from api.errors import MutationError, attempt
from api.nodes import RowNode
from api.paging import PAGE_DEFAULT, After, Connection, First, check_first, page
from api.tenant_settings import (
    SettingChangeInput,
    SettingDifference,
    SettingVersion,
    TenantSetting,
    as_json,
    as_setting,
    as_version,
    changes_of,
)
from service import clock
from service.administration import commands, queries, records
from service.administration.rules import (
    BodyKind,
    TenantKind,
    TenantStatus,
    Version,
    effective,
)
from service.errors import Invalid
from tenants import catalogue
from tenants import records as tenant_records
from tenants.catalogue import EDITION, DivisionKind
from tenants.rights import Right, Subject
from tenants.scope import Owner

strawberry.enum(TenantKind, description="What a tenant is")
strawberry.enum(TenantStatus, description="Whether its members may work")
strawberry.enum(BodyKind, description="Whose enforcement body it is")
strawberry.enum(DivisionKind, description="Level of a division, below the county its kind")
Day = Annotated[date | None, strawberry.argument(description="Day, today by default")]
LINE_MAX = 40
"""Characters of the longest line of business."""


@strawberry.type(description="Enforcement body of a town or of the district")
class Body(RowNode, relay.Node):
    """One body."""

    model = tenant_records.Body

    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Code of the body within its tenant")
    name: str = strawberry.field(description="Name of the body")
    kind: BodyKind = strawberry.field(description="Whose body it is")
    line: str = strawberry.field(description="Line of business, such as fire")
    can_penalise: bool = strawberry.field(description="Indicates that the body may penalise")

    @classmethod
    def of(cls, row: tenant_records.Body) -> "Body":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=BodyKind(row.kind),
            line=row.line,
            can_penalise=row.can_penalise,
        )


@strawberry.type(description="Town, street or district office that works on this platform")
class Tenant(RowNode, relay.Node):
    """One tenant."""

    model = tenant_records.Tenant
    columns = shows(
        "division_code",
        "name",
        kind=Column(kind=TenantKind),
        status=Column(kind=TenantStatus),
    )

    id: relay.NodeID[UUID]
    division_code: str = strawberry.field(description="Statistical division code")
    name: str = strawberry.field(description="Name of the division")
    kind: TenantKind = strawberry.field(description="What it is")
    status: TenantStatus = strawberry.field(description="Whether its members may work")
    owner: strawberry.Private[Owner]

    @strawberry.field(description="Enforcement bodies of the tenant, by code")
    async def bodies(self, info: Info) -> list[Body]:
        """Loaded for all tenants of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[tenant_records.Body]]:
            found: dict[UUID, list[tenant_records.Body]] = {key: [] for key in keys}
            rows = tenant_records.Body.filter(tenant_id__in=keys).order_by("code")
            for row in await rows:
                found[row.tenant_id].append(row)
            return [found[key] for key in keys]

        rows = await info.context.loader("bodies_of", load).load(self.owner.tenant_id)
        return [Body.of(row) for row in rows]

    @strawberry.field(description="Every setting of the tenant on a day, by key")
    async def settings(self, info: Info, on: Day = None) -> list[TenantSetting]:
        """Defaults included; loaded for all tenants of the page in one statement."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        day = on or clock.legal_day(clock.now())

        async def load(keys: list[UUID]) -> list[list[Version]]:
            found = await queries.versions_of_all(keys)
            return [found[key] for key in keys]

        loader = info.context.loader("setting_versions_of", load)
        values = effective(await loader.load(self.owner.tenant_id), day)
        return [as_setting(key, values[key]) for key in sorted(values)]

    @strawberry.field(description="Changes of the tenant's settings, newest first")
    async def setting_versions(
        self,
        info: Info,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[SettingVersion]:
        """One page."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        found = queries.setting_versions(self.owner)
        return await page(found, as_version, first=first, after=after, key="number")

    @classmethod
    def of(cls, row: tenant_records.Tenant) -> "Tenant":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            division_code=row.division_code,
            name=row.name,
            kind=TenantKind(row.kind),
            status=TenantStatus(row.status),
            owner=row.owner,
        )


@strawberry.type(description="Division of the catalogue on a day")
class Division:
    """One division during one span of time."""

    code: str = strawberry.field(description="Statistical division code of 2, 4, 6 or 9 digits")
    name: str = strawberry.field(description="Name of the division")
    kind: DivisionKind = strawberry.field(description="Level or kind")
    path: list[str] = strawberry.field(description="Names from the province down")
    valid_from: date | None = strawberry.field(
        description="First day of this span, null when before the edition"
    )
    valid_to: date | None = strawberry.field(description="First day after this span")


@strawberry.type
class AdministrationQuery:
    """Questions about tenants."""

    @strawberry.field(description="Tenants that the caller may see, by division code")
    async def tenants(
        self,
        info: Info,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Tenant]:
        """One page."""
        info.context.require(Subject.TENANT, Right.READ_OWN)
        return await page(
            queries.tenants(),
            Tenant.of,
            first=first,
            after=after,
            key="division_code",
            descending=False,
        )

    @strawberry.field(description="Enforcement bodies of the caller's district, oldest first")
    async def bodies(
        self,
        info: Info,
        line: Annotated[
            str | None, strawberry.argument(description="Line of business, such as fire")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Body]:
        """A directory: every member of the district may look up whom to turn to."""
        info.context.require(Subject.TENANT, Right.READ_OWN)
        if line is not None and len(line) > LINE_MAX:
            raise Invalid(f"line must not exceed {LINE_MAX} characters", path=("line",))
        return await page(
            queries.bodies(line), Body.of, first=first, after=after, descending=False, shared=True
        )

    @strawberry.field(description="What a change of the caller's settings would make different")
    async def setting_preview(
        self,
        info: Info,
        changes: Annotated[
            list[SettingChangeInput], strawberry.argument(description="Changes, at most 100")
        ],
        effective_from: Annotated[
            date | None, strawberry.argument(description="Day of the change, today by default")
        ] = None,
    ) -> list[SettingDifference]:
        """Nothing is changed."""
        info.context.require(Subject.SETTINGS, Right.WRITE)
        shown = await queries.preview(info.context.home, changes_of(changes), effective_from)
        return [
            SettingDifference(key=d.key, before=as_json(d.before), after=as_json(d.after))
            for d in shown
        ]

    @strawberry.field(description="Divisions of the catalogue by name")
    async def divisions(
        self,
        info: Info,
        search: Annotated[str, strawberry.argument(description="Name or part of one: `渝北 龙溪`")],
        within: Annotated[
            str, strawberry.argument(description="Code of a division above, empty for all")
        ] = "",
        on: Annotated[
            date, strawberry.argument(description="Day of the catalogue to go by")
        ] = EDITION,
        first: Annotated[int, strawberry.argument(description="How many, at most 100")] = (
            PAGE_DEFAULT
        ),
    ) -> list[Division]:
        """Best hits first."""
        info.context.require(Subject.TENANT, Right.READ_OWN)
        known = catalogue.catalogue()
        hits = known.search(search[:100], within=within, on=on, limit=check_first(first))
        return [
            Division(
                code=hit.code,
                name=hit.name,
                kind=hit.kind,
                path=[part.name for part in known.path(hit.code, on)],
                valid_from=hit.valid_from,
                valid_to=hit.valid_to,
            )
            for hit in hits
        ]


@strawberry.enum(description="Why settings were not changed")
class ChangeTenantSettingsErrorCode(Enum):
    """Codes of `changeTenantSettings`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Changes of the settings of the caller's tenant")
class ChangeTenantSettingsInput:
    """Input of `changeTenantSettings`."""

    changes: list[SettingChangeInput] = strawberry.field(description="Changes, at most 100")
    effective_from: date | None = strawberry.field(
        default=None, description="First day on which they count, today by default"
    )
    note: str = strawberry.field(default="", description="Why, at most 400 characters")
    expected_version: int | None = strawberry.field(
        default=None, description="Last version that the caller saw; refused if there is another"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `changeTenantSettings`")
class ChangeTenantSettingsPayload:
    """The tenant and its new version, or why not."""

    tenant: Tenant | None = strawberry.field(description="Tenant whose settings changed")
    version: SettingVersion | None = strawberry.field(description="Version that was made")
    errors: list[MutationError[ChangeTenantSettingsErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why settings were not restored")
class RestoreTenantSettingsErrorCode(Enum):
    """Codes of `restoreTenantSettings`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Version of the settings to return to")
class RestoreTenantSettingsInput:
    """Input of `restoreTenantSettings`."""

    version: int = strawberry.field(description="Number of the version, 0 for the defaults")
    effective_from: date | None = strawberry.field(
        default=None, description="First day on which it counts, today by default"
    )
    note: str = strawberry.field(default="", description="Why, at most 400 characters")
    expected_version: int | None = strawberry.field(
        default=None, description="Last version that the caller saw; refused if there is another"
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `restoreTenantSettings`")
class RestoreTenantSettingsPayload:
    """The tenant and its new version, or why not."""

    tenant: Tenant | None = strawberry.field(description="Tenant whose settings changed")
    version: SettingVersion | None = strawberry.field(description="Version that was made")
    errors: list[MutationError[RestoreTenantSettingsErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


async def _own_tenant(info: Info) -> Tenant:
    row = await queries.tenants().get(id=info.context.home.tenant_id)
    return Tenant.of(row)


@strawberry.type
class AdministrationMutation:
    """Acts on a tenant's own settings."""

    @strawberry.mutation(description="Change the settings of the caller's tenant from a day on")
    async def change_tenant_settings(
        self, info: Info, input: ChangeTenantSettingsInput
    ) -> ChangeTenantSettingsPayload:
        """See `service.administration.commands.change_settings`."""

        async def act() -> records.SettingVersion:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await commands.change_settings(
                info.context.home,
                changes_of(input.changes),
                effective_from=input.effective_from,
                note=input.note,
                expected_version=input.expected_version,
            )

        row, errors = await attempt(ChangeTenantSettingsErrorCode, act())
        return ChangeTenantSettingsPayload(
            tenant=await _own_tenant(info) if row else None,
            version=as_version(row) if row else None,
            errors=errors,
        )

    @strawberry.mutation(description="Return to an earlier version of the caller's settings")
    async def restore_tenant_settings(
        self, info: Info, input: RestoreTenantSettingsInput
    ) -> RestoreTenantSettingsPayload:
        """See `service.administration.commands.restore_settings`."""

        async def act() -> records.SettingVersion:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await commands.restore_settings(
                info.context.home,
                input.version,
                effective_from=input.effective_from,
                note=input.note,
                expected_version=input.expected_version,
            )

        row, errors = await attempt(RestoreTenantSettingsErrorCode, act())
        return RestoreTenantSettingsPayload(
            tenant=await _own_tenant(info) if row else None,
            version=as_version(row) if row else None,
            errors=errors,
        )

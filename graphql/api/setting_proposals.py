"""Settings proposed from above: what the committee proposes, and what the town makes of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.scalars import JSON

from api.acts import KeyedInput, act
from api.administration import Tenant
from api.context import Info
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from api.tenant_settings import SettingDifference, as_json
from service import clock
from service.administration import proposals, queries, records
from service.administration.rules import effective
from service.administration.setting_schema import SCHEMA
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject


@strawberry.type(description="What a town did with a proposal")
class SettingAnswer:
    """One answer."""

    version: int | None = strawberry.field(description="Version that was made, null for none")
    keys: list[str] = strawberry.field(description="Settings that were taken over")
    reason: str = strawberry.field(description="Why nothing was, empty otherwise")
    created_at: datetime = strawberry.field(description="Timestamp of the answer")


@strawberry.type(description="Settings of one town that the committee proposes to another")
class SettingProposal(RowNode, relay.Node):
    """One proposal."""

    model = records.SettingProposal
    object_kind = Subject.SETTINGS

    id: relay.NodeID[UUID]
    source_name: str = strawberry.field(description="Town whose settings these are")
    target_name: str = strawberry.field(description="Town that they are proposed to")
    effective_from: date = strawberry.field(description="Proposed first day")
    note: str = strawberry.field(description="Why")
    created_at: datetime = strawberry.field(description="Timestamp of the proposal")
    row: strawberry.Private[records.SettingProposal]

    @strawberry.field(description="Values that differed on the day of the proposal, by setting")
    def changes(self) -> JSON:
        """As they were proposed."""
        return JSON(self.row.changes)

    @strawberry.field(description="Answer of the town, null while it has given none")
    async def answer(self, info: Info) -> SettingAnswer | None:
        """Loaded for all proposals of the page in one statement."""

        async def load(keys: list[UUID]) -> list[records.SettingAnswer | None]:
            found = {
                row.proposal_id: row
                for row in await records.SettingAnswer.filter(proposal_id__in=keys)
            }
            return [found.get(key) for key in keys]

        row = await info.context.loader("setting_answers_of", load).load(self.row.id)
        if row is None:
            return None
        return SettingAnswer(
            version=row.version, keys=row.keys, reason=row.reason, created_at=row.created_at
        )

    @strawberry.field(description="What taking all of it over would make different on its day")
    async def differences(self, info: Info) -> list[SettingDifference]:
        """Against the settings that the town has by then; loaded for the page at once."""
        day = max(self.row.effective_from, clock.legal_day(clock.now()))

        async def load(keys: list[UUID]) -> list[Any]:
            found = await queries.versions_of_all(keys)
            return [found[key] for key in keys]

        loader = info.context.loader("setting_versions_of", load)
        present = effective(await loader.load(self.row.target_id), day)
        return [
            SettingDifference(key=key, before=as_json(present[key]), after=JSON(value))
            for key, value in sorted(self.row.changes.items())
            if key in SCHEMA and as_json(present[key]) != value
        ]

    @classmethod
    def seen(cls, principal: Principal, found: Any) -> Any:
        """A committee sees what it proposed, a town what was proposed to it."""
        home = principal.scope.home
        tenant = home.tenant_id if home else UUID(int=0)
        if principal.role in (Role.COMMITTEE, Role.OPERATOR):
            return found.filter(tenant_id=tenant)
        return found.filter(target_id=tenant)

    @classmethod
    def of(cls, row: records.SettingProposal) -> "SettingProposal":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            source_name=row.source_name,
            target_name=row.target_name,
            effective_from=row.effective_from,
            note=row.note,
            created_at=row.created_at,
            row=row,
        )


@strawberry.type
class SettingProposalQuery:
    """Questions about proposals."""

    @strawberry.field(
        description="Settings that the caller's committee proposed, or that were proposed to the"
        " caller's town, newest first"
    )
    async def setting_proposals(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[SettingProposal]:
        """One page."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        found = SettingProposal.seen(info.context.principal, records.SettingProposal.all())
        return await page(
            found, SettingProposal.of, first=first, after=after, key="created_at", shared=True
        )


@strawberry.input(description="Settings of one town for others")
class ProposeSettingsInput(KeyedInput):
    """Input of `proposeSettings`."""

    source_id: relay.GlobalID = strawberry.field(description="Town whose values are proposed")
    target_ids: list[relay.GlobalID] = strawberry.field(
        description="Towns that they are proposed to, at most 60"
    )
    keys: list[str] = strawberry.field(description="Settings, at most 100")
    effective_from: date | None = strawberry.field(
        default=None, description="Proposed first day, today by default"
    )
    note: str = strawberry.field(description="Why, at most 400 characters")


@strawberry.input(description="Settings of a proposal that a town takes over")
class AcceptSettingsInput(KeyedInput):
    """Input of `acceptSettings`."""

    proposal_id: relay.GlobalID = strawberry.field(description="Proposal to the caller's town")
    keys: list[str] = strawberry.field(description="Settings that are taken over")
    effective_from: date | None = strawberry.field(
        default=None, description="First day on which they count, the proposed one by default"
    )
    note: str = strawberry.field(default="", description="Why, at most 400 characters")


@strawberry.input(description="Proposal of which a town takes nothing over")
class DeclineSettingsInput(KeyedInput):
    """Input of `declineSettings`."""

    proposal_id: relay.GlobalID = strawberry.field(description="Proposal to the caller's town")
    reason: str = strawberry.field(description="Why, at most 400 characters")


async def _propose(info: Info, given: Any) -> list[SettingProposal]:
    rows = await proposals.propose(
        info.context.home,
        node_id(given.source_id, Tenant, "sourceId"),
        [node_id(one, Tenant, "targetIds") for one in given.target_ids],
        given.keys,
        effective_from=given.effective_from,
        note=given.note,
    )
    return [SettingProposal.of(row) for row in rows]


async def _accept(info: Info, given: Any) -> SettingProposal:
    town, wanted = info.context.home, node_id(given.proposal_id, SettingProposal, "proposalId")
    await proposals.accept(
        town, wanted, given.keys, effective_from=given.effective_from, note=given.note
    )
    return SettingProposal.of(await proposals.proposal_to(town, wanted))


async def _decline(info: Info, given: Any) -> SettingProposal:
    town, wanted = info.context.home, node_id(given.proposal_id, SettingProposal, "proposalId")
    await proposals.decline(town, wanted, given.reason)
    return SettingProposal.of(await proposals.proposal_to(town, wanted))


@strawberry.type
class SettingProposalMutation:
    """Acts on proposals."""

    propose_settings = act(
        "proposeSettings",
        "Propose the settings of one town to others; nothing changes until a town takes them over",
        ProposeSettingsInput,
        ("proposals", list[SettingProposal]),
        _propose,
        needs=(Subject.SETTINGS, Right.PROPOSE),
        codes=("CONFLICT",),
    )
    accept_settings = act(
        "acceptSettings",
        "Take over proposed settings as a new version of the town's own",
        AcceptSettingsInput,
        ("proposal", SettingProposal),
        _accept,
        needs=(Subject.SETTINGS, Right.WRITE),
        codes=("CONFLICT",),
    )
    decline_settings = act(
        "declineSettings",
        "Say why the town keeps its own settings",
        DeclineSettingsInput,
        ("proposal", SettingProposal),
        _decline,
        needs=(Subject.SETTINGS, Right.WRITE),
        codes=("CONFLICT",),
    )

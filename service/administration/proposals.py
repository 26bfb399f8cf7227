"""Settings that the committee proposes to a town, mostly those of a town where they work well.

The committee reads the settings of all its towns and writes none (A-VII): what it proposes counts
only once the town takes it over, all of it or the settings that the town chooses.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from service import audit, clock, outbox
from service.administration.commands import change_settings
from service.administration.queries import settings_of, versions_of_all
from service.administration.records import SettingAnswer, SettingProposal, SettingVersion
from service.administration.rules import check_changes, check_effective, check_note, effective
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.texts import filled
from tenants.records import Tenant, owned
from tenants.scope import Owner
from tenants.wall import current

MOST_TOWNS = 60
"""Towns that one proposal may name."""


async def propose(
    office: Owner,
    source_id: UUID,
    target_ids: Sequence[UUID],
    keys: Collection[str],
    *,
    effective_from: date | None = None,
    note: str,
) -> list[SettingProposal]:
    """Propose to towns the values that another town has on a day; one proposal for each town.

    A town that has all of these values already gets none.

    Raises:
        NotFound: a town that the caller does not read.
        Invalid: no town, too many, the source itself, a bad setting, a day in the past, no note.
    """
    today = clock.legal_day(clock.now())
    day = effective_from or today
    check_effective(day, today)
    wanted_ids = list(dict.fromkeys(target_ids))
    if not 1 <= len(wanted_ids) <= MOST_TOWNS:
        raise Invalid(f"name 1 to {MOST_TOWNS} towns", path=("input", "targetIds"))
    if source_id in wanted_ids:
        raise Invalid("a town needs no settings of its own", path=("input", "targetIds"))
    towns = await _towns(office, [source_id, *wanted_ids])
    values = await settings_of(towns[source_id].owner, day)
    changes = check_changes({key: values.get(key) for key in keys})
    reason = filled(check_note(note), "note", 400)
    versions = await versions_of_all(towns)
    made = []
    for target in (towns[one] for one in wanted_ids):
        present = effective(versions[target.id], day)
        differing = {key: value for key, value in changes.items() if present[key] != value}
        if differing:
            made.append(await _enter(office, towns[source_id], target, differing, day, reason))
    if not made:
        raise Conflict("these towns have the same values already", path=("input", "keys"))
    return made


async def _towns(office: Owner, wanted: Sequence[UUID]) -> dict[UUID, Tenant]:
    found = {
        row.id: row
        for row in await Tenant.filter(id__in=list(wanted), district_id=office.district_id)
        if row.kind != "DISTRICT"
    }
    for one in wanted:
        if one not in found:
            raise NotFound("no such town in your district", path=("input", "targetIds"))
    return found


async def _enter(
    office: Owner,
    source: Tenant,
    target: Tenant,
    changes: Mapping[str, Any],
    day: date,
    note: str,
) -> SettingProposal:
    row = await SettingProposal.create(
        id=new_id(),
        **owned(office),
        target_id=target.id,
        source_id=source.id,
        source_name=source.name,
        target_name=target.name,
        changes=dict(changes),
        effective_from=day,
        note=note,
        author=current().scope.actor,
        created_at=clock.now(),
    )
    await audit.record(
        "administration.settings_proposed",
        office,
        "SettingProposal",
        row.id,
        source=str(source.id),
        target=str(target.id),
        keys=sorted(changes),
    )
    await outbox.emit("administration.settings_proposed", office, {"proposal": str(row.id)})
    return row


async def accept(
    town: Owner,
    proposal_id: UUID,
    keys: Collection[str],
    *,
    effective_from: date | None = None,
    note: str = "",
) -> SettingAnswer:
    """Take over settings of a proposal as a new version of the town's own.

    Raises:
        NotFound: no such proposal to this town.
        Invalid: no setting, one that is not proposed, or a day in the past.
        Conflict: the town has answered it.
    """
    proposal = await proposal_to(town, proposal_id)
    unknown = set(keys).difference(proposal.changes)
    if unknown:
        raise Invalid(f"{min(unknown)} is not proposed", path=("input", "keys"))
    today = clock.legal_day(clock.now())
    version = await change_settings(
        town,
        {key: _as_value(proposal.changes[key]) for key in keys},
        effective_from=effective_from or max(proposal.effective_from, today),
        note=note or f"采纳专委办建议（参照{proposal.source_name}）",
    )
    return await _answer(town, proposal, version, sorted(keys), "")


async def decline(town: Owner, proposal_id: UUID, reason: str) -> SettingAnswer:
    """Say why the town keeps its own settings.

    Raises:
        NotFound: no such proposal to this town.
        Invalid: no reason.
        Conflict: the town has answered it.
    """
    proposal = await proposal_to(town, proposal_id)
    return await _answer(town, proposal, None, [], filled(reason, "reason", 400))


async def proposal_to(town: Owner, proposal_id: UUID) -> SettingProposal:
    """A proposal that is made to the town.

    Raises:
        NotFound: none.
    """
    row = await SettingProposal.get_or_none(id=proposal_id, target_id=town.tenant_id)
    if row is None:
        raise NotFound("no such proposal to your town", path=("input", "proposalId"))
    return row


async def _answer(
    town: Owner,
    proposal: SettingProposal,
    version: SettingVersion | None,
    keys: list[str],
    reason: str,
) -> SettingAnswer:
    try:
        row = await SettingAnswer.create(
            id=new_id(),
            **owned(town),
            proposal_id=proposal.id,
            version=version.number if version else None,
            keys=keys,
            reason=reason,
            author=current().scope.actor,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict("this proposal is answered", path=("input", "proposalId")) from error
    await audit.record(
        "administration.settings_answered",
        town,
        "SettingProposal",
        proposal.id,
        version=row.version,
        keys=keys,
    )
    await outbox.emit(
        "administration.settings_answered",
        town,
        {"proposal": str(proposal.id), "version": row.version},
    )
    return row


def _as_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

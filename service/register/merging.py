"""What a clerk says of two entries that may be one, and what follows for their rows.

Of two that are one, one stays.  The other is closed and says into which it was merged; its places
and numbers go over.  Hazards, visits and cases stay with the entry that they were written about,
since what happened is not rewritten; each entry leads to the other.
"""

from collections.abc import Iterable
from enum import Enum
from uuid import UUID

from service import audit, clock, outbox
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.register import indexing
from service.register.changing import add_identifier, set_status
from service.register.commands import add_premises
from service.register.history import note
from service.register.records import DuplicateAnswer, Enterprise, Identifier, Premises
from service.register.rules import Act, EnterpriseStatus, IdentifierKind, Opening, check_reason
from service.register.search import plain
from tenants.records import owned
from tenants.wall import current


class Verdict(Enum):
    """What a clerk says of two entries."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"


async def answer(
    first_id: UUID, second_id: UUID, verdict: Verdict, reason: str, kept_id: UUID | None = None
) -> DuplicateAnswer:
    """Say that two entries are one, of which `kept_id` stays, or that they are two.

    The answer is remembered and can be changed: `DIFFERENT` after `SAME` parts them again, and
    leaves the other entry closed until somebody reopens it.

    Raises:
        NotFound: one of them is no enterprise that this scope may write.
        Invalid: no reason, the same entry twice, or the one to keep is neither.
        Conflict: two towns, two credit codes, the entry with the only code would go, or one of
            them is closed or merged already.
    """
    why = check_reason(reason)
    if first_id == second_id or kept_id not in (
        (first_id, second_id) if verdict is Verdict.SAME else (None,)
    ):
        raise Invalid("name two entries, and of two that are one the one that stays",
                      path=("input", "keptId"))  # fmt: skip
    low, high = sorted((first_id, second_id))
    found = await Enterprise.filter(id__in=[low, high]).order_by("id").select_for_update()
    rows = {row.id: row for row in found if row.tenant_id in current().scope.writable}
    if len(rows) < 2:
        raise NotFound("no such enterprise", path=("input", "firstId"))
    one = rows[low]
    if one.tenant_id != rows[high].tenant_id:
        raise Conflict("the entries are of two towns; each keeps its own")
    row = await DuplicateAnswer.get_or_none(tenant_id=one.tenant_id, first_id=low, second_id=high)
    row = row or DuplicateAnswer(id=new_id(), **owned(one.owner), first_id=low, second_id=high)
    if kept_id is not None:
        await _merge(rows[high if kept_id == low else low], rows[kept_id], why)
    elif row.same:
        await _part(rows.values())
    row.same, row.kept_id, row.reason = verdict is Verdict.SAME, kept_id, why
    row.actor, row.at = current().scope.actor, clock.now()
    await row.save()
    await audit.record(
        "register.duplicate_answered", one.owner, "DuplicateAnswer", row.id, same=row.same
    )
    said = {"first": str(low), "second": str(high), "same": row.same}
    await outbox.emit("register.duplicate_answered", one.owner, said)
    return row


async def merged_into(enterprise_ids: Iterable[UUID]) -> dict[UUID, Enterprise]:
    """Entries into which these were merged, in one statement more than the entries."""
    gone = await Enterprise.filter(id__in=list(enterprise_ids), merged_into__not_isnull=True)
    kept = {row.id: row for row in await Enterprise.filter(id__in=[r.merged_into for r in gone])}
    return {row.id: kept[row.merged_into] for row in gone if row.merged_into in kept}


async def merged_from(enterprise_ids: Iterable[UUID]) -> dict[UUID, list[Enterprise]]:
    """Entries that were merged into these, oldest first, in one statement."""
    found: dict[UUID, list[Enterprise]] = {one: [] for one in enterprise_ids}
    for row in await Enterprise.filter(merged_into__in=list(found)).order_by("id"):
        assert row.merged_into is not None
        found[row.merged_into].append(row)
    return found


async def _merge(gone: Enterprise, kept: Enterprise, why: str) -> None:
    if gone.credit_code and kept.credit_code:
        raise Conflict("two credit codes are two legal entities; close the one that ended")
    if gone.credit_code:
        raise Conflict("keep the entry that has the credit code", path=("input", "keptId"))
    if kept.status == EnterpriseStatus.CLOSED.value or gone.merged_into or kept.merged_into:
        raise Conflict("one of them is closed or merged already; look again")
    await _bring_places(gone, kept)
    if gone.status != EnterpriseStatus.CLOSED.value:
        gone = await set_status(gone.id, EnterpriseStatus.CLOSED, f"并入{kept.name}：{why}"[:400])
    await _bring_numbers(gone, kept)
    gone.merged_into = kept.id
    gone.version += 1
    await gone.save(update_fields=["merged_into", "version"])
    await note(gone, Act.MERGED, before={}, after={"merged_into": str(kept.id)}, reason=why)
    kept = await Enterprise.get(tenant_id=kept.tenant_id, id=kept.id)
    kept.version += 1
    await kept.save(update_fields=["version"])
    await note(kept, Act.MERGED, before={}, after={"merged_from": str(gone.id)}, reason=why)


async def _bring_places(gone: Enterprise, kept: Enterprise) -> None:
    known = Premises.filter(tenant_id=kept.tenant_id, enterprise_id=kept.id)
    addresses = {plain(place.address) for place in await known}
    places = Premises.filter(tenant_id=gone.tenant_id, enterprise_id=gone.id)
    for place in await places.exclude(status=EnterpriseStatus.CLOSED.value).order_by("id"):
        if plain(place.address) in addresses:
            continue
        opening = None
        if place.open_from is not None and place.open_to is not None:
            opening = Opening(place.open_from, place.open_to)
        await add_premises(
            kept.id,
            name=place.name,
            address=place.address,
            latitude=place.latitude,
            longitude=place.longitude,
            opening=opening,
        )


async def _bring_numbers(gone: Enterprise, kept: Enterprise) -> None:
    """Numbers lead to the entry that stays; a number of another kind is kept as it is."""
    moved = await Identifier.filter(tenant_id=gone.tenant_id, enterprise_id=gone.id).update(
        enterprise_id=kept.id
    )
    known = await Identifier.filter(tenant_id=kept.tenant_id, enterprise_id=kept.id)
    number = gone.alternate_id
    if number and number not in {kept.alternate_id, *(one.value for one in known)}:
        await add_identifier(kept.id, IdentifierKind.OTHER, number)
    elif moved:
        await indexing.index(kept.owner, [kept.id])
    await indexing.index(gone.owner, [gone.id])


async def _part(rows: Iterable[Enterprise]) -> None:
    for row in rows:
        if row.merged_into is not None:
            row.merged_into = None
            row.version += 1
            await row.save(update_fields=["merged_into", "version"])
            await note(row, Act.PARTED, before={}, after={"merged_into": None})

"""What can be done with a round: commit to its lists, draw with the public seed, or give it up.

The draw is that of inspections (`service.draws`): the list of files is fixed and its hash shown
before the seed exists, so that nobody picks the files, and anybody who may read the list draws
the same ones again with the published script.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from uuid import UUID

from tortoise.expressions import Q

from service import audit, clock, outbox
from service.case_reviews.records import ReviewedFile, ReviewRound
from service.case_reviews.rules import RoundState, State, rubric
from service.cases.queries import cases
from service.cases.records import PenaltyCase
from service.cases.rules import State as CaseState
from service.draws import rules as drawing
from service.draws.rules import Stratum
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.law.queries import rule_book
from service.texts import bounded
from tenants.directory import caretaker_scope
from tenants.records import Tenant, owned
from tenants.scope import Owner
from tenants.wall import current, tenant_transaction

MOST_PER_TOWN = 50
ACTOR = "task:case_reviews.open_files"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is drawn: so many of the files of each town that were closed in a period."""

    title: str
    closed_from: date
    closed_to: date
    per_town: int
    seed_source: str
    seed_known_after: datetime


async def commit(owner: Owner, body_id: UUID | None, wish: Wish) -> ReviewRound:
    """Fix the list of closed files and publish its commitment; nothing is drawn yet.

    Every town is a stratum; one with fewer closed files than asked for gives all it has.  Files
    that a former round drew are left out.  `body_id` is None where the committee organises.

    Raises:
        Invalid: a bad period, number, text or time, or no closed file to draw from.
        NoRule: no rubric is in force today.
    """
    now = clock.now()
    day = clock.legal_day(now)
    title, source = bounded(wish.title, "title", 200), bounded(wish.seed_source, "seedSource", 300)
    if not wish.closed_from <= wish.closed_to <= day:
        raise Invalid("the period ends today at the latest", path=("input", "closedTo"))
    if not 1 <= wish.per_town <= MOST_PER_TOWN:
        raise Invalid(f"draw 1 to {MOST_PER_TOWN} files of a town", path=("input", "perTown"))
    drawing.check_seed_time(now, wish.seed_known_after)
    rubric(await rule_book(), day)
    strata = await _strata(wish)
    if not strata:
        raise Invalid("no file was closed in this period", path=("input", "closedFrom"))
    text = drawing.document(title, source, wish.seed_known_after, strata, [], 0, token_hex(16))
    await current().fetch(
        "select pg_advisory_xact_lock(hashtextextended($1, 26))", f"rounds {owner.tenant_id}"
    )
    last = await ReviewRound.filter(tenant_id=owner.tenant_id).order_by("-number").first()
    row = await ReviewRound.create(
        id=new_id(),
        **owned(owner),
        number=(last.number if last else 0) + 1,
        title=title,
        body_id=body_id,
        closed_from=wish.closed_from,
        closed_to=wish.closed_to,
        per_town=wish.per_town,
        rubric_day=day,
        seed_source=source,
        seed_known_after=wish.seed_known_after,
        commitment=drawing.commitment(text),
        document=text.decode(),
        objects=sum(len(one.objects) for one in strata),
        committed_at=now,
    )
    await audit.record(
        "case_reviews.committed", owner, "ReviewRound", row.id, commitment=row.commitment
    )
    await outbox.emit("case_reviews.committed", owner, {"round": str(row.id)})
    return row


async def _strata(wish: Wish) -> list[Stratum]:
    """Closed files of the towns in scope that no round has drawn yet."""
    towns: Mapping[UUID, Tenant] = {
        row.id: row for row in await Tenant.filter(id__in=list(current().scope.readable))
    }
    drawn = {
        row.case_id
        for row in await ReviewedFile.filter(tenant_id__in=list(towns)).exclude(
            state=State.EXCLUDED.value
        )
    }
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    closed = cases(state=CaseState.CLOSED).filter(
        closed_on__gte=wish.closed_from, closed_on__lte=wish.closed_to
    )
    for case in await closed.filter(tenant_id__in=list(towns)).only("id", "tenant_id", "number"):
        if case.id not in drawn:
            town = towns[case.tenant_id]
            found[f"{town.division_code} {town.name}"].append((str(case.id), case.number))
    return [
        Stratum(name, min(wish.per_town, len(objects)), objects)
        for name, objects in sorted(found.items())
    ]


async def draw(owner: Owner, round_id: UUID, seed: str) -> ReviewRound:
    """Draw with the public seed; the files are opened in their towns a moment later.

    Raises:
        NotFound: the caller's office has no such round.
        Conflict: too early, void, or drawn with another seed.
        Invalid: an empty seed.
    """
    row = await _own(owner, round_id)
    if not drawing.draw_once(row, seed, clock.now(), "round", "roundId"):
        return row
    await row.save(update_fields=drawing.DRAWN_FIELDS)
    await audit.record("case_reviews.drawn", row.owner, "ReviewRound", row.id, seed=row.seed)
    await outbox.emit("case_reviews.drawn", row.owner, {"round": str(row.id)})
    return row


async def void(owner: Owner, round_id: UUID, reason: str) -> ReviewRound:
    """Give a round up before it is drawn; it stays on the list with its reason.

    Raises:
        NotFound: the caller's office has no such round.
        Conflict: it is drawn or void already.
        Invalid: no reason.
    """
    why = bounded(reason, "reason", 400, 4)
    row = await _own(owner, round_id)
    if row.state != RoundState.COMMITTED.value:
        raise Conflict(f"this round is {row.state}", path=("input", "roundId"))
    row.state, row.void_reason = RoundState.VOID.value, why
    await row.save(update_fields=["state", "void_reason"])
    await audit.record("case_reviews.voided", row.owner, "ReviewRound", row.id)
    await outbox.emit("case_reviews.voided", row.owner, {"round": str(row.id)})
    return row


async def _own(owner: Owner, round_id: UUID) -> ReviewRound:
    found = ReviewRound.filter(id=round_id, tenant_id=owner.tenant_id)
    row = await found.select_for_update().get_or_none()
    if row is None:
        raise NotFound("no such round of your office", path=("input", "roundId"))
    return row


async def open_files(event: outbox.Event) -> None:
    """Open the drawn files of a round, each in the town of its case.  Safe to run twice."""
    await open_drawn(event.owner.district_id, UUID(event.payload["round"]))


async def open_drawn(district_id: UUID, round_id: UUID) -> None:
    """The same for a round by its id; whoever drew may not write in the towns.

    A round draws a file once, so that a second run finds nothing to open; one that another round
    drew meanwhile is reviewed there.
    """
    async with tenant_transaction(await caretaker_scope(district_id, ACTOR)):
        row = await ReviewRound.get(id=round_id)
        wanted = [UUID(one["object"]) for one in row.result["drawn"]]
        opened = Q(round_id=row.id) | ~Q(state=State.EXCLUDED.value)
        known = await ReviewedFile.filter(opened, case_id__in=wanted).values_list(
            "case_id", flat=True
        )
        files = await PenaltyCase.filter(id__in=wanted).exclude(id__in=list(known))
        for case in sorted(files, key=lambda one: (one.tenant_id, one.id)):
            await _open(row, case)
        await outbox.settle()


async def _open(row: ReviewRound, case: PenaltyCase) -> None:
    now = clock.now()
    file = await ReviewedFile.create(
        id=new_id(),
        **owned(case.owner),
        round_id=row.id,
        round_title=row.title,
        rubric_day=row.rubric_day,
        case_id=case.id,
        case_number=case.number,
        body_id=case.body_id,
        drawn_at=now,
        updated_at=now,
    )
    await audit.record(
        "case_reviews.file_drawn", file.owner, "ReviewedFile", file.id, case=str(case.id)
    )
    await outbox.emit("case_reviews.file_drawn", file.owner, {"file": str(file.id)})

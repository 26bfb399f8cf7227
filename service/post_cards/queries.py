"""What can be asked about cards of posts, and the two rates by town."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.errors import Invalid
from service.hazards.indicators import Ratio
from service.post_cards.records import CardCheck, CardIssue, PostCard
from service.post_cards.rules import CardKind, CheckKind
from tenants.wall import current

SPAN_MAX = 1096

_COVERAGE = """
with newest as (
    select distinct on (tenant_id, post_id, kind) tenant_id, post_id, kind, valid_to
    from post_cards where valid_from <= $1 order by tenant_id, post_id, kind, number desc),
complete as (
    select tenant_id, post_id from newest where valid_to >= $1
    group by tenant_id, post_id having count(*) = $2)
select p.tenant_id, count(*)::int as posts, count(c.post_id)::int as covered
from staff_posts p
left join complete c on c.tenant_id = p.tenant_id and c.post_id = p.id
where p.opened_on <= $1 and (p.closed_on is null or p.closed_on > $1)
    and ($3::uuid is null or p.enterprise_id = $3)
group by p.tenant_id
"""

_UNDERSTOOD = """
select tenant_id, kind, count(*)::int as asked, count(*) filter (where passed)::int as passes
from card_checks where checked_on between $1 and $2
    and ($3::uuid is null or enterprise_id = $3)
group by tenant_id, kind
"""


def cards(*, kind: CardKind | None = None, post_id: UUID | None = None) -> QuerySet[PostCard]:
    """Versions of cards in scope that fit every filter given."""
    found = PostCard.all()
    if kind is not None:
        found = found.filter(kind=kind.value)
    return found.filter(post_id=post_id) if post_id is not None else found


async def issues_of(card_ids: Iterable[UUID]) -> dict[UUID, list[CardIssue]]:
    """Issues by card, oldest first, in one statement."""
    wanted = list(card_ids)
    found: dict[UUID, list[CardIssue]] = {one: [] for one in wanted}
    for row in await CardIssue.filter(card_id__in=wanted).order_by("created_at", "id"):
        found[row.card_id].append(row)
    return found


async def checks_of(issue_ids: Iterable[UUID]) -> dict[UUID, list[CardCheck]]:
    """Checks by issue, oldest first, in one statement."""
    wanted = list(issue_ids)
    found: dict[UUID, list[CardCheck]] = {one: [] for one in wanted}
    for row in await CardCheck.filter(issue_id__in=wanted).order_by("created_at", "id"):
        found[row.issue_id].append(row)
    return found


async def coverage(day: date, enterprise_id: UUID | None = None) -> dict[UUID, Ratio]:
    """Posts with four valid cards, of the posts, by town; the newest version of each counts."""
    rows = await current().fetch(_COVERAGE, day, len(CardKind), enterprise_id)
    return {row["tenant_id"]: Ratio(row["covered"], row["posts"]) for row in rows}


async def understood(
    since: date, until: date, enterprise_id: UUID | None = None
) -> dict[UUID, dict[CheckKind, Ratio]]:
    """Checks passed, of those made in a period, by town and kind.

    Raises:
        Invalid: the period ends before it begins, or is longer than three years.
    """
    if not 0 <= (until - since).days <= SPAN_MAX:
        raise Invalid(f"ask for 1 to {SPAN_MAX} days", path=("since",))
    found: dict[UUID, dict[CheckKind, Ratio]] = {}
    for row in await current().fetch(_UNDERSTOOD, since, until, enterprise_id):
        ratio = Ratio(row["passes"], row["asked"])
        found.setdefault(row["tenant_id"], {})[CheckKind(row["kind"])] = ratio
    return found

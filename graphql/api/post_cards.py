"""Cards of posts in the schema: versions, who got which, what was checked, and the rates."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.administration import Tenant
from api.context import Info
from api.duties import StaffPost, own_enterprise
from api.hazards_counts import OnDay, Ratio, towns_in_scope
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.duties import records as duties
from service.hazards import indicators
from service.post_cards import queries, records
from service.post_cards.rules import CardKind, CheckKind
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(CardKind, name="PostCardKind", description="Two lists and two cards (两单两卡)")
strawberry.enum(
    CheckKind, name="CardCheckKind", description="Whether a holder remembers, explains or can do it"
)


class OwnCardNode(RowNode):
    """Base of rows that an enterprise sees of its own."""

    object_kind = Subject.POST_CARD

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """An enterprise sees its own."""
        if principal.role is Role.ENTERPRISE:
            return found.filter(enterprise_id=principal.enterprise_id or NOBODY)
        return found


@strawberry.type(description="One check of whoever holds a card")
class CardCheck:
    """One check; a quiz has a score."""

    kind: CheckKind = strawberry.field(description="Quiz, oral answer or observed drill")
    passed: bool = strawberry.field(description="Indicates that the holder passed")
    score: int | None = strawberry.field(description="Right answers in percent, of a quiz")
    note: str | None = strawberry.field(description="What was heard or seen")
    checked_on: date = strawberry.field(description="Day of the check")

    @classmethod
    def of(cls, row: records.CardCheck) -> "CardCheck":
        """The row as the schema shows it."""
        return cls(
            kind=CheckKind(row.kind),
            passed=row.passed,
            score=row.score,
            note=row.note or None,
            checked_on=row.checked_on,
        )


@strawberry.type(description="One version of a card given to one member of the staff")
class CardIssue(OwnCardNode, relay.Node):
    """Who got which version when, and when it was signed for."""

    model = records.CardIssue

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.CardIssue]
    holder: str = strawberry.field(description="Who got it")
    issued_on: date = strawberry.field(description="Day on which it was given")
    signed_on: date | None = strawberry.field(description="Day of the signature")

    @strawberry.field(description="What was checked, oldest first")
    async def checks(self, info: Info) -> list[CardCheck]:
        """Loaded for all issues of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.CardCheck]]:
            found = await queries.checks_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("card_checks", load).load(self.id)
        return [CardCheck.of(row) for row in rows]

    @classmethod
    def of(cls, row: records.CardIssue) -> "CardIssue":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            holder=row.holder,
            issued_on=row.issued_on,
            signed_on=row.signed_on,
        )


@strawberry.type(description="Question of a quiz; the right choice is not shown")
class CardQuestion:
    """One question."""

    text: str = strawberry.field(description="Question")
    choices: list[str] = strawberry.field(description="Choices, numbered from 1")


@strawberry.type(description="One version of one card of a post (两单两卡)")
class PostCard(OwnCardNode, relay.Node):
    """One version."""

    model = records.PostCard

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.PostCard]
    kind: CardKind = strawberry.field(description="Which list or card")
    number: int = strawberry.field(description="Number of the version, from 1")
    lines: list[str] = strawberry.field(description="What the card says")
    questions: list[CardQuestion] = strawberry.field(description="Quiz of this version")
    pass_mark: int = strawberry.field(description="Percent of right answers that pass the quiz")
    valid_from: date = strawberry.field(description="First day on which it holds")
    valid_to: date = strawberry.field(description="Last day on which it holds")

    @strawberry.field(description="Post of the card")
    async def post(self, info: Info) -> StaffPost | None:
        """Loaded for all cards of the page in one statement."""

        async def load(keys: list[UUID]) -> list[duties.StaffPost | None]:
            rows = {row.id: row for row in await duties.StaffPost.filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("card_post", load).load(self.row.post_id)
        return StaffPost.of(found) if found else None

    @strawberry.field(description="Who got this version, in the order in which it was given")
    async def issues(self, info: Info) -> list[CardIssue]:
        """Loaded for all cards of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.CardIssue]]:
            found = await queries.issues_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("card_issues", load).load(self.id)
        return [CardIssue.of(row) for row in rows]

    @classmethod
    def of(cls, row: records.PostCard) -> "PostCard":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            kind=CardKind(row.kind),
            number=row.number,
            lines=list(row.lines),
            questions=[
                CardQuestion(text=one["text"], choices=list(one["choices"]))
                for one in row.questions
            ],
            pass_mark=row.pass_mark,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


@strawberry.type(description="Checks of one kind, passed of those made")
class CardCheckRate:
    """One kind."""

    kind: CheckKind = strawberry.field(description="Quiz, oral answer or observed drill")
    understood: Ratio = strawberry.field(description="Passed, of those made")


@strawberry.type(description="Cards of the posts of one town")
class PostCardCounts:
    """Numbers only, never a card."""

    town: Tenant = strawberry.field(description="Town that is counted")
    post_coverage: Ratio = strawberry.field(
        description="Posts with four valid cards, of the posts, on the last day"
    )
    understood: Ratio = strawberry.field(description="Checks passed, of those made")
    by_kind: list[CardCheckRate] = strawberry.field(description="The same by kind of check")


NONE = indicators.Ratio(0, 0)


@strawberry.type
class PostCardQuery:
    """Questions about cards of posts."""

    @strawberry.field(description="Versions of cards that the caller may see, newest first")
    async def post_cards(
        self,
        info: Info,
        kind: CardKind | None = None,
        post_id: relay.GlobalID | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[PostCard]:
        """One page; an enterprise sees its own."""
        info.context.require(Subject.POST_CARD, Right.READ_OWN)
        post = node_id(post_id, StaffPost, "postId") if post_id else None
        seen = PostCard.seen(info.context.principal, queries.cards(kind=kind, post_id=post))
        return await page(seen, PostCard.of, first=first, after=after, key="created_at")

    @strawberry.field(description="Coverage of posts and what holders understood, town by town")
    async def post_card_counts(
        self,
        info: Info,
        since: Annotated[date, strawberry.argument(description="First day of the checks")],
        until: OnDay = None,
    ) -> list[PostCardCounts]:
        """Up to three years; an enterprise gets the numbers of itself alone."""
        principal = info.context.principal
        if not allows(principal.role, Subject.POST_CARD, Right.READ_COUNTS):
            info.context.require(Subject.POST_CARD, Right.READ_OWN)
        last, own = until or clock.legal_day(clock.now()), own_enterprise(info)
        checks = await queries.understood(since, last, own)
        covered = await queries.coverage(last, own)
        return [
            PostCardCounts(
                town=Tenant.of(town),
                post_coverage=Ratio.of(covered.get(town.id, NONE)),
                understood=Ratio.of(_total(checks.get(town.id, {}))),
                by_kind=[
                    CardCheckRate(kind=kind, understood=Ratio.of(checks[town.id][kind]))
                    for kind in CheckKind
                    if kind in checks.get(town.id, {})
                ],
            )
            for town in await towns_in_scope(info)
        ]


def _total(found: dict[CheckKind, indicators.Ratio]) -> indicators.Ratio:
    return indicators.Ratio(
        sum(one.numerator for one in found.values()),
        sum(one.denominator for one in found.values()),
    )

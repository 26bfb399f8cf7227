"""Acts with cards of posts: written, issued, signed for, and checked in three ways."""

from enum import Enum
from uuid import UUID

import strawberry
from strawberry import relay

from api.context import Info
from api.duties import StaffPost
from api.errors import MutationError, attempt
from api.hazards_acts import KeyedAct, party_of
from api.nodes import node_id
from api.post_cards import CardCheck, CardIssue, PostCard
from api.register import Premises
from service.post_cards import commands, records
from service.post_cards.commands import Content
from service.post_cards.rules import CardKind, CheckKind, Question
from tenants.rights import Right, Subject


@strawberry.input(description="Question of a quiz")
class CardQuestionInput:
    """One question."""

    text: str = strawberry.field(description="Question, at most 500 characters")
    choices: list[str] = strawberry.field(description="2 to 6 different choices")
    answer: int = strawberry.field(description="Number of the right choice, from 1")

    def question(self) -> Question:
        """As the rules know it."""
        return Question(self.text.strip(), tuple(one.strip() for one in self.choices), self.answer)


@strawberry.input
class IssueAct(KeyedAct):
    """The issue an act is about."""

    issue_id: relay.GlobalID = strawberry.field(description="Issue of a card to a holder")


def issue_of(given: IssueAct) -> UUID:
    """The plain id of the act's issue.

    Raises:
        Invalid: not the id of an issue.
    """
    return node_id(given.issue_id, CardIssue, "issueId")


@strawberry.enum(description="Why a card was not written")
class WritePostCardErrorCode(Enum):
    """Codes of `writePostCard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Next version of a card")
class WritePostCardInput(KeyedAct):
    """Input of `writePostCard`."""

    post_id: relay.GlobalID = strawberry.field(description="Post of the card")
    kind: CardKind = strawberry.field(description="Which list or card")
    lines: list[str] = strawberry.field(
        default_factory=list, description="What the card says, at most 100 lines"
    )
    questions: list[CardQuestionInput] = strawberry.field(
        default_factory=list, description="Quiz of this version, at most 30 questions"
    )
    risk_premises_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Premises whose risk points a risk list takes over"
    )


@strawberry.type(description="Answer to `writePostCard`")
class WritePostCardPayload:
    """The result, or why not."""

    card: PostCard | None = strawberry.field(description="Card after the act")
    errors: list[MutationError[WritePostCardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a card was not issued")
class IssuePostCardErrorCode(Enum):
    """Codes of `issuePostCard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_DATE = "OUT_OF_DATE"


@strawberry.input(description="Card and who gets it")
class IssuePostCardInput(KeyedAct):
    """Input of `issuePostCard`."""

    card_id: relay.GlobalID = strawberry.field(description="Version that is given")
    holders: list[str] = strawberry.field(description="Who gets it, at most 100 names")


@strawberry.type(description="Answer to `issuePostCard`")
class IssuePostCardPayload:
    """The result, or why not."""

    card: PostCard | None = strawberry.field(description="Card after the act")
    errors: list[MutationError[IssuePostCardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a card was not signed for")
class SignPostCardErrorCode(Enum):
    """Codes of `signPostCard`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Issue that is signed for")
class SignPostCardInput(IssueAct):
    """Input of `signPostCard`."""


@strawberry.type(description="Answer to `signPostCard`")
class SignPostCardPayload:
    """The result, or why not."""

    issue: CardIssue | None = strawberry.field(description="Issue after the act")
    errors: list[MutationError[SignPostCardErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a quiz was not scored")
class TakeCardQuizErrorCode(Enum):
    """Codes of `takeCardQuiz`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_DATE = "OUT_OF_DATE"
    NO_QUIZ = "NO_QUIZ"


@strawberry.input(description="Answers of a holder")
class TakeCardQuizInput(IssueAct):
    """Input of `takeCardQuiz`."""

    answers: list[int] = strawberry.field(
        description="Number of the choice for each question, from 1"
    )


@strawberry.type(description="Answer to `takeCardQuiz`")
class TakeCardQuizPayload:
    """The result, or why not."""

    check: CardCheck | None = strawberry.field(description="Check that was scored")
    errors: list[MutationError[TakeCardQuizErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.enum(description="Why a check was not recorded")
class RecordCardCheckErrorCode(Enum):
    """Codes of `recordCardCheck`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    OUT_OF_DATE = "OUT_OF_DATE"


@strawberry.input(description="What an inspector or manager heard or saw")
class RecordCardCheckInput(IssueAct):
    """Input of `recordCardCheck`."""

    kind: CheckKind = strawberry.field(description="Oral answer or observed drill")
    passed: bool = strawberry.field(description="Indicates that the holder passed")
    note: str = strawberry.field(description="What was heard or seen, at most 1,000 characters")


@strawberry.type(description="Answer to `recordCardCheck`")
class RecordCardCheckPayload:
    """The result, or why not."""

    check: CardCheck | None = strawberry.field(description="Check that was recorded")
    errors: list[MutationError[RecordCardCheckErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class PostCardMutation:
    """Acts with cards of posts."""

    @strawberry.mutation(description="Write the next version of a card of a post")
    async def write_post_card(self, info: Info, input: WritePostCardInput) -> WritePostCardPayload:
        """See `service.post_cards.commands.write`."""

        async def act() -> records.PostCard:
            info.context.require(Subject.POST_CARD, Right.WRITE)
            place = input.risk_premises_id
            content = Content(
                tuple(input.lines),
                tuple(one.question() for one in input.questions),
                node_id(place, Premises, "riskPremisesId") if place else None,
            )
            post = node_id(input.post_id, StaffPost, "postId")
            return await commands.write(post, input.kind, content, party_of(info))

        row, errors = await attempt(WritePostCardErrorCode, act())
        return WritePostCardPayload(card=PostCard.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Give a version of a card to members of the staff by name")
    async def issue_post_card(self, info: Info, input: IssuePostCardInput) -> IssuePostCardPayload:
        """See `service.post_cards.commands.issue`."""

        async def act() -> records.PostCard:
            info.context.require(Subject.POST_CARD, Right.WRITE)
            card = node_id(input.card_id, PostCard, "cardId")
            return await commands.issue(card, input.holders, party_of(info))

        row, errors = await attempt(IssuePostCardErrorCode, act())
        return IssuePostCardPayload(card=PostCard.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep that a holder signed for a card")
    async def sign_post_card(self, info: Info, input: SignPostCardInput) -> SignPostCardPayload:
        """See `service.post_cards.commands.sign`."""

        async def act() -> records.CardIssue:
            info.context.require(Subject.POST_CARD, Right.WRITE)
            return await commands.sign(issue_of(input), party_of(info))

        row, errors = await attempt(SignPostCardErrorCode, act())
        return SignPostCardPayload(issue=CardIssue.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Score a holder's answers to the quiz of a card (记得住)")
    async def take_card_quiz(self, info: Info, input: TakeCardQuizInput) -> TakeCardQuizPayload:
        """See `service.post_cards.commands.take_quiz`."""

        async def act() -> records.CardCheck:
            info.context.require(Subject.POST_CARD, Right.WRITE)
            return await commands.take_quiz(issue_of(input), input.answers, party_of(info))

        row, errors = await attempt(TakeCardQuizErrorCode, act())
        return TakeCardQuizPayload(check=CardCheck.of(row) if row else None, errors=errors)

    @strawberry.mutation(description="Keep an oral answer (说得明) or an observed drill (做得到)")
    async def record_card_check(
        self, info: Info, input: RecordCardCheckInput
    ) -> RecordCardCheckPayload:
        """See `service.post_cards.commands.record_check`."""

        async def act() -> records.CardCheck:
            info.context.require(Subject.POST_CARD, Right.VERIFY)
            return await commands.record_check(
                issue_of(input),
                input.kind,
                passed=input.passed,
                note=input.note,
                party=party_of(info),
            )

        row, errors = await attempt(RecordCardCheckErrorCode, act())
        return RecordCardCheckPayload(check=CardCheck.of(row) if row else None, errors=errors)

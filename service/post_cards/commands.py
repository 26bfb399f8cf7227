"""What can be done with cards of posts: written anew, issued, signed, and checked.

`party` is the enterprise that acts, None where an officer does.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import settings_of
from service.duties.enterprise import locked_post
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from service.post_cards.records import CardCheck, CardIssue, PostCard
from service.post_cards.rules import (
    LINE_LENGTH,
    CardKind,
    CheckKind,
    NoQuiz,
    OutOfDate,
    Question,
    check_card,
    score,
)
from service.register.records import Premises
from service.risks.queries import described
from tenants.records import owned
from tenants.wall import current

HOLDERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What a card says; a risk list also takes the risk points of `risk_premises_id`."""

    lines: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    risk_premises_id: UUID | None = None


async def write(
    post_id: UUID, kind: CardKind, content: Content, party: UUID | None = None
) -> PostCard:
    """Write the next version of a card; it holds from today for the days of the setting.

    The pass mark of its quiz is that of today and stays with the version.

    Raises:
        NotFound: no such post or premises in this scope, or not the party's own.
        Conflict: the post is closed.
        Invalid: see `rules.check_card`, or risk points on another card than the risk list.
    """
    post = await locked_post(post_id, party)
    lines = [one.strip() for one in content.lines]
    if content.risk_premises_id is not None:
        lines += await _drawn(kind, post.enterprise_id, content.risk_premises_id)
    check_card(lines, content.questions)
    settings = await settings_of(post.owner)
    days, mark = settings["post_card.validity_days"], settings["post_card.pass_mark"]
    assert isinstance(days, int)
    assert isinstance(mark, int)
    today = clock.legal_day(clock.now())
    last = await PostCard.filter(tenant_id=post.tenant_id, post_id=post.id, kind=kind.value).count()
    row = await PostCard.create(
        id=new_id(),
        **owned(post.owner),
        enterprise_id=post.enterprise_id,
        post_id=post.id,
        kind=kind.value,
        number=last + 1,
        lines=lines,
        questions=[asdict(one) for one in content.questions],
        pass_mark=mark,
        risk_premises_id=content.risk_premises_id,
        valid_from=today,
        valid_to=today + timedelta(days=days - 1),
        created_at=clock.now(),
        actor=current().scope.actor,
    )
    await audit.record("post_cards.written", row.owner, "PostCard", row.id, number=row.number)
    await outbox.emit("post_cards.written", row.owner, {"card": str(row.id)})
    return row


async def issue(card_id: UUID, holders: Sequence[str], party: UUID | None = None) -> PostCard:
    """Give a version to members of the staff by name; who has it already keeps it.

    Returns the card.

    Raises:
        NotFound: no such card in this scope, or not the party's own.
        OutOfDate: a later version is written, or this one holds no more.
        Invalid: nobody, too many, or a name too long.
    """
    card = await _card(card_id, party)
    await _check_current(card)
    names = list(dict.fromkeys(one.strip() for one in holders))
    if not 1 <= len(names) <= HOLDERS_MAX or any(not 1 <= len(one) <= 60 for one in names):
        raise Invalid(
            f"name 1 to {HOLDERS_MAX} people in 1 to 60 characters each",
            path=("input", "holders"),
        )
    before = await CardIssue.filter(tenant_id=card.tenant_id, card_id=card.id)
    known = {row.holder for row in before}
    given = [name for name in names if name not in known]
    for name in given:
        await CardIssue.create(
            id=new_id(),
            **owned(card.owner),
            enterprise_id=card.enterprise_id,
            card_id=card.id,
            holder=name,
            issued_on=clock.legal_day(clock.now()),
            created_at=clock.now(),
            actor=current().scope.actor,
        )
    await audit.record("post_cards.issued", card.owner, "PostCard", card.id, holders=len(given))
    await outbox.emit("post_cards.issued", card.owner, {"card": str(card.id)})
    return card


async def sign(issue_id: UUID, party: UUID | None = None) -> CardIssue:
    """Keep that the holder signed for the card today.

    Raises:
        NotFound: no such issue in this scope, or not the party's own.
        Conflict: it was signed already.
    """
    row = await _issue(issue_id, party)
    if row.signed_on is not None:
        raise Conflict(f"this was signed on {row.signed_on}", path=("input", "issueId"))
    row.signed_on = clock.legal_day(clock.now())
    await row.save(update_fields=["signed_on"])
    await audit.record("post_cards.signed", row.owner, "CardIssue", row.id)
    await outbox.emit("post_cards.signed", row.owner, {"issue": str(row.id)})
    return row


async def take_quiz(issue_id: UUID, answers: Sequence[int], party: UUID | None = None) -> CardCheck:
    """Score the answers of a holder to the questions of the version that they hold.

    Raises:
        NotFound: no such issue in this scope, or not the party's own.
        OutOfDate: the version is replaced or holds no more.
        NoQuiz: it has no questions.
        Invalid: see `rules.score`.
    """
    row = await _issue(issue_id, party)
    card = await _card(row.card_id, party)
    await _check_current(card)
    questions = [
        Question(one["text"], tuple(one["choices"]), one["answer"]) for one in card.questions
    ]
    if not questions:
        raise NoQuiz("this version asks nothing; write one with questions")
    reached = score(questions, answers)
    return await _checked(
        row, CheckKind.QUIZ, reached >= card.pass_mark, answers=list(answers), score=reached
    )


async def record_check(
    issue_id: UUID, kind: CheckKind, *, passed: bool, note: str, party: UUID | None = None
) -> CardCheck:
    """Keep what an inspector, or the enterprise's manager, heard or saw today.

    Raises:
        NotFound: no such issue in this scope, or not the party's own.
        OutOfDate: the version is replaced or holds no more.
        Invalid: a quiz, which is scored and not recorded, or no note.
    """
    if kind is CheckKind.QUIZ:
        raise Invalid("a quiz is answered with takeCardQuiz", path=("input", "kind"))
    row = await _issue(issue_id, party)
    await _check_current(await _card(row.card_id, party))
    said = note.strip()
    if not 1 <= len(said) <= 1000:
        raise Invalid("say what was heard or seen in 1 to 1000 characters", path=("input", "note"))
    return await _checked(row, kind, passed, note=said)


async def _checked(row: CardIssue, kind: CheckKind, passed: bool, **more: Any) -> CardCheck:
    check = await CardCheck.create(
        id=new_id(),
        **owned(row.owner),
        enterprise_id=row.enterprise_id,
        issue_id=row.id,
        kind=kind.value,
        passed=passed,
        checked_on=clock.legal_day(clock.now()),
        created_at=clock.now(),
        actor=current().scope.actor,
        **more,
    )
    await audit.record("post_cards.checked", row.owner, "CardCheck", check.id, passed=passed)
    await outbox.emit("post_cards.checked", row.owner, {"check": str(check.id)})
    return check


async def _drawn(kind: CardKind, enterprise_id: UUID, premises_id: UUID) -> list[str]:
    if kind is not CardKind.RISK_LIST:
        raise Invalid("risk points stand on the risk list", path=("input", "riskPremisesId"))
    if not await Premises.filter(id=premises_id, enterprise_id=enterprise_id).exists():
        raise NotFound("no such premises", path=("input", "riskPremisesId"))
    return [one[:LINE_LENGTH] for one in await described(premises_id)]


async def _card(card_id: UUID, party: UUID | None) -> PostCard:
    found = PostCard.filter(id=card_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such card", path=("input", "cardId"))
    return row


async def _issue(issue_id: UUID, party: UUID | None) -> CardIssue:
    found = CardIssue.filter(id=issue_id)
    if party is not None:
        found = found.filter(enterprise_id=party)
    row = await found.select_for_update().get_or_none()
    if row is None or row.tenant_id not in current().scope.writable:
        raise NotFound("no such issue", path=("input", "issueId"))
    return row


async def _check_current(card: PostCard) -> None:
    newer = PostCard.filter(
        tenant_id=card.tenant_id, post_id=card.post_id, kind=card.kind, number__gt=card.number
    )
    if await newer.exists():
        raise OutOfDate("a later version is written; issue that one")
    if card.valid_to < clock.legal_day(clock.now()):
        raise OutOfDate(f"this version held up to {card.valid_to}; write the next one")

"""Rules of reports: which step follows on which state, and the reward as the law's rows say it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from service.accidents.rules import Level
from service.errors import Conflict, Invalid
from service.law.rules import Rule, RuleBook

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that looks like a digit
_LIKE = str.maketrans("OIL", "011", " -")


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    TRANSFERRED = "TRANSFERRED"
    VERIFIED = "VERIFIED"
    ANSWERED = "ANSWERED"


class RewardState(StrEnum):
    """Where the reward of a report stands."""

    RECKONED = "RECKONED"
    APPROVED = "APPROVED"
    PAID = "PAID"
    FORFEITED = "FORFEITED"


class Step(StrEnum):
    """What is done with a report."""

    REJECT = "REJECT"
    ACCEPT = "ACCEPT"
    TRANSFER = "TRANSFER"
    EXTEND = "EXTEND"
    REQUEST_VISIT = "REQUEST_VISIT"
    VERIFY = "VERIFY"
    ANSWER = "ANSWER"
    RECKON = "RECKON"
    APPROVE = "APPROVE"
    PAY = "PAY"
    FORFEIT = "FORFEIT"


class Channel(StrEnum):
    """How a report came in."""

    WEB = "WEB"
    HOTLINE = "HOTLINE"


class Finding(StrEnum):
    """What was found on site."""

    TRUE = "TRUE"
    PARTIAL = "PARTIAL"
    FALSE = "FALSE"
    DUPLICATE = "DUPLICATE"
    """True, and reported by somebody else before: the first reporter alone is rewarded."""


class Ground(StrEnum):
    """What a reward is for."""

    MAJOR = "MAJOR"  # a major hazard (重大事故隐患), or illegal production
    CONCEALED = "CONCEALED"  # an accident that was concealed or falsely reported (瞒报谎报)
    ORDINARY = "ORDINARY"  # any other violation


_FOLLOWS: dict[State, dict[Step, State]] = {
    State.RECEIVED: {Step.ACCEPT: State.ACCEPTED, Step.REJECT: State.REJECTED},
    State.ACCEPTED: {Step.TRANSFER: State.TRANSFERRED, Step.EXTEND: State.ACCEPTED},
    State.TRANSFERRED: {
        Step.VERIFY: State.VERIFIED,
        Step.EXTEND: State.TRANSFERRED,
        Step.REQUEST_VISIT: State.TRANSFERRED,
    },
    State.VERIFIED: {Step.ANSWER: State.ANSWERED, Step.EXTEND: State.VERIFIED},
    State.REJECTED: {},
    State.ANSWERED: {},
}
_REWARD_FOLLOWS: dict[RewardState | None, dict[Step, RewardState]] = {
    None: {Step.RECKON: RewardState.RECKONED},
    RewardState.RECKONED: {
        Step.RECKON: RewardState.RECKONED,
        Step.APPROVE: RewardState.APPROVED,
    },
    RewardState.APPROVED: {Step.PAY: RewardState.PAID, Step.FORFEIT: RewardState.FORFEITED},
    RewardState.PAID: {},
    RewardState.FORFEITED: {},
}
TOWN_SEES = frozenset({State.TRANSFERRED, State.VERIFIED, State.ANSWERED})
"""A town learns of a report when it is transferred to it."""
OPEN = frozenset({State.ACCEPTED, State.TRANSFERRED, State.VERIFIED})
"""States in which the time to answer runs."""
REWARDED = frozenset({Finding.TRUE, Finding.PARTIAL})


def step(state: State, taken: Step) -> State:
    """The state after a step.

    Raises:
        Conflict: the step does not follow on this state.
    """
    try:
        return _FOLLOWS[state][taken]
    except KeyError:
        raise Conflict(
            f"a report that is {state.value} cannot take the step {taken.value}",
            path=("input", "reportId"),
        ) from None


def reward_step(state: State, reward: RewardState | None, taken: Step) -> RewardState:
    """The state of the reward after a step; the report itself was answered before.

    Raises:
        Conflict: the report is not answered, or the step does not follow on this state.
    """
    if state is not State.ANSWERED:
        raise Conflict("answer the report before its reward", path=("input", "reportId"))
    try:
        return _REWARD_FOLLOWS[reward][taken]
    except KeyError:
        stands = reward.value if reward else "not reckoned"
        raise Conflict(
            f"a reward that is {stands} cannot take the step {taken.value}",
            path=("input", "reportId"),
        ) from None


def token_of(nonce: str, key: bytes) -> str:
    """The tracking code of the report that was sent under `nonce`: 20 characters, 100 bits.

    It follows from the nonce, so that whoever sends the same form again, because the answer got
    lost, is shown the same code; without the key nobody reckons it.
    """
    number = int.from_bytes(hmac.digest(key, nonce.encode(), "sha256")[:13])
    signs = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(20))
    return "-".join(signs[start : start + 5] for start in range(0, 20, 5))


def token_digest(token: str) -> str:
    """What is kept of a tracking code: SHA-256 of its letters and digits, 64 hex digits."""
    return sha256(token.upper().translate(_LIKE).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Merit:
    """What a reward is reckoned from; `fine_fen` is the fine that followed, `deaths` concealed."""

    ground: Ground
    fine_fen: int = 0
    deaths: int = 0
    level: Level = Level.ORDINARY
    insider: bool = False


@dataclass(frozen=True, slots=True)
class Reward:
    """An amount in fen with the rules that it follows from; confirmed when all of them are."""

    amount_fen: int
    rules: tuple[Rule, ...]

    @property
    def confirmed(self) -> bool:
        """Whether every rule was checked against the promulgated text."""
        return all(rule.confirmed for rule in self.rules)


def reward(merit: Merit, day: date, book: RuleBook) -> Reward:
    """The reward by the rules in force on `day` (安监总财〔2018〕19号).

    Major hazard or illegal production: a share of the fine, at least the floor, at most the cap.
    Concealed accident: so much for each concealed death, at most its cap.  An insider's addition
    never lifts a reward above its cap.

    Raises:
        Invalid: negative numbers, or a concealed accident without a death.
        NoRule: no rule was in force that day.
    """
    if merit.fine_fen < 0 or merit.deaths < 0:
        raise Invalid("a fine and a number of deaths are not negative", path=("input", "fine"))
    if merit.ground is Ground.CONCEALED:
        if merit.deaths == 0:
            raise Invalid("say how many deaths were concealed", path=("input", "deaths"))
        each = book.rule("REWARD_CONCEALED", day, merit.level.value)
        cap, rules = book.rule("REWARD_CONCEALED_CAP", day), [each]
        amount = each.number * merit.deaths
    elif merit.ground is Ground.MAJOR:
        rate, floor = book.rule("REWARD_RATE", day), book.rule("REWARD_FLOOR", day)
        cap, rules = book.rule("REWARD_CAP", day), [rate, floor]
        amount = max(merit.fine_fen * rate.number // 100, floor.number)
    else:
        least = book.rule("REWARD_ORDINARY", day)
        cap, rules = book.rule("REWARD_CAP", day), [least]
        amount = least.number
    if merit.insider:
        more = book.rule("REWARD_INSIDER", day)
        amount += amount * more.number // 100
        rules.append(more)
    return Reward(min(amount, cap.number), (*rules, cap))


def check_text(text: str, field: str, longest: int, *, empty: bool = False) -> str:
    """The text without outer blanks.

    Raises:
        Invalid: empty, too long, or with characters that cannot be printed.
    """
    trimmed = text.strip()
    if (not trimmed and not empty) or len(trimmed) > longest:
        least = 0 if empty else 1
        raise Invalid(f"{field} has {least} to {longest} characters", path=("input", field))
    if any(not (char.isprintable() or char in "\r\n\t") for char in trimmed):
        raise Invalid(f"{field} holds a character that cannot be printed", path=("input", field))
    return trimmed


def check_reporter(given: Mapping[str, str]) -> dict[str, str] | None:
    """Name and telephone of a reporter, or None for an anonymous one.

    Raises:
        Invalid: a name without a telephone, or the other way round: neither can be reached.
    """
    said = {key: check_text(given.get(key, ""), key, 100, empty=True) for key in ("name", "phone")}
    if not any(said.values()):
        return None
    if not all(said.values()):
        raise Invalid("give both a name and a telephone, or neither", path=("input", "phone"))
    return said


def check_survey(asked: int, aware: int) -> None:
    """Refuse a survey of awareness (知晓率) that counts nobody, or more than were asked.

    Raises:
        Invalid: names the number at fault.
    """
    if not 1 <= asked <= 10_000_000:
        raise Invalid("1 to 10,000,000 people were asked", path=("input", "asked"))
    if not 0 <= aware <= asked:
        raise Invalid("of those asked, none to all knew of it", path=("input", "aware"))

"""A hazard with every act tried at any time, by anybody, in any order."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from service.errors import SafetyError
from service.hazards.rules import (
    ENDS,
    LATE,
    NO_HAZARD,
    Authority,
    Grade,
    Plan,
    Source,
    State,
    Step,
    check_closing,
    check_extension,
    check_party,
    check_plan,
    check_second,
    check_submission,
    check_verifier,
    is_overdue,
    possible,
    step,
)

FOUND = date(2026, 3, 2)
PEOPLE = st.sampled_from(["account:party", "account:inspector", "account:head"])
WHOLE = ("周示例", "更换", 100, "停业")


class Hazard(RuleBasedStateMachine):
    """What the commands do, with the same rules in the same order."""

    @initialize(grade=st.sampled_from(Grade), source=st.sampled_from(Source))
    def begin(self, grade: Grade, source: Source) -> None:
        self.state, self.grade, self.source = State.FOUND, grade, source
        self.today, self.due, self.overdue_since = FOUND, None, None
        self.plan, self.rectifiers, self.reported = Plan(), set(), set()
        self.supervised, self.extensions, self.request, self.doubt = False, 0, None, ""
        self.taken: list[tuple[Step, str]] = []

    def _try(self, taken: Step, who: str, *checks: object) -> bool:
        """Take the step unless it does not fit; a refusal changes nothing."""
        before = (self.state, self.due, self.plan, self.extensions, self.doubt, self.request)
        try:
            if who == "account:party":
                check_party(taken, self.source, self.state)
            after = step(self.state, taken, supervised=self.supervised)
            for check in checks:
                check()  # type: ignore[operator]
        except SafetyError:
            now = (self.state, self.due, self.plan, self.extensions, self.doubt, self.request)
            assert now == before
            return False
        self.state = after
        self.taken.append((taken, who))
        return True

    @rule(who=PEOPLE)
    def grade_it(self, who: str) -> None:
        self._try(Step.GRADE, who)

    @rule(who=PEOPLE, days=st.integers(0, 20))
    def assign_it(self, who: str, days: int) -> None:
        if self._try(Step.ASSIGN, who):
            self.due = self.today + timedelta(days)

    @rule(who=PEOPLE, whole=st.booleans(), late=st.integers(-3, 3))
    def plan_it(self, who: str, whole: bool, late: int) -> None:
        end = (self.due or self.today) + timedelta(late)
        responsible, measures, funds, contingency = WHOLE if whole else ("", "清理", None, "")
        made = Plan(responsible, measures, funds, end, contingency)
        latest = max(self.due or end, end) if self.overdue_since else self.due or end
        if self._try(Step.PLAN, who, lambda: check_plan(made, self.grade, latest)):
            self.plan = made
            self.rectifiers.add(who)

    @rule(who=PEOPLE)
    def submit_it(self, who: str) -> None:
        if self._try(Step.SUBMIT, who, lambda: check_submission(self.grade, self.plan)):
            self.rectifiers.add(who)

    @rule(who=PEOPLE, taken=st.sampled_from([Step.VERIFY, Step.REJECT]))
    def judge_it(self, who: str, taken: Step) -> None:
        self._try(taken, who, lambda: check_verifier(self.rectifiers, who))

    @rule(to=st.sampled_from(Authority))
    def report_it(self, to: Authority) -> None:
        self.reported.add(to)

    @rule(who=PEOPLE)
    def close_it(self, who: str) -> None:
        self._try(Step.CLOSE, who, lambda: check_closing(self.grade, self.reported))

    @rule()
    def supervise_it(self) -> None:
        if self._try(Step.SUPERVISE, "account:head"):
            self.supervised = True

    @rule(who=PEOPLE, more=st.integers(0, 20))
    def ask_for_time(self, who: str, more: int) -> None:
        due = self.due or self.today
        until = due + timedelta(more)
        check = lambda: check_extension(due, until, self.today, self.extensions, 2)  # noqa: E731
        if self.request is None and self._try(Step.ASK_EXTENSION, who, check):
            self.request = (who, until)

    @rule(who=PEOPLE, granted=st.booleans())
    def answer_it(self, who: str, granted: bool) -> None:
        if self.request is None or (granted and self.request[1] < self.today):
            return
        asked, until = self.request
        taken = Step.EXTEND if granted else Step.DENY_EXTENSION
        if self._try(taken, who, lambda: check_second(asked, who)):
            self.request = None
            if granted:
                self.due, self.overdue_since = until, None
                self.extensions += 1

    @rule(who=PEOPLE)
    def doubt_it(self, who: str) -> None:
        if not self.doubt and self._try(Step.ASK_DISMISSAL, who):
            self.doubt = who

    @rule(who=PEOPLE, dismissed=st.booleans())
    def decide_the_doubt(self, who: str, dismissed: bool) -> None:
        taken = Step.DISMISS if dismissed else Step.KEEP
        if self.doubt and self._try(taken, who, lambda: check_second(self.doubt, who)):
            self.doubt = self.doubt if dismissed else ""

    @rule(days=st.integers(1, 10))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days)
        if is_overdue(self.state, self.due, self.today) and self._try(Step.FALL_OVERDUE, "task"):
            self.overdue_since = self.today

    @invariant()
    def nothing_follows_an_end(self) -> None:
        if self.state in ENDS:
            assert possible(self.state) == []

    @invariant()
    def what_is_closed_was_verified_by_another(self) -> None:
        if self.state is State.CLOSED:
            verified = [who for taken, who in self.taken if taken is Step.VERIFY]
            assert verified
            assert verified[-1] not in self.rectifiers

    @invariant()
    def a_major_one_is_closed_with_all_five_conditions_and_both_reports(self) -> None:
        if self.state is State.CLOSED and self.grade is Grade.MAJOR:
            assert self.plan.missing() == []
            assert self.reported == set(Authority)

    @invariant()
    def what_is_dismissed_was_doubted_by_another(self) -> None:
        if self.state in NO_HAZARD:
            assert self.taken[-1][1] != self.doubt

    @invariant()
    def what_is_late_had_a_deadline_or_is_supervised(self) -> None:
        if self.state in LATE:
            assert self.due is not None
            assert self.supervised or self.due < self.today

    @invariant()
    def no_more_time_than_the_town_allows(self) -> None:
        assert self.extensions <= 2


TestHazard = Hazard.TestCase
TestHazard.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

"""The state machine of a case: every state, every step, every class."""

from uuid import UUID

import pytest

from service.blacklist.rules import (
    BY_DECIDING_BODY,
    BY_PARTY,
    BY_WORKER,
    ENDED,
    LISTED,
    PUBLIC,
    BodyId,
    DefenceStillOpen,
    DefenceUnanswered,
    Delivery,
    HearingOwed,
    NoConsent,
    NotDecidingBody,
    PenalisingBody,
    PublicationClass,
    State,
    Step,
    WrongStep,
    check_decider,
    check_delivery,
    check_ready_to_decide,
    possible,
    step,
)

ALLOWED = """
PROPOSED          CLASSIFY        CLASSIFIED
PROPOSED          REJECT          REJECTED
PROPOSED          DROP            DROPPED
CLASSIFIED        REJECT          REJECTED
CLASSIFIED        SERVE_NOTICE    NOTICE_SERVED     P2 P3
CLASSIFIED        DECIDE          DECIDED           P1
NOTICE_SERVED     RECORD_DEFENCE  DEFENCE_OPEN
NOTICE_SERVED     DECIDE          DECIDED
NOTICE_SERVED     REJECT          REJECTED
DEFENCE_OPEN      RECORD_DEFENCE  DEFENCE_OPEN
DEFENCE_OPEN      HEAR            HEARD
DEFENCE_OPEN      DECIDE          DECIDED
DEFENCE_OPEN      REJECT          REJECTED
HEARD             DECIDE          DECIDED
HEARD             REJECT          REJECTED
DECIDED           SERVE_DECISION  SERVED
DECIDED           WITHDRAW        WITHDRAWN
SERVED            PUBLISH         PUBLISHED
SERVED            WITHDRAW        WITHDRAWN
PUBLISHED         CORRECT         CORRECTED
PUBLISHED         SUSPEND         SUSPENDED
PUBLISHED         REQUEST_REPAIR  REPAIR_REQUESTED
PUBLISHED         WITHDRAW        WITHDRAWN
PUBLISHED         EXPIRE          EXPIRED
CORRECTED         CORRECT         CORRECTED
CORRECTED         SUSPEND         SUSPENDED
CORRECTED         REQUEST_REPAIR  REPAIR_REQUESTED
CORRECTED         WITHDRAW        WITHDRAWN
CORRECTED         EXPIRE          EXPIRED
SUSPENDED         RESUME          PUBLISHED
SUSPENDED         WITHDRAW        WITHDRAWN
SUSPENDED         EXPIRE          EXPIRED
REPAIR_REQUESTED  ACCEPT_REPAIR   REPAIR_ACCEPTED
REPAIR_REQUESTED  REFUSE_REPAIR   PUBLISHED
REPAIR_REQUESTED  SUSPEND         SUSPENDED
REPAIR_REQUESTED  WITHDRAW        WITHDRAWN
REPAIR_REQUESTED  EXPIRE          EXPIRED
REPAIR_ACCEPTED   REPAIR          REPAIRED
REPAIR_ACCEPTED   REFUSE_REPAIR   PUBLISHED
REPAIR_ACCEPTED   SUSPEND         SUSPENDED
REPAIR_ACCEPTED   WITHDRAW        WITHDRAWN
REPAIR_ACCEPTED   EXPIRE          EXPIRED
REPAIRED          REINSTATE       PUBLISHED
"""
CLASSES = dict(zip(("P1", "P2", "P3"), PublicationClass, strict=True))


def expected() -> dict[tuple[State, Step, PublicationClass], State]:
    table = {}
    for line in ALLOWED.split("\n")[1:-1]:
        before, taken, after, *classes = line.split()
        for name in classes or CLASSES:
            table[State(before), Step(taken), CLASSES[name]] = State(after)
    return table


EXPECTED = expected()


@pytest.mark.parametrize("publication", PublicationClass)
@pytest.mark.parametrize("taken", Step)
@pytest.mark.parametrize("state", State)
def test_every_step_in_every_state(
    state: State, taken: Step, publication: PublicationClass
) -> None:
    after = EXPECTED.get((state, taken, publication))

    if after is None:
        with pytest.raises(WrongStep):
            step(state, taken, publication)
        assert taken not in possible(state, publication)
    else:
        assert step(state, taken, publication) is after
        assert taken in possible(state, publication)


def test_an_ended_case_offers_nothing_but_reinstatement_after_repair() -> None:
    offers = {state: possible(state, CLASSES["P2"]) for state in ENDED}

    assert offers.pop(State.REPAIRED) == [Step.REINSTATE]
    assert all(offer == [] for offer in offers.values())


def test_a_suspended_entry_is_listed_but_not_public() -> None:
    assert {State.SUSPENDED} == LISTED - PUBLIC
    assert PUBLIC.isdisjoint(ENDED)


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(WrongStep) as caught:
        step(State.PROPOSED, Step.PUBLISH, None)

    assert caught.value.message == (
        "PUBLISH cannot follow PROPOSED; possible now: CLASSIFY, REJECT, DROP"
    )


def test_steps_belong_to_exactly_one_kind_of_person() -> None:
    assert BY_DECIDING_BODY.isdisjoint(BY_PARTY | BY_WORKER)
    assert Step.DECIDE in BY_DECIDING_BODY
    assert {Step.PUBLISH, Step.EXPIRE} == BY_WORKER


ONE, OTHER = BodyId(UUID(int=1)), BodyId(UUID(int=2))


def test_only_the_body_that_decided_the_penalty_decides() -> None:
    for taken in BY_DECIDING_BODY:
        check_decider(ONE, PenalisingBody(ONE, can_penalise=True), taken)
        with pytest.raises(NotDecidingBody):
            check_decider(ONE, PenalisingBody(OTHER, can_penalise=True), taken)


def test_a_body_without_the_power_lists_nobody_and_may_still_take_back() -> None:
    without, refused = PenalisingBody(ONE, can_penalise=False), set()
    for taken in BY_DECIDING_BODY:
        try:
            check_decider(ONE, without, taken)
        except NotDecidingBody:
            refused.add(taken)

    assert refused == {
        Step.CLASSIFY, Step.SERVE_NOTICE, Step.DECIDE, Step.SERVE_DECISION, Step.RESUME,
        Step.REINSTATE,
    }  # fmt: skip


@pytest.mark.parametrize("how", Delivery)
def test_only_electronic_delivery_needs_consent(how: Delivery) -> None:
    check_delivery(how, consent=True)

    if how is Delivery.ELECTRONIC:
        with pytest.raises(NoConsent):
            check_delivery(how, consent=False)
    else:
        check_delivery(how, consent=False)


@pytest.mark.parametrize(
    ("state", "window_over", "waived", "hearing_asked", "answer", "refusal"),
    [
        (State.NOTICE_SERVED, False, False, False, "", DefenceStillOpen),
        (State.NOTICE_SERVED, True, False, False, "", None),
        (State.NOTICE_SERVED, False, True, False, "", None),
        (State.DEFENCE_OPEN, True, False, False, " ", DefenceUnanswered),
        (State.DEFENCE_OPEN, False, False, False, "not accepted: …", None),
        (State.DEFENCE_OPEN, True, False, True, "not accepted: …", HearingOwed),
        (State.HEARD, True, False, True, "", DefenceUnanswered),
        (State.HEARD, True, False, True, "accepted in part", None),
        (State.CLASSIFIED, False, False, False, "", None),
    ],
)
def test_a_decision_does_not_cut_off_the_defence(
    state: State,
    window_over: bool,
    waived: bool,
    hearing_asked: bool,
    answer: str,
    refusal: type[Exception] | None,
) -> None:
    def check() -> None:
        check_ready_to_decide(
            state,
            window_over=window_over,
            waived=waived,
            hearing_asked=hearing_asked,
            answer=answer,
        )

    if refusal is None:
        check()
    else:
        with pytest.raises(refusal):
            check()

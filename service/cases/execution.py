"""Execution of a decision: payments, instalments, surcharge, suit and stay, the end of the case."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.cases import claims, papers
from service.cases.fines import Entry, Pause, check_instalments, surcharge
from service.cases.records import FineEntry, PenaltyCase
from service.cases.rules import NotPaid, State, Step, WrongStep
from service.cases.steps import allow, locked, note, past, subject, take, today
from service.deadlines import commands as deadlines
from service.errors import Conflict, Invalid
from service.ids import new_id
from service.law.queries import rule_book
from service.texts import bounded
from tenants.records import owned

COLLECTING = (State.SERVED, State.PUBLISHED)
"""States in which money of the fine comes in."""


async def entries(case: PenaltyCase, kind: str) -> list[Entry]:
    """What is DUE, or was PAID, oldest first."""
    found = FineEntry.filter(tenant_id=case.tenant_id, case_id=case.id, kind=kind)
    return [Entry(row.on, row.amount_fen) for row in await found.order_by("on", "id")]


def pauses(case: PenaltyCase) -> list[Pause]:
    """Days on which no surcharge is counted: a review or suit, and a stay (arts. 66, 73)."""
    return [
        Pause(first, last)
        for first, last in ((case.suit_from, case.suit_to), (case.stayed_from, case.stayed_to))
        if first is not None
    ]


async def surcharge_of(case: PenaltyCase, day: date) -> int:
    """Surcharge up to a day, in fen (art. 72)."""
    if case.served_on is None or not case.fine_fen:
        return 0
    percent = (await rule_book()).rule("FINE_SURCHARGE", case.served_on).number
    due, paid = await entries(case, "DUE"), await entries(case, "PAID")
    return surcharge(due, paid, day, percent=percent, pauses=pauses(case))


async def _collecting(acting: UUID | None, case_id: UUID) -> PenaltyCase:
    case = await locked(case_id, acting)
    if State(case.state) not in COLLECTING or not case.fine_fen:
        raise WrongStep(f"no fine is to be collected; the case is {case.state}")
    return case


async def record_payment(
    acting: UUID | None, case_id: UUID, amount_fen: int, on: date, reference: str
) -> PenaltyCase:
    """Note a payment at the bank.

    Raises:
        Invalid: no amount, or a day before the decision was served or in the future.
        Conflict: more than the fine and its surcharge.
    """
    case = await _collecting(acting, case_id)
    day = past(on, "on", case.served_on)
    if amount_fen <= 0:
        raise Invalid("a payment has an amount", path=("input", "amount"))
    paid = sum(one.amount_fen for one in await entries(case, "PAID"))
    most = case.fine_fen + await surcharge_of(case, today())
    if paid + amount_fen > most:
        raise Conflict(f"only {most - paid} fen are owed", path=("input", "amount"))
    await FineEntry.create(
        id=new_id(),
        **owned(case.owner),
        case_id=case.id,
        kind="PAID",
        on=day,
        amount_fen=amount_fen,
        reference=bounded(reference, "reference", 120),
    )
    if paid + amount_fen >= case.fine_fen:
        await deadlines.meet(subject(case), "FINE_PAY", day)
    await note(case, "cases.fine_paid", amount_fen=amount_fen)
    return case


async def grant_instalments(
    acting: UUID | None, case_id: UUID, instalments: Sequence[Entry], reason: str
) -> PenaltyCase:
    """Let a party in difficulty pay later or by instalments (art. 66); one is a deferral.

    Raises:
        Invalid: they do not add up to the fine, or lie in the past.
    """
    case = await _collecting(acting, case_id)
    plan = check_instalments(instalments, case.fine_fen, today())
    why = bounded(reason, "reason", 400, 4)
    await FineEntry.filter(tenant_id=case.tenant_id, case_id=case.id, kind="DUE").delete()
    await FineEntry.bulk_create(
        [
            FineEntry(
                id=new_id(), **owned(case.owner), case_id=case.id, kind="DUE", on=one.on,
                amount_fen=one.amount_fen, reference=why[:120],
            )
            for one in plan
        ]
    )  # fmt: skip
    assert case.served_on is not None
    await deadlines.start(
        subject(case), "FINE_PAY", case.served_on, on_party=True, last_day=plan[-1].on
    )
    await note(case, "cases.instalments_granted", instalments=len(plan))
    return case


async def record_suit(
    acting: UUID | None, case_id: UUID, from_day: date, to_day: date | None
) -> PenaltyCase:
    """Note a review or suit: execution goes on (art. 73), the surcharge waits.

    Raises:
        Conflict: nothing was served.
    """
    case = await _after_service(acting, case_id)
    case.suit_from = past(from_day, "fromDay", case.served_on)
    case.suit_to = past(to_day, "toDay", from_day) if to_day else None
    await case.save()
    await note(case, "cases.suit_recorded", from_day=str(from_day))
    return case


async def record_stay(
    acting: UUID | None, case_id: UUID, from_day: date, to_day: date | None, order: str
) -> PenaltyCase:
    """Note that court or superior stayed the execution (art. 73); without its end it holds.

    Raises:
        Conflict: nothing was served.
    """
    case = await _after_service(acting, case_id)
    case.stayed_from = past(from_day, "fromDay", case.served_on)
    case.stayed_to = past(to_day, "toDay", from_day) if to_day else None
    case.reason = bounded(order, "order", 400)
    await case.save()
    await note(case, "cases.execution_stayed", from_day=str(from_day))
    return case


async def _after_service(acting: UUID | None, case_id: UUID) -> PenaltyCase:
    case = await locked(case_id, acting)
    if case.served_on is None or State(case.state) not in (*COLLECTING, State.EXECUTED):
        raise Conflict("no served decision stands", path=("input", "caseId"))
    return case


async def execute(
    acting: UUID | None, case_id: UUID, execution: str, waived: str = ""
) -> PenaltyCase:
    """Note that the decision is carried out in full, its fine paid with the surcharge.

    `waived` is the reason to let the surcharge go (行政强制法 art. 42).

    Raises:
        NotPaid: money is owed.
        Conflict: the execution is stayed.
    """
    case = await locked(case_id, acting)
    allow(case, Step.EXECUTE)
    if case.stayed_from is not None and case.stayed_to is None:
        raise Conflict("the execution is stayed; record the end of the stay first")
    extra = 0 if waived.strip() else await surcharge_of(case, today())
    owed = case.fine_fen + extra - sum(one.amount_fen for one in await entries(case, "PAID"))
    if owed > 0:
        raise NotPaid(f"{owed} fen are owed, {extra} of the debt are surcharge (art. 72)")
    written = bounded(execution, "execution", 2000)
    changes = {
        "executed_on": today(),
        "execution": f"{written}\n{waived.strip()[:400]}".strip(),
    }
    return await take(case, Step.EXECUTE, changes=changes, surcharge_fen=extra)


async def close(acting: UUID | None, case_id: UUID, report: str) -> PenaltyCase:
    """Close a case with its closing report; the act may be named by others again.

    Raises:
        Conflict: an annulled decision is still public, or a registered thing undecided.
    """
    case = await locked(case_id, acting)
    allow(case, Step.CLOSE)
    if case.annulled_on and case.published_on and case.withdrawn_on is None:
        raise Conflict("withdraw the published decision first (art. 48)")
    changes = {"closed_on": today(), "closing_report": bounded(report, "report", 4000)}
    former = State(case.state)
    await take(case, Step.CLOSE, changes=changes)
    await papers.closing(case, report, former)
    await claims.let_go(case.claim_id)
    await deadlines.drop(subject(case))
    return case

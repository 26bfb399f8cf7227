"""A plan in words: what was merged and why, what stays unserved, which burden is spared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.joint.planning.model import Demand, Instance, Plan, PlannedVisit
from service.joint.planning.reasons import CHINESE, WORDS, Reason


@dataclass(frozen=True, slots=True)
class Burden:
    """Visits of the joint plan against every body's own best plan (the counterfactual).

    `spared` = 1 − joint ÷ separate; None when nobody would come at all.
    """

    joint_visits: int
    separate_visits: int
    separate_broken_gaps: int
    spared: float | None


def burden(instance: Instance, plan: Plan) -> Burden:
    """Compare a plan with what the bodies would do alone; recomputed, never stored on trust."""
    # Whoever only words a plan needs no numpy.
    from service.joint.planning.bounds import separate_visits
    from service.joint.planning.columns import columns_of

    columns, _ = columns_of(instance)
    separate, broken = separate_visits(columns)
    separate += sum(_bodies_of(instance, visit) for visit in instance.fixed)
    spared = round(1 - len(plan.visits) / separate, 6) if separate else None
    return Burden(len(plan.visits), separate, broken, spared)


def _bodies_of(instance: Instance, visit: PlannedVisit) -> int:
    body = {d.id: d.body for d in instance.demands}
    return len({body[d] for d in visit.demands})


def explain_visit(days: Sequence[date], visit: PlannedVisit, by_id: Mapping[str, Demand]) -> str:
    """One sentence: which bodies come together, in whose lead, and why on that day."""
    demands = [by_id[d] for d in visit.demands]
    return merged_words(
        days[visit.day].isoformat(),
        visit.lead_body,
        sorted({d.body for d in demands}),
        len(demands),
        days[max(d.release for d in demands)].isoformat(),
        days[min(d.due for d in demands)].isoformat(),
        exempt=all(d.exempt for d in demands),
    )


def merged_words(
    day: str, lead: str, bodies: list[str], demands: int, first: str, last: str, *, exempt: bool
) -> str:
    """The sentence of a visit; `first` and `last` delimit the days all its demands share."""
    window = f"all windows share {first} to {last}"
    if exempt:
        return f"{day}: {demands} exempt demand(s) led by {lead}; {window}; no cap is used"
    if demands == 1:
        return f"{day}: one demand of {lead}; no other demand shares its days {first} to {last}"
    if len(bodies) == 1:
        return f"{day}: {demands} demands of {lead} in one visit; {window}"
    others = ", ".join(b for b in bodies if b != lead)
    return f"{day}: {lead} leads, {others} join: {demands} demands in one visit; {window}"


def unserved_words(reason: str) -> str:
    """The sentence that belongs to a reason code; an unknown code is shown as it is."""
    return WORDS[Reason(reason)] if reason in Reason.__members__ else reason


def unserved_words_zh(reason: str) -> str:
    """The same in Chinese."""
    return CHINESE[Reason(reason)] if reason in Reason.__members__ else reason


def merged_words_zh(day: str, lead: str, others: Sequence[str], demands: int) -> str:
    """Why bodies come together, in Chinese; names of bodies instead of their ids."""
    if demands == 1:
        return f"{day}：{lead}单独检查，该时段没有其他单位的需求可合并"
    if not others:
        return f"{day}：{lead}的{demands}项需求合并为一次检查"
    return f"{day}：{lead}牵头，{'、'.join(others)}参加，{demands}项需求合并为一次检查"


def explain(instance: Instance, plan: Plan, *, most: int = 20) -> list[str]:
    """A report of a whole plan, line by line; at most `most` examples of each kind."""
    spared = burden(instance, plan)
    lines = [
        f"{spared.joint_visits} joint visits instead of {spared.separate_visits} separate ones"
        + (f" ({spared.spared:.1%} spared)" if spared.spared is not None else ""),
        f"{spared.separate_broken_gaps} of the separate visits would come too soon after another",
    ]
    if plan.certificate is not None:
        c = plan.certificate
        lines.append(
            f"proven: at least {c.visits_lower_bound} visits serve these demands; "
            f"the plan is {c.gap:.3%} above"
        )
    joint = [v for v in plan.visits if len(v.demands) > 1]
    by_id = {d.id: d for d in instance.demands}
    lines += [f"{v.premises} {explain_visit(instance.days, v, by_id)}" for v in joint[:most]]
    for reason, count in sorted(Counter(u.reason for u in plan.unserved).items()):
        lines.append(f"{count} unserved: {unserved_words(reason)}")
    lines += [f"{u.demand} unserved: {unserved_words(u.reason)}" for u in plan.unserved[:most]]
    return lines

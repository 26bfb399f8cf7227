"""The one table of which tasks answer which events; importing it registers every actor."""

from importlib import import_module

MODULES: tuple[str, ...] = (
    "tasks.core",
    "tasks.evidence",
    "tasks.publication",
    "tasks.blacklist",
    "tasks.joint",
    "tasks.identity",
    "tasks.hazards",
    "tasks.indicators",
    "tasks.documents",
    "tasks.responsibility",
)
"""Modules with actors, one per capability."""

ROUTES: dict[str, tuple[str, ...]] = {
    "blacklist.decision_served": ("blacklist.publish",),
    "publication.announced": ("publication.flush",),
    "publication.logged": ("blacklist.note_logged",),
    "joint.demand_submitted": (),
    "joint.plan_requested": ("joint.solve",),
    "joint.plan_solved": (),
    "joint.plan_approved": (),
    "joint.plan_published": (),
    "joint.visit_completed": (),
    "joint.visit_released": (),
    "register.enterprise_enrolled": (),
    "evidence.uploaded": ("evidence.verify",),
    "evidence.sealed": (),
    "evidence.quarantined": (),
    "hazards.reported": (),
    "hazards.graded": (),
    "hazards.assigned": (),
    "hazards.planned": (),
    "hazards.submitted": (),
    "hazards.verified": (),
    "hazards.rejected": (),
    "hazards.closed": (),
    "hazards.overdue": (),
    "hazards.supervised": (),
    "hazards.major_reported": (),
    "hazards.evidence_attached": (),
    "risks.identified": (),
    "risks.evaluated": (),
    "risks.graded": (),
    "risks.controlled": (),
    "risks.review_due": (),
    "risks.control_failed": (),
    "indicators.chosen": (),
    "indicators.snapshot_asked": ("indicators.take_snapshot",),
    "indicators.snapshot_taken": (),
    "indicators.score_issued": (),
    "indicators.score_appealed": (),
    "indicators.appeal_answered": ("indicators.apply_answer",),
    "documents.issued": ("documents.render",),
    "documents.rendered": (),
    "documents.failed": (),
    "documents.voided": (),
    "responsibility.person_entered": (),
    "responsibility.person_left": (),
    "responsibility.plates_issued": (),
    "responsibility.plate_withdrawn": (),
    "routine_checks.routine_created": (),
    "routine_checks.routine_changed": (),
    "routine_checks.unit_closed": (),
    "routine_checks.routine_ended": (),
    "routine_checks.filled": (),
    "routine_checks.missed": (),
}
"""Event → tasks.  An event without tasks is a fact for webhooks and subscriptions only."""


def load() -> None:
    """Import every module with actors."""
    for module in MODULES:
        import_module(module)

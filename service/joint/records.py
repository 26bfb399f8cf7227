"""Tables of joint enforcement."""

from datetime import date
from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class InspectionDemand(TenantOwned):
    """Wish or duty of one body to inspect one premises, owned by the town of the premises."""

    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    body_id = fields.UUIDField()
    kind = fields.CharField(max_length=12)
    items = fields.JSONField[list[str]]()
    skill = fields.CharField(max_length=40)
    release_on = fields.DateField()
    due_on = fields.DateField()
    minutes = fields.IntField()
    risk = fields.IntField()
    mandatory = fields.BooleanField()
    basis = fields.CharField(max_length=400)
    exemption_reason = fields.CharField(max_length=400, default="")
    interval_days = fields.IntField(default=30)
    state = fields.CharField(max_length=12, default="SUBMITTED")
    plan_id = fields.UUIDField(null=True)
    visit_id = fields.UUIDField(null=True)
    unserved_reason = fields.CharField(max_length=20, default="")
    recognised_visit_id = fields.UUIDField(null=True)
    draw_id = fields.UUIDField(null=True)
    officer_ids = fields.JSONField[list[str]](default=list)
    team_note = fields.CharField(max_length=20, default="")
    withdrawn_reason = fields.CharField(max_length=400, default="")
    submitted_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "inspection_demands"


class JointPlan(TenantOwned):
    """Version of the joint plan of a district, owned by the district office."""

    version = fields.IntField()
    state = fields.CharField(max_length=12, default="REQUESTED")
    first_day = fields.DateField()
    last_day = fields.DateField()
    seed = fields.IntField(default=0)
    iterations = fields.IntField(null=True)
    seconds = fields.FloatField(null=True)
    job_id = fields.UUIDField()
    certificate = fields.JSONField[dict[str, Any]](default=dict)
    burden = fields.JSONField[dict[str, Any]](default=dict)
    lead_bodies = fields.JSONField[list[str]](default=list)
    plan_sha256 = fields.CharField(max_length=64, default="")
    failure = fields.CharField(max_length=400, default="")
    created_at = fields.DatetimeField()
    solved_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "joint_plans"


class PlanApproval(TenantOwned):
    """Approval of a plan version by a lead body, owned by the tenant of that body."""

    plan_id = fields.UUIDField()
    body_id = fields.UUIDField()
    approved_by = fields.CharField(max_length=120)
    approved_at = fields.DatetimeField()

    class Meta:
        table = "joint_plan_approvals"


class JointVisit(TenantOwned):
    """Visit of one or more bodies to one premises, owned by the town of the premises."""

    plan_id = fields.UUIDField(null=True)
    origin = fields.CharField(max_length=8, default="PLAN")
    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    day = fields.DateField()
    start_minute = fields.IntField()
    minutes = fields.IntField()
    lead_body_id = fields.UUIDField()
    officer_ids = fields.JSONField[list[str]]()
    demand_ids = fields.JSONField[list[str]]()
    exempt = fields.BooleanField(default=False)
    explanation = fields.CharField(max_length=600, default="")
    code = fields.CharField(max_length=40, default="")
    state = fields.CharField(max_length=12, default="PLANNED")
    created_at = fields.DatetimeField()
    sequence = fields.IntField(default=0)
    changed_at = fields.DatetimeField(null=True)
    code_checked_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField(null=True)
    arrived_by = fields.CharField(max_length=120, default="")
    rated = fields.BooleanField(default=False)
    shortage = fields.CharField(max_length=20, default="")
    completed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "joint_visits"


class PremisesReservation(TenantOwned):
    """Days in which one item of one premises may not be inspected again."""

    premises_id = fields.UUIDField()
    visit_id = fields.UUIDField()
    item = fields.CharField(max_length=80)
    first_day = fields.DateField()
    last_day = fields.DateField()
    exempt = fields.BooleanField(default=False)

    class Meta:
        table = "premises_reservations"


class OfficerReservation(TenantOwned):
    """Time of one officer at one visit, owned by the tenant of the officer."""

    officer_id = fields.UUIDField()
    visit_id = fields.UUIDField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta:
        table = "officer_reservations"


class FrequencyBudget(TenantOwned):
    """Inspections of one enterprise in one year, by one body or, with body ALL, by all."""

    enterprise_id = fields.UUIDField()
    body = fields.CharField(max_length=36)
    year = fields.IntField()
    cap = fields.IntField()
    reserved = fields.IntField(default=0)
    used = fields.IntField(default=0)

    class Meta:
        table = "frequency_budgets"


class VisitMove(TenantOwned):
    """Announced visit that had to make room for an urgent one."""

    visit_id = fields.UUIDField()
    demand_id = fields.UUIDField()
    from_day = fields.DateField()
    from_minute = fields.IntField()
    to_day = fields.DateField()
    to_minute = fields.IntField()
    moved_at = fields.DatetimeField()

    class Meta:
        table = "joint_visit_moves"


class PlanObjection(TenantOwned):
    """Objection of a lead body to a plan version or one of its visits, owned by its tenant."""

    plan_id = fields.UUIDField()
    visit_id = fields.UUIDField(null=True)
    body_id = fields.UUIDField()
    reason = fields.CharField(max_length=400)
    made_by = fields.CharField(max_length=120)
    made_at = fields.DatetimeField()

    class Meta:
        table = "plan_objections"


class PlanRuling(TenantOwned):
    """Decision of the committee on one objection, owned by the district office."""

    plan_id = fields.UUIDField()
    objection_id = fields.UUIDField()
    visit_id = fields.UUIDField(null=True)
    decision = fields.CharField(max_length=16)
    lead_body_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=400)
    ruled_by = fields.CharField(max_length=120)
    ruled_at = fields.DatetimeField()

    class Meta:
        table = "plan_rulings"


class Recognition(TenantOwned):
    """Result of one body's visit that another body takes over instead of coming itself."""

    demand_id = fields.UUIDField()
    visit_id = fields.UUIDField()
    body_id = fields.UUIDField()
    reason = fields.CharField(max_length=400)
    recognised_by = fields.CharField(max_length=120)
    recognised_at = fields.DatetimeField()

    class Meta:
        table = "result_recognitions"


class PremisesCode(TenantOwned):
    """Number of the enterprise code that hangs at one premises, which officers scan."""

    premises_id = fields.UUIDField()
    number = fields.IntField(default=1)
    issued_at = fields.DatetimeField()

    class Meta:
        table = "premises_codes"


class VisitRefusal(TenantOwned):
    """Inspection that an enterprise turned away because no valid code was shown."""

    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    visit_id = fields.UUIDField(null=True)
    who_came = fields.CharField(max_length=200)
    reason = fields.CharField(max_length=400)
    refused_by = fields.CharField(max_length=120)
    refused_at = fields.DatetimeField()

    class Meta:
        table = "visit_refusals"


class VisitRating(TenantOwned):
    """Rating of one body in one month, without the visit it was given for."""

    body_id = fields.UUIDField()
    month = fields.DateField()
    lawful = fields.IntField()
    courteous = fields.IntField()
    useful = fields.IntField()

    class Meta:
        table = "visit_ratings"


class CalendarFeed(TenantOwned):
    """Secret address under which one calendar can be subscribed to."""

    kind = fields.CharField(max_length=12)
    subject_id = fields.UUIDField()
    token_hash = fields.CharField(max_length=64)
    created_by = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "calendar_feeds"


class InspectionItem(TenantOwned):
    """Item that a body has published and may inspect, owned by the tenant of the body."""

    body_id = fields.UUIDField()
    code = fields.CharField(max_length=80)
    title = fields.CharField(max_length=200)
    basis = fields.CharField(max_length=300)
    skill = fields.CharField(max_length=40)
    minutes = fields.IntField()
    interval_days = fields.IntField()
    published_on = fields.DateField()
    withdrawn_on = fields.DateField(null=True)

    class Meta:
        table = "inspection_items"


class OfficerAbsence(TenantOwned):
    """Days on which an officer does not inspect, owned by the tenant of the officer."""

    officer_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    first_day = fields.DateField()
    last_day = fields.DateField()
    entered_at = fields.DatetimeField()

    class Meta:
        table = "officer_absences"

    def covers(self, day: date) -> bool:
        """Whether the officer is away on that day."""
        return bool(self.first_day <= day <= self.last_day)


class PremisesClosure(TenantOwned):
    """Days on which premises are shut, each day of a span or some days of its weeks."""

    premises_id = fields.UUIDField()
    first_day = fields.DateField()
    last_day = fields.DateField()
    weekdays = fields.JSONField[list[int]](default=list)
    reason = fields.CharField(max_length=200)
    entered_at = fields.DatetimeField()

    class Meta:
        table = "premises_closures"


class QuietDays(TenantOwned):
    """Days on which nobody inspects in a town or, if the office says so, in the district."""

    first_day = fields.DateField()
    last_day = fields.DateField()
    reason = fields.CharField(max_length=200)
    entered_at = fields.DatetimeField()

    class Meta:
        table = "quiet_days"


class BudgetEntry(TenantOwned):
    """Entry of the ledger of yearly caps, with one kind for visits that no cap counts."""

    enterprise_id = fields.UUIDField()
    body = fields.CharField(max_length=36)
    year = fields.IntField()
    visit_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    reserved_change = fields.IntField(default=0)
    used_change = fields.IntField(default=0)
    reason = fields.CharField(max_length=20, default="")
    entered_at = fields.DatetimeField()

    class Meta:
        table = "budget_entries"

"""Tables of penalty cases."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tenants.ids import new_id
from tenants.records import TenantOwned


class PenaltyCase(TenantOwned):
    """Penalty case of one body against one enterprise or a person of it, owned by its town."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField(null=True)
    inspection_id = fields.UUIDField(null=True)
    body_id = fields.UUIDField()
    claim_id = fields.UUIDField()
    number = fields.CharField(max_length=80)
    state = fields.CharField(max_length=16, default="FILED")
    suspended_from = fields.CharField(max_length=16, default="")
    suspended_on = fields.DateField(null=True)
    simple = fields.BooleanField(default=False)
    item = fields.CharField(max_length=80)
    act = fields.TextField()
    basis = fields.CharField(max_length=300)
    act_from = fields.DateField()
    act_to = fields.DateField(null=True)
    found_on = fields.DateField()
    party_kind = fields.CharField(max_length=8)
    person_name = fields.CharField(max_length=60, default="")
    person_role = fields.CharField(max_length=24, default="")
    person_id_kind = fields.CharField(max_length=12, default="")
    person_id_tail = fields.CharField(max_length=4, default="")
    person_sealed = fields.TextField(default="")
    filed_on = fields.DateField()
    filed_by = fields.CharField(max_length=120)
    report = fields.TextField(default="")
    reported_by = fields.CharField(max_length=120, default="")
    grave = fields.BooleanField(default=False)
    reviewed_on = fields.DateField(null=True)
    reviewed_by = fields.CharField(max_length=120, default="")
    review = fields.TextField(default="")
    noticed_kinds = fields.JSONField[list[str]](default=list)
    noticed_fine_fen = fields.BigIntField(default=0)
    notice_served_on = fields.DateField(null=True)
    notice_delivery = fields.CharField(max_length=16, default="")
    consented_on = fields.DateField(null=True)
    hearing_due = fields.BooleanField(default=False)
    defended_on = fields.DateField(null=True)
    defence = fields.TextField(default="")
    defence_answer = fields.TextField(default="")
    hearing_asked_on = fields.DateField(null=True)
    hearing_on = fields.DateField(null=True)
    hearing_record = fields.TextField(default="")
    discussed_on = fields.DateField(null=True)
    discussion = fields.TextField(default="")
    decision_number = fields.CharField(max_length=80, default="")
    decided_on = fields.DateField(null=True)
    decided_by = fields.CharField(max_length=120, default="")
    kinds = fields.JSONField[list[str]](default=list)
    fine_fen = fields.BigIntField(default=0)
    circumstance = fields.CharField(max_length=8, null=True)
    departure = fields.CharField(max_length=1000, default="")
    served_on = fields.DateField(null=True)
    delivery = fields.CharField(max_length=16, default="")
    published_on = fields.DateField(null=True)
    suit_from = fields.DateField(null=True)
    suit_to = fields.DateField(null=True)
    stayed_from = fields.DateField(null=True)
    stayed_to = fields.DateField(null=True)
    executed_on = fields.DateField(null=True)
    execution = fields.TextField(default="")
    annulled_on = fields.DateField(null=True)
    withdrawn_on = fields.DateField(null=True)
    reason = fields.TextField(default="")
    closing_report = fields.TextField(default="")
    closed_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "penalty_cases"


class CaseOfficer(TenantOwned):
    """Officer who investigates a case, with the enforcement card of that day."""

    case_id = fields.UUIDField()
    officer_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    card_no = fields.CharField(max_length=40)
    card_valid_to = fields.DateField()
    assigned_on = fields.DateField()

    class Meta:
        table = "case_officers"


class CaseEvent(TenantOwned):
    """Step that was taken in a case."""

    case_id = fields.UUIDField()
    step = fields.CharField(max_length=16)
    state = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)
    detail = fields.JSONField[dict[str, Any]](default=dict)

    class Meta:
        table = "case_events"


class RegisteredEvidence(TenantOwned):
    """Thing that was registered in advance so that it is not lost (先行登记保存)."""

    case_id = fields.UUIDField()
    thing = fields.CharField(max_length=400)
    registered_on = fields.DateField()
    handling = fields.CharField(max_length=400, default="")
    handled_on = fields.DateField(null=True)

    class Meta:
        table = "registered_evidence"


class FineEntry(TenantOwned):
    """Amount of a fine that is due on a day, or was paid on it."""

    case_id = fields.UUIDField()
    kind = fields.CharField(max_length=4)
    on = fields.DateField()
    amount_fen = fields.BigIntField()
    reference = fields.CharField(max_length=120, default="")

    class Meta:
        table = "fine_entries"


class CaseTransfer(TenantOwned):
    """Duty to hand an act to the body in charge, with the record of its handing over."""

    direction = fields.CharField(max_length=3)
    reason = fields.CharField(max_length=16)
    state = fields.CharField(max_length=12, default="OWED")
    article = fields.CharField(max_length=120)
    body_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    inspection_id = fields.UUIDField(null=True)
    case_id = fields.UUIDField(null=True)
    origin_id = fields.UUIDField(null=True)
    offender = fields.CharField(max_length=200)
    item = fields.CharField(max_length=80)
    act = fields.TextField()
    found_on = fields.DateField()
    other_tenant_id = fields.UUIDField(null=True)
    other_body_id = fields.UUIDField(null=True)
    other_body = fields.CharField(max_length=100, default="")
    other_filed_on = fields.DateField(null=True)
    opened_on = fields.DateField()
    sent_on = fields.DateField(null=True)
    answered_on = fields.DateField(null=True)
    answer = fields.CharField(max_length=400, default="")
    dispute = fields.CharField(max_length=400, default="")
    designated_by = fields.CharField(max_length=100, default="")
    designation = fields.CharField(max_length=120, default="")
    designated_on = fields.DateField(null=True)
    designated_self = fields.BooleanField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "case_transfers"


class ActClaim(Model):
    """Act that a body of some tenant has taken up, under a keyed hash of offender and item."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    fingerprint = fields.CharField(max_length=64)
    act_from = fields.DateField()
    act_to = fields.DateField(null=True)
    latitude = fields.FloatField()
    longitude = fields.FloatField()
    tenant_id = fields.UUIDField()
    body_id = fields.UUIDField()
    body = fields.CharField(max_length=100)
    filed_on = fields.DateField()
    taken_up = fields.BooleanField(default=True)
    fined = fields.BooleanField(default=False)

    class Meta:
        table = "act_claims"

"""Tables of training."""

from tortoise import fields

from tenants.records import TenantOwned


class TrainingSession(TenantOwned):
    """One session of training that a body held."""

    audience = fields.CharField(max_length=10)
    title = fields.CharField(max_length=200)
    held_on = fields.DateField()
    minutes = fields.IntField()
    withdrawn_on = fields.DateField(null=True)
    withdrawal = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "training_sessions"


class TrainingAttendance(TenantOwned):
    """Attendance of one officer, or of one person of an enterprise."""

    session_id = fields.UUIDField()
    officer_id = fields.UUIDField(null=True)
    enterprise_id = fields.UUIDField(null=True)
    attendee = fields.CharField(max_length=60)
    minutes = fields.IntField()

    class Meta:
        table = "training_attendances"


class CardWarning(TenantOwned):
    """Warning that the card of an officer runs out, once for each step of the same card."""

    officer_id = fields.UUIDField()
    card_valid_to = fields.DateField()
    step = fields.IntField()
    warned_on = fields.DateField()

    class Meta:
        table = "card_warnings"

"""Tables of routine checks."""

from tortoise import fields

from tenants.records import TenantOwned


class CheckRoutine(TenantOwned):
    """Routine of one unit of an enterprise at one of its premises."""

    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    unit = fields.CharField(max_length=100)
    ends_on = fields.DateField(null=True)
    generated_to = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "check_routines"


class CheckRoutineVersion(TenantOwned):
    """How a routine runs from a day on, with the regular calendar of its unit."""

    routine_id = fields.UUIDField()
    number = fields.IntField()
    effective_from = fields.DateField()
    items = fields.JSONField[list[str]]()
    due_on = fields.IntField()
    closing_weekdays = fields.JSONField[list[int]]()
    keeps_holidays = fields.BooleanField()
    set_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "check_routine_versions"


class UnitClosure(TenantOwned):
    """Days on which the unit of a routine is shut out of the ordinary."""

    routine_id = fields.UUIDField()
    first_day = fields.DateField()
    last_day = fields.DateField()
    reason = fields.CharField(max_length=200)
    told_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "unit_closures"


class RoutineCheck(TenantOwned):
    """Check that is or was due in one period of a routine."""

    routine_id = fields.UUIDField()
    version_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    premises_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    period = fields.DateField()
    due_on = fields.DateField()
    state = fields.CharField(max_length=8, default="DUE")
    captured_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(null=True)
    missed_on = fields.DateField(null=True)
    actor = fields.CharField(max_length=120, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "routine_checks"


class RoutineCheckAnswer(TenantOwned):
    """What was found at one item of a check, with the hazard that a failed one made."""

    check_id = fields.UUIDField()
    item = fields.IntField()
    text = fields.CharField(max_length=200)
    passed = fields.BooleanField()
    remark = fields.CharField(max_length=1000, default="")
    hazard_id = fields.UUIDField(null=True)

    class Meta:
        table = "routine_check_answers"

"""Tables of the working-day calendar; they belong to no tenant."""

from tortoise import fields
from tortoise.models import Model

from tenants.ids import new_id


class WorkdayYear(Model):
    """Year whose holiday schedule has been published and entered."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    year = fields.IntField(unique=True)
    source = fields.CharField(max_length=200)
    entered_at = fields.DatetimeField()

    class Meta:
        table = "workday_years"


class WorkdayException(Model):
    """Day on which a published year differs from Monday to Friday."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    day = fields.DateField(unique=True)
    working = fields.BooleanField()
    name = fields.CharField(max_length=60)

    class Meta:
        table = "workday_exceptions"

"""Table of rules; national and local law belongs to no tenant."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tenants.ids import new_id


class LawRule(Model):
    """Rule of law with its days in force."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rule = fields.CharField(max_length=40)
    topic = fields.CharField(max_length=60, default="")
    amount = fields.BigIntField(null=True)
    unit = fields.CharField(max_length=16)
    text = fields.TextField(default="")
    article = fields.CharField(max_length=120)
    source = fields.CharField(max_length=300)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    confirmed = fields.BooleanField()
    amended = fields.BooleanField(default=False)

    class Meta:
        table = "law_rules"


class LawAmendment(Model):
    """Change that an operator made to the rules, with who, when and why."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rule = fields.CharField(max_length=40)
    topic = fields.CharField(max_length=60, default="")
    valid_from = fields.DateField()
    act = fields.CharField(max_length=10)
    before = fields.JSONField[dict[str, Any]](default=dict)
    after = fields.JSONField[dict[str, Any]](default=dict)
    amended_by = fields.CharField(max_length=120)
    amended_at = fields.DatetimeField()
    reason = fields.CharField(max_length=400)

    class Meta:
        table = "law_amendments"

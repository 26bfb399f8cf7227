"""Tables of the cards of posts."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class PostCard(TenantOwned):
    """One version of one card of a post, never changed."""

    enterprise_id = fields.UUIDField()
    post_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    number = fields.IntField()
    lines = fields.JSONField[list[str]]()
    questions = fields.JSONField[list[dict[str, Any]]]()
    pass_mark = fields.IntField()
    risk_premises_id = fields.UUIDField(null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    created_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "post_cards"


class CardIssue(TenantOwned):
    """One version of a card given to one member of the staff, and the day of the signature."""

    enterprise_id = fields.UUIDField()
    card_id = fields.UUIDField()
    holder = fields.CharField(max_length=60)
    issued_on = fields.DateField()
    signed_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "card_issues"


class CardCheck(TenantOwned):
    """One check whether a holder remembers, explains or does what the card says."""

    enterprise_id = fields.UUIDField()
    issue_id = fields.UUIDField()
    kind = fields.CharField(max_length=8)
    answers = fields.JSONField[list[int]](default=list)
    score = fields.IntField(null=True)
    passed = fields.BooleanField()
    note = fields.CharField(max_length=1000, default="")
    checked_on = fields.DateField()
    created_at = fields.DatetimeField()
    actor = fields.CharField(max_length=120)

    class Meta:
        table = "card_checks"

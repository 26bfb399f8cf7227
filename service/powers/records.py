"""Table of enforcement powers."""

from tortoise import fields

from tenants.records import TenantOwned


class BodyPower(TenantOwned):
    """Power of one enforcement body for a group of items, as published."""

    body_id = fields.UUIDField()
    power = fields.CharField(max_length=8)
    item_group = fields.CharField(max_length=80, default="")
    basis = fields.CharField(max_length=300)
    document = fields.CharField(max_length=120)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    published_on = fields.DateField()

    class Meta:
        table = "body_powers"

"""Tables of the register."""

from tortoise import fields

from tenants.records import TenantOwned


class Enterprise(TenantOwned):
    """Enterprise supervised by one town."""

    credit_code = fields.CharField(max_length=18, null=True)
    alternate_id = fields.CharField(max_length=60, null=True)
    name = fields.CharField(max_length=200)
    industry_code = fields.CharField(max_length=8, default="")
    above_quota = fields.BooleanField(default=False)
    risk = fields.CharField(max_length=8, default="BLUE")
    status = fields.CharField(max_length=12, default="OPERATING")
    created_at = fields.DatetimeField()

    class Meta:
        table = "enterprises"


class Premises(TenantOwned):
    """Place where an enterprise trades."""

    enterprise_id = fields.UUIDField()
    name = fields.CharField(max_length=200)
    address = fields.CharField(max_length=300)
    latitude = fields.FloatField()
    longitude = fields.FloatField()
    open_from = fields.IntField(null=True)
    open_to = fields.IntField(null=True)
    status = fields.CharField(max_length=12, default="OPERATING")
    created_at = fields.DatetimeField()

    class Meta:
        table = "premises"

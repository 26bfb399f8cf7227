"""Tables of responsibility."""

from tortoise import fields

from service.responsibility.rules import Heads, Term
from tenants.records import TenantOwned


class ResponsiblePerson(TenantOwned):
    """Person in one office, who may stand on plates of the town."""

    name = fields.CharField(max_length=60)
    office = fields.CharField(max_length=60)
    organisation = fields.CharField(max_length=100)
    enterprise_id = fields.UUIDField(null=True)
    in_office_from = fields.DateField()
    in_office_to = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "responsible_persons"

    @property
    def term(self) -> Term:
        """Time in office."""
        return Term(self.in_office_from, self.in_office_to)


class ResponsibilityPlate(TenantOwned):
    """Version of the plate of one premises."""

    premises_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    version = fields.IntField()
    state = fields.CharField(max_length=12, default="CURRENT")
    admin_head_id = fields.UUIDField()
    industry_head_id = fields.UUIDField()
    enterprise_head_id = fields.UUIDField()
    reason = fields.CharField(max_length=200, default="")
    batch_id = fields.UUIDField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    published_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "responsibility_plates"

    @property
    def heads(self) -> Heads:
        """The three persons."""
        return Heads(self.admin_head_id, self.industry_head_id, self.enterprise_head_id)


class PlatePage(TenantOwned):
    """Public address of the plate of one premises, the same through all versions."""

    premises_id = fields.UUIDField()
    token = fields.CharField(max_length=32)
    created_at = fields.DatetimeField()

    class Meta:
        table = "plate_pages"

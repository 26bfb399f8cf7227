"""Tables of districts, tenants and enforcement bodies, and the columns every tenant's row has."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tenants import lean
from tenants.ids import new_id
from tenants.scope import Owner

lean.install()


class TenantOwned(Model):
    """Base of every row that a tenant owns; keys and references lead with the tenant."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = fields.UUIDField()
    district_id = fields.UUIDField()

    class Meta:
        abstract = True

    @property
    def owner(self) -> Owner:
        """The tenant and district this row belongs to."""
        return Owner(self.tenant_id, self.district_id)


def owned(owner: Owner) -> dict[str, Any]:
    """Constructor arguments that give a row to `owner`."""
    return {"tenant_id": owner.tenant_id, "district_id": owner.district_id}


class District(Model):
    """District whose committee coordinates its towns."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(max_length=12, unique=True)
    name = fields.CharField(max_length=100)
    office_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "districts"


class Tenant(Model):
    """Town, street or district office."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    district_id = fields.UUIDField()
    division_code = fields.CharField(max_length=12, unique=True)
    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=10)
    status = fields.CharField(max_length=10, default="ACTIVE")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tenants"

    @property
    def owner(self) -> Owner:
        """The tenant and the district it stands in today."""
        return Owner(self.id, self.district_id)


class TenantDistrict(Model):
    """Time during which a tenant belongs to a district."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = fields.UUIDField()
    district_id = fields.UUIDField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "tenant_districts"


class Body(TenantOwned):
    """Enforcement body of a town or of the district."""

    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=12)
    line = fields.CharField(max_length=40)
    can_penalise = fields.BooleanField(default=False)

    class Meta:
        table = "bodies"

"""Table of maps."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class TownMap(TenantOwned):
    """Version of the district's map of its towns, or the end of the last one."""

    number = fields.IntField()
    review_number = fields.CharField(max_length=40, default="")
    datum = fields.CharField(max_length=8, default="")
    shapes = fields.JSONField[list[Any]](default=list)
    sha256 = fields.CharField(max_length=64, default="")
    note = fields.CharField(max_length=400, default="")
    author = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "town_maps"

"""Table of the tallies of each town."""

from tortoise import fields

from tenants.records import TenantOwned


class TownTally(TenantOwned):
    """Tally of one town and line of business, which triggers keep current.

    Enterprises are of no line and stand under an empty one.
    """

    line = fields.CharField(max_length=40)
    enterprises = fields.IntField(default=0)
    ungraded = fields.IntField(default=0)
    general = fields.IntField(default=0)
    major = fields.IntField(default=0)
    overdue = fields.IntField(default=0)
    supervised = fields.IntField(default=0)
    red = fields.IntField(default=0)
    orange = fields.IntField(default=0)
    yellow = fields.IntField(default=0)
    blue = fields.IntField(default=0)

    class Meta:
        table = "town_tallies"

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from service.filled_columns import AddFilledField

DISCRETION = """
set local lock_timeout = '5s';
-- The version before this one decides without knowing of the column.
alter table penalty_cases alter column departure set default '';
alter table penalty_cases add check (circumstance in ('LIGHT', 'GENERAL', 'GRAVE'));
"""


class Migration(migrations.Migration):
    dependencies = [('cases', '0001_initial')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PenaltyCase',
            name='circumstance',
            field=fields.CharField(null=True, max_length=8),
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='departure',
            field=fields.CharField(default='', max_length=1000),
        ),
        ops.RunSQL(DISCRETION),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from service.filled_columns import AddFilledField

LONG = """
set local lock_timeout = '5s';
alter table inspections add constraint inspections_long_term
    check (rectify_reason = '' or rectify_until is not null);
"""


class Migration(migrations.Migration):
    dependencies = [('inspections', '0001_initial')]

    initial = False

    operations = [
        AddFilledField(
            model_name='Inspection',
            name='rectify_reason',
            field=fields.CharField(default='', max_length=400),
        ),
        ops.RunSQL(LONG),
    ]

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from service.filled_columns import AddFilledField

WITHDRAWAL = """
alter table inspection_demands drop constraint inspection_demands_state_check;
alter table inspection_demands add constraint inspection_demands_state_check check (state in
    ('SUBMITTED', 'MATCHED', 'RESERVED', 'CODED', 'DONE', 'RELEASED', 'EXPIRED', 'RECOGNISED',
     'WITHDRAWN'));
alter table inspection_demands add constraint inspection_demands_withdrawn
    check ((state = 'WITHDRAWN') = (withdrawn_reason <> ''));
-- One draw asks for the same premises once, however often and by how many it is turned to demands.
create unique index inspection_demands_drawn_once on inspection_demands
    (tenant_id, draw_id, premises_id) where draw_id is not null;
alter table premises_closures add constraint premises_closures_weekdays check
    (jsonb_typeof(weekdays::jsonb) = 'array' and weekdays::jsonb <@ '[0, 1, 2, 3, 4, 5, 6]');
"""


class Migration(migrations.Migration):
    dependencies = [('joint', '0003_library_and_days')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='PremisesClosure',
            options={'table': 'premises_closures', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Days on which premises are shut, each day of a span or some days of its weeks.'},
        ),
        ops.AddField(
            model_name='InspectionDemand',
            name='draw_id',
            field=fields.UUIDField(null=True),
        ),
        AddFilledField(
            model_name='InspectionDemand',
            name='withdrawn_reason',
            field=fields.CharField(default='', max_length=400),
        ),
        AddFilledField(
            model_name='PremisesClosure',
            name='weekdays',
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL(WITHDRAWAL),
    ]

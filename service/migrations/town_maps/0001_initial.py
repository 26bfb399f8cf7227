from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

MAPS = """
select app.protect('town_maps');
alter table town_maps add constraint town_maps_number unique (tenant_id, number);
alter table town_maps add check (number > 0);
-- A version draws a map and names its review, or says that there is none any more.
alter table town_maps add constraint town_maps_reviewed check (
    (shapes = '[]'::jsonb) = (review_number = '')
    and (shapes = '[]'::jsonb) = (datum = '')
    and datum in ('', 'WGS84', 'CGCS2000', 'GCJ02'));
revoke update, delete on town_maps from anshang_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='TownMap',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('review_number', fields.CharField(default='', max_length=40)),
                ('datum', fields.CharField(default='', max_length=8)),
                ('shapes', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('sha256', fields.CharField(default='', max_length=64)),
                ('note', fields.CharField(default='', max_length=400)),
                ('author', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'town_maps', 'app': 'town_maps', 'pk_attr': 'id', 'table_description': "Version of the district's map of its towns, or the end of the last one."},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(MAPS),
    ]

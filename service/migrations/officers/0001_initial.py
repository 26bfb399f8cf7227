from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

OFFICERS = """
select app.protect('officers');
alter table officers add constraint officers_card unique (tenant_id, card_no);
alter table officers add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
create index officers_body on officers (tenant_id, body_id);
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Officer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('account_id', fields.UUIDField(null=True)),
                ('name', fields.CharField(max_length=60)),
                ('card_no', fields.CharField(max_length=40)),
                ('card_valid_to', fields.DateField()),
                ('skills', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('base_latitude', fields.FloatField()),
                ('base_longitude', fields.FloatField()),
                ('active', fields.BooleanField(default=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'officers', 'app': 'officers', 'pk_attr': 'id', 'table_description': 'Enforcement officer of one body.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(OFFICERS),
    ]

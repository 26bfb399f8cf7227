from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

USAGE = """
select app.protect('app_usage');
alter table app_usage add constraint app_usage_once
    unique (tenant_id, app_id, day, operation, several, epoch);
alter table app_usage add check (requests >= 0 and points >= 0 and refused >= 0);
create index app_usage_days on app_usage (tenant_id, day);
"""

class Migration(migrations.Migration):
    dependencies = [('identity', '0001_initial'), ('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='AppUsage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('app_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('operation', fields.CharField(max_length=80)),
                ('several', fields.BooleanField()),
                ('epoch', fields.CharField(max_length=16)),
                ('requests', fields.BigIntField()),
                ('points', fields.BigIntField()),
                ('refused', fields.BigIntField()),
            ],
            options={'table': 'app_usage', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'What an application asked of one town on one day under one name of an operation.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(USAGE),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

SETTINGS = """
select app.protect('setting_versions');
alter table setting_versions add constraint setting_versions_number unique (tenant_id, number);
alter table setting_versions add check (number > 0);
alter table setting_versions add constraint setting_versions_restores
    check (restores is null or (restores >= 0 and restores < number and changes = '{}'::jsonb));
-- What applied stays on record: a version is only ever added, and moves with its tenant.
revoke update, delete on setting_versions from anshang_app;
grant update (district_id) on setting_versions to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='SettingVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('effective_from', fields.DateField()),
                ('changes', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('restores', fields.IntField(null=True)),
                ('note', fields.CharField(default='', max_length=400)),
                ('author', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'setting_versions', 'app': 'administration', 'pk_attr': 'id', 'table_description': 'Change of the settings of one tenant from a day on.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(SETTINGS),
    ]

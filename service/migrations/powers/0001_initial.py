from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields
POWERS = """
select app.protect_directory('body_powers');
alter table body_powers add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
alter table body_powers add check (power in ('CHECK', 'PENALISE'));
alter table body_powers add check (valid_to is null or valid_to > valid_from);
create index body_powers_body on body_powers (tenant_id, body_id);
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='BodyPower',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('power', fields.CharField(max_length=8)),
                ('item_group', fields.CharField(default='', max_length=80)),
                ('basis', fields.CharField(max_length=300)),
                ('document', fields.CharField(max_length=120)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
                ('published_on', fields.DateField()),
            ],
            options={'table': 'body_powers', 'app': 'powers', 'pk_attr': 'id', 'table_description': 'Power of one enforcement body for a group of items, as published.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(POWERS),
    ]

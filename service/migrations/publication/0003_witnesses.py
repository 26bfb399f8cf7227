from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

WITNESSES = """
select app.protect('publication_witnesses');
alter table publication_witnesses add constraint publication_witnesses_once
    unique (tenant_id, key);
alter table publication_witnesses add check (0 <= size);
alter table publication_witnesses add check ((line = '') = (cosigned_at is null));
revoke delete on publication_witnesses from anshang_app;
"""

class Migration(migrations.Migration):
    dependencies = [('publication', '0002_keys')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PublicationWitness',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('key', fields.CharField(max_length=300)),
                ('size', fields.BigIntField(default=0)),
                ('line', fields.CharField(default='', max_length=500)),
                ('cosigned_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('problem', fields.CharField(default='', max_length=20)),
            ],
            options={'table': 'publication_witnesses', 'app': 'publication', 'pk_attr': 'id', 'table_description': 'How far a witness has followed the log of a district, and its last cosignature.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(WITNESSES),
    ]

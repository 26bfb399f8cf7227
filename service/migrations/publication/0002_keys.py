from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

KEYS = """
select app.protect('publication_keys');
alter table publication_keys add constraint publication_keys_order unique (tenant_id, generation);
alter table publication_keys add constraint publication_keys_once unique (tenant_id, key);
alter table publication_keys add check (0 < generation and 0 <= first_size);
-- Only the first key needs nobody's word; only a successor leaves time to the one before it.
alter table publication_keys add check ((generation = 1) = (statement = ''));
alter table publication_keys add check (generation > 1 or until is null);
-- What was handed over stays handed over.
revoke update, delete on publication_keys from anshang_app;
"""

class Migration(migrations.Migration):
    dependencies = [('publication', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PublicationKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('generation', fields.IntField()),
                ('key', fields.CharField(max_length=200)),
                ('first_size', fields.BigIntField()),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('statement', fields.TextField(unique=False)),
            ],
            options={'table': 'publication_keys', 'app': 'publication', 'pk_attr': 'id', 'table_description': 'Key that signs the log of a district, and the statement by which it took over.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(KEYS),
    ]

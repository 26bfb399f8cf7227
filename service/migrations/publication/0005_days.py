from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

DAYS = """
select app.protect('publication_parts');
alter table publication_parts add constraint publication_parts_once unique (tenant_id, part);
revoke delete on publication_parts from anshang_app;

select app.protect('publication_days');
alter table publication_days add constraint publication_days_once unique (tenant_id, day);
alter table publication_days add check (0 < size and 0 <= standing and standing <= size);
-- What a day held is stated once and for all.
revoke update, delete on publication_days from anshang_app;
"""

class Migration(migrations.Migration):
    dependencies = [('publication', '0004_anchors')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PublicationDay',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('size', fields.BigIntField()),
                ('root', fields.CharField(max_length=64)),
                ('standing', fields.BigIntField()),
                ('standing_root', fields.CharField(max_length=64)),
                ('note', fields.TextField(unique=False)),
            ],
            options={'table': 'publication_days', 'app': 'publication', 'pk_attr': 'id', 'table_description': "Day of a district's log that is over: what the log held then, and who stood in the list."},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PublicationPart',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('part', fields.BigIntField()),
                ('listed', fields.IntField()),
                ('gone', fields.IntField()),
                ('json', fields.CharField(max_length=64)),
                ('html', fields.CharField(max_length=64)),
            ],
            options={'table': 'publication_parts', 'app': 'publication', 'pk_attr': 'id', 'table_description': "Digests of one part of the manifest of a district's feed, owned by the district office."},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(DAYS),
    ]

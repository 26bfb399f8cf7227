from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

LOG = """
select app.protect('publication_events');
create sequence publication_event_seq as bigint;
grant usage on sequence publication_event_seq to anshang_app;
alter table publication_events alter column seq set default nextval('publication_event_seq');
alter table publication_events add check (kind in
    ('PUBLISH', 'CORRECT', 'SUSPEND', 'RESUME', 'WITHDRAW', 'REPAIR', 'EXPIRE'));
create index publication_events_queue on publication_events (district_id, seq);
create index publication_events_entry on publication_events (tenant_id, entry_id, seq);
-- An event that committed is a fact: the application can neither change nor remove it.
revoke update, delete on publication_events from anshang_app;

select app.protect('publication_leaves');
alter table publication_leaves add constraint publication_leaves_place
    unique (tenant_id, leaf_index);
alter table publication_leaves add constraint publication_leaves_once
    unique (tenant_id, event_id);
create index publication_leaves_page on publication_leaves (tenant_id, page, entry_id, leaf_index);
create index publication_leaves_entry on publication_leaves (tenant_id, entry_id, leaf_index);
revoke update, delete on publication_leaves from anshang_app;

select app.protect('publication_heads');
alter table publication_heads add constraint publication_heads_one unique (tenant_id);
alter table publication_heads add check (0 <= logged_size and logged_size <= size);
revoke delete on publication_heads from anshang_app;

select app.protect('publication_pages');
alter table publication_pages add constraint publication_pages_once unique (tenant_id, page);
revoke delete on publication_pages from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='PublicationEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('entry_id', fields.UUIDField()),
                ('subject_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=10)),
                ('publication', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('policy', fields.CharField(max_length=20)),
                ('full', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('secret', fields.CharField(max_length=64)),
                ('record', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('salt', fields.CharField(max_length=64)),
                ('leaf', fields.TextField(unique=False)),
            ],
            options={'table': 'publication_events', 'app': 'publication', 'pk_attr': 'id', 'table_description': 'Event to be made public, with all that was known, owned by the tenant of the case.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PublicationHead',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('origin', fields.CharField(max_length=120)),
                ('last_seq', fields.BigIntField(default=0)),
                ('size', fields.BigIntField(default=0)),
                ('logged_size', fields.BigIntField(default=0)),
                ('root', fields.CharField(default='', max_length=64)),
                ('snapshot_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'publication_heads', 'app': 'publication', 'pk_attr': 'id', 'table_description': 'Head of the log of a district, owned by the district office.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PublicationLeaf',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('leaf_index', fields.BigIntField()),
                ('page', fields.BigIntField()),
                ('event_id', fields.UUIDField()),
                ('event_tenant_id', fields.UUIDField()),
                ('subject_id', fields.UUIDField()),
                ('entry_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=10)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('leaf', fields.TextField(unique=False)),
                ('record', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('salt', fields.CharField(max_length=64)),
                ('assigned_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'publication_leaves', 'app': 'publication', 'pk_attr': 'id', 'table_description': 'Event at its place in the log of a district, with all that is public of it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PublicationPage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('page', fields.BigIntField()),
                ('listed', fields.IntField()),
                ('gone', fields.IntField()),
                ('json', fields.CharField(max_length=64)),
                ('csv', fields.CharField(max_length=64)),
                ('html', fields.CharField(max_length=64)),
            ],
            options={'table': 'publication_pages', 'app': 'publication', 'pk_attr': 'id', 'table_description': "Digests of one page of a district's feed, owned by the district office."},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(LOG),
    ]

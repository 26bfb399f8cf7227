from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

IMPORTS = """
select app.protect('import_batches');
alter table import_batches add check (state in ('AWAITING', 'CHECKING', 'CHECKED', 'UNREADABLE',
    'COMMITTING', 'COMMITTED', 'UNDOING', 'UNDONE'));
alter table import_batches add foreign key (tenant_id, job_id) references jobs (tenant_id, id);
select app.protect('import_rows');
alter table import_rows add foreign key (tenant_id, batch_id)
    references import_batches (tenant_id, id);
alter table import_rows add constraint import_rows_number unique (tenant_id, batch_id, number);
alter table import_rows add check (outcome in ('CREATED', 'CHANGED', 'UNCHANGED', 'REFUSED'));
select app.protect('import_changes');
alter table import_changes add foreign key (tenant_id, batch_id)
    references import_batches (tenant_id, id);
alter table import_changes add check (subject in ('ENTERPRISE', 'PREMISES'));
alter table import_changes add constraint import_changes_once
    unique (tenant_id, batch_id, subject, subject_id);
-- What an import did stays as it was written, or it could not be undone.
revoke update, delete on import_changes from anshang_app;
select app.protect('register_exports');
alter table register_exports add check (state in ('ASKED', 'READY'));
alter table register_exports add check (format in ('XLSX', 'CSV'));
alter table register_exports add foreign key (tenant_id, job_id) references jobs (tenant_id, id);
"""

class Migration(migrations.Migration):
    dependencies = [('register', '0002_keeping'), ('core', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('state', fields.CharField(default='AWAITING', max_length=12)),
                ('filename', fields.CharField(max_length=200)),
                ('byte_length', fields.IntField()),
                ('format', fields.CharField(default='', max_length=8)),
                ('problem', fields.CharField(default='', max_length=400)),
                ('job_id', fields.UUIDField(null=True)),
                ('total', fields.IntField(default=0)),
                ('created', fields.IntField(default=0)),
                ('changed', fields.IntField(default=0)),
                ('unchanged', fields.IntField(default=0)),
                ('refused', fields.IntField(default=0)),
                ('kept', fields.IntField(default=0)),
                ('annotated', fields.BooleanField(default=False)),
                ('created_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'import_batches', 'app': 'register', 'pk_attr': 'id', 'table_description': 'File of enterprises that a town imports as a whole.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ImportChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('batch_id', fields.UUIDField()),
                ('subject', fields.CharField(max_length=10)),
                ('subject_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('before', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('after', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('version', fields.IntField()),
                ('is_new', fields.BooleanField()),
            ],
            options={'table': 'import_changes', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Enterprise or place that an import changed, as it was before and is after.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ImportRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('batch_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('outcome', fields.CharField(max_length=10)),
                ('values', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('faults', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('kept', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'import_rows', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Row of an imported file: what it said, what was wrong, what it changed.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RegisterExport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('state', fields.CharField(default='ASKED', max_length=8)),
                ('format', fields.CharField(max_length=8)),
                ('filters', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('job_id', fields.UUIDField()),
                ('rows', fields.IntField(default=0)),
                ('byte_length', fields.IntField(default=0)),
                ('created_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'register_exports', 'app': 'register', 'pk_attr': 'id', 'table_description': 'List of enterprises that was asked for as a file.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(IMPORTS),
    ]

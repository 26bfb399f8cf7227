from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

DOCUMENTS = """
select app.protect('document_counters');
alter table document_counters add constraint document_counters_once
    unique (tenant_id, body_id, kind, year);
alter table document_counters add check (last_number >= 1);
select app.protect('document_templates');
alter table document_templates add constraint document_templates_number
    unique (tenant_id, kind, number);
create index document_templates_in_force
    on document_templates (tenant_id, kind, effective_from desc, number desc);
-- A version stays as it was checked.  The district changes only when the town moves.
revoke update, delete on document_templates from anshang_app;
grant update (district_id) on document_templates to anshang_app;
select app.protect('documents');
alter table documents add constraint documents_sequence
    unique (tenant_id, body_id, kind, year, sequence, version);
alter table documents add constraint documents_number unique (tenant_id, number, version);
alter table documents add constraint documents_replaced_once unique (tenant_id, replaces);
alter table documents add foreign key (tenant_id, replaces) references documents (tenant_id, id);
alter table documents add foreign key (tenant_id, template_id)
    references document_templates (tenant_id, id);
alter table documents add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table documents add check (state in ('ISSUED', 'RENDERED', 'FAILED'));
alter table documents add check (standing in ('VALID', 'SUPERSEDED', 'VOIDED'));
alter table documents add check ((standing = 'VALID') = (ended_at is null));
alter table documents add check ((state = 'RENDERED') = (rendered_at is not null));
create index documents_of_subject on documents (tenant_id, subject_id, issued_at desc, id);
create index documents_newest on documents (tenant_id, issued_at desc, id);
create index documents_of_enterprise on documents (tenant_id, enterprise_id, issued_at desc, id)
    where enterprise_id is not null;
-- What was issued stays as it was said.
revoke update, delete on documents from anshang_app;
grant update (standing, ended_at, void_reason, state, sha256, byte_length, rendered_at, fell_back,
    failure) on documents to anshang_app;
-- The public asks by the code alone, without a tenant's scope.
select app.protect_shared('document_checks');
alter table document_checks add constraint document_checks_once unique (tenant_id, document_id);
alter table document_checks add foreign key (tenant_id, document_id)
    references documents (tenant_id, id);
alter table document_checks add check (standing in ('VALID', 'SUPERSEDED', 'VOIDED'));
create index document_checks_code on document_checks (code);
revoke update, delete on document_checks from anshang_app;
grant update (standing, ended_on, sha256) on document_checks to anshang_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Document',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=24)),
                ('body_id', fields.UUIDField()),
                ('issuer', fields.CharField(max_length=100)),
                ('year', fields.IntField()),
                ('sequence', fields.IntField()),
                ('version', fields.IntField(default=1)),
                ('number', fields.CharField(max_length=80)),
                ('subject', fields.CharField(max_length=40)),
                ('subject_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('content', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('content_sha256', fields.CharField(max_length=64)),
                ('template_id', fields.UUIDField(null=True)),
                ('verify_code', fields.CharField(max_length=26)),
                ('verify_url', fields.CharField(max_length=200)),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('issued_on', fields.DateField()),
                ('issued_by', fields.CharField(max_length=120)),
                ('replaces', fields.UUIDField(null=True)),
                ('replace_reason', fields.CharField(default='', max_length=400)),
                ('standing', fields.CharField(default='VALID', max_length=10)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('void_reason', fields.CharField(default='', max_length=400)),
                ('state', fields.CharField(default='ISSUED', max_length=10)),
                ('sha256', fields.CharField(default='', max_length=64)),
                ('byte_length', fields.IntField(default=0)),
                ('rendered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('fell_back', fields.BooleanField(default=False)),
                ('failure', fields.CharField(default='', max_length=1000)),
            ],
            options={'table': 'documents', 'app': 'documents', 'pk_attr': 'id', 'table_description': 'Version of one document, with what it says and the file that says it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='DocumentCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('document_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=26)),
                ('kind', fields.CharField(max_length=24)),
                ('number', fields.CharField(max_length=80)),
                ('version', fields.IntField()),
                ('issuer', fields.CharField(max_length=100)),
                ('issued_on', fields.DateField()),
                ('standing', fields.CharField(default='VALID', max_length=10)),
                ('ended_on', fields.DateField(null=True)),
                ('sha256', fields.CharField(default='', max_length=64)),
            ],
            options={'table': 'document_checks', 'app': 'documents', 'pk_attr': 'id', 'table_description': 'What the public may learn of a document by its code, and no more.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='DocumentCounter',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=24)),
                ('year', fields.IntField()),
                ('last_number', fields.IntField()),
            ],
            options={'table': 'document_counters', 'app': 'documents', 'pk_attr': 'id', 'table_description': 'Last number that a body gave to a kind of document in a year.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='DocumentTemplate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=24)),
                ('number', fields.IntField()),
                ('effective_from', fields.DateField()),
                ('blocks', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('source', fields.TextField(default='', unique=False)),
                ('restores', fields.IntField(null=True)),
                ('note', fields.CharField(default='', max_length=400)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.CharField(max_length=120)),
            ],
            options={'table': 'document_templates', 'app': 'documents', 'pk_attr': 'id', 'table_description': "Version of a tenant's wording of one kind of document, in force from a day."},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(DOCUMENTS),
    ]

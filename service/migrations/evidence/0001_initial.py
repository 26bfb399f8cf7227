from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

EVIDENCE = """
select app.protect('evidence_items');
alter table evidence_items add check (state in
    ('PENDING', 'UPLOADED', 'VERIFYING', 'SEALED', 'QUARANTINED', 'ABANDONED'));
alter table evidence_items add check (subject_kind in ('VISIT', 'CASE', 'BLACKLIST_CASE'));
alter table evidence_items add check (scan in ('UNSCANNED', 'CLEAN', 'INFECTED'));
alter table evidence_items add check (byte_length > 0 and part_length > 0);
alter table evidence_items add check (sha256 ~ '^[0-9a-f]{64}$');
alter table evidence_items add constraint evidence_items_reason
    check ((state = 'QUARANTINED') = (reason <> ''));
alter table evidence_items add constraint evidence_items_decided
    check ((state in ('SEALED', 'QUARANTINED', 'ABANDONED')) = (decided_at is not null));
create index evidence_items_subject on evidence_items (tenant_id, subject_kind, subject_id, id);
create index evidence_items_open on evidence_items (tenant_id, state, expires_at, lease_until)
    where state in ('PENDING', 'VERIFYING');

-- What is sealed stays as it was sealed; only a legal hold may still be set or lifted.
create function app.keep_sealed_evidence() returns trigger language plpgsql as $$
begin
    if old.state = 'SEALED' and (tg_op = 'DELETE'
        or to_jsonb(new) - 'legal_hold' <> to_jsonb(old) - 'legal_hold') then
        raise exception 'sealed evidence does not change' using errcode = 'restrict_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger keep_sealed before update or delete on evidence_items
    for each row execute function app.keep_sealed_evidence();

select app.protect('custody_heads');
alter table custody_heads add constraint custody_heads_one unique (tenant_id);
select app.protect('custody_entries');
alter table custody_entries add constraint custody_entries_seq unique (tenant_id, seq);
alter table custody_entries add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
create index custody_entries_evidence on custody_entries (tenant_id, evidence_id, seq);
-- The chain only grows: nobody who serves may change or remove an entry.
revoke update, delete on custody_entries from anshang_app;
revoke delete on custody_heads from anshang_app;

select app.protect('evidence_accesses');
alter table evidence_accesses add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
create index evidence_accesses_evidence on evidence_accesses (tenant_id, evidence_id, at);
revoke update, delete on evidence_accesses from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='CustodyEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('act', fields.CharField(max_length=20)),
                ('evidence_id', fields.UUIDField()),
                ('entry', fields.TextField(unique=False)),
                ('entry_sha256', fields.CharField(max_length=64)),
                ('hash', fields.CharField(max_length=64)),
            ],
            options={'table': 'custody_entries', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Link of the chain of custody of one tenant.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='CustodyHead',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('hash', fields.CharField(max_length=64)),
            ],
            options={'table': 'custody_heads', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Last link of the chain of custody of one tenant.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Evidence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('subject_kind', fields.CharField(max_length=16)),
                ('subject_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('filename', fields.CharField(max_length=200)),
                ('media_type', fields.CharField(max_length=40)),
                ('byte_length', fields.BigIntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('captured_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('latitude', fields.FloatField(null=True)),
                ('longitude', fields.FloatField(null=True)),
                ('state', fields.CharField(default='PENDING', max_length=12)),
                ('reason', fields.CharField(default='', max_length=20)),
                ('reason_message', fields.CharField(default='', max_length=400)),
                ('upload_id', fields.CharField(max_length=1024)),
                ('part_length', fields.BigIntField()),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('uploaded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('scan', fields.CharField(default='UNSCANNED', max_length=10)),
                ('width', fields.IntField(null=True)),
                ('height', fields.IntField(null=True)),
                ('pages', fields.IntField(null=True)),
                ('duration_seconds', fields.FloatField(null=True)),
                ('recorded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('recorded_latitude', fields.FloatField(null=True)),
                ('recorded_longitude', fields.FloatField(null=True)),
                ('thumbnail_length', fields.IntField(default=0)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('legal_hold', fields.BooleanField(default=False)),
            ],
            options={'table': 'evidence_items', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Piece of evidence from its declaration to its seal.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='EvidenceAccess',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('actor', fields.CharField(max_length=120)),
                ('role', fields.CharField(max_length=20)),
                ('variant', fields.CharField(max_length=12)),
                ('purpose', fields.CharField(max_length=400)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_accesses', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Link to sealed evidence that somebody was given, and what for.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(EVIDENCE),
    ]

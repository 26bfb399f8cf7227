from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

LEDGERS = """
select app.protect('audit_heads');
alter table audit_heads add constraint audit_heads_one unique (tenant_id);
select app.protect('audit_entries');
alter table audit_entries add constraint audit_entries_seq unique (tenant_id, seq);
create index audit_entries_subject on audit_entries (tenant_id, subject, seq);
-- The chain only grows: nobody who serves may change or remove an entry.
revoke update, delete on audit_entries from anshang_app;
revoke delete on audit_heads from anshang_app;

create function app.append_audit(
    owner_id uuid, owner_district uuid, happened timestamptz,
    who text, what text, whom text, content text) returns text
language plpgsql set search_path = pg_catalog as $$
declare
    head record;
    next_hash text;
begin
    insert into public.audit_heads (id, tenant_id, district_id, seq, hash)
        values (owner_id, owner_id, owner_district, 0, repeat('0', 64))
        on conflict (tenant_id) do nothing;
    select seq, hash into strict head from public.audit_heads
        where tenant_id = owner_id for update;
    next_hash := encode(sha256(convert_to(
        head.hash || chr(10) || (head.seq + 1)::text || chr(10) || content, 'UTF8')), 'hex');
    insert into public.audit_entries
        (id, tenant_id, district_id, seq, at, actor, act, subject, entry, hash)
        values (gen_random_uuid(), owner_id, owner_district, head.seq + 1, happened,
            who, what, whom, content, next_hash);
    update public.audit_heads set seq = head.seq + 1, hash = next_hash
        where tenant_id = owner_id;
    return next_hash;
end $$;

select app.protect('outbox_events');
create index outbox_events_unrouted on outbox_events (id) where routed_at is null;
select app.protect('outbox_deliveries');
alter table outbox_deliveries add constraint outbox_deliveries_once
    unique (tenant_id, event_id, task);
alter table outbox_deliveries add foreign key (tenant_id, event_id)
    references outbox_events (tenant_id, id) on delete cascade;
alter table outbox_deliveries add check (state in ('PENDING', 'SENT', 'DONE', 'PARKED'));
create index outbox_deliveries_open on outbox_deliveries (state, sent_at, created_at)
    where state in ('PENDING', 'SENT');
create index outbox_deliveries_parked on outbox_deliveries (tenant_id) where state = 'PARKED';
create policy relay on outbox_events to anshang_relay using (true) with check (true);
create policy relay on outbox_deliveries to anshang_relay using (true) with check (true);
grant select, update on outbox_events to anshang_relay;
grant select, insert, update on outbox_deliveries to anshang_relay;

create function app.wake_relay() returns trigger language plpgsql as $$
begin
    notify outbox;
    return null;
end $$;
create trigger wake_relay after insert on outbox_events
    for each statement execute function app.wake_relay();

select app.protect('idempotency_keys');
alter table idempotency_keys add constraint idempotency_keys_once
    unique (tenant_id, principal, key);
create index idempotency_keys_age on idempotency_keys (tenant_id, created_at);

select app.protect('access_receipts');
create index access_receipts_recent on access_receipts (tenant_id, at desc);
-- Whoever may read a town may leave a receipt there, and change none.
create policy reader_insert on access_receipts for insert
    with check (tenant_id = any ((select app.tenants())::uuid[])
        and district_id = any ((select app.claimed_districts())::uuid[]));
revoke update, delete on access_receipts from anshang_app;

select app.protect('jobs');
create index jobs_recent on jobs (tenant_id, created_at desc);
alter table jobs add check (state in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'));
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('act', fields.CharField(max_length=80)),
                ('subject', fields.CharField(max_length=120)),
                ('entry', fields.TextField(unique=False)),
                ('hash', fields.CharField(max_length=64)),
            ],
            options={'table': 'audit_entries', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Act of a person, an application or a worker on the objects of one tenant.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='AuditHead',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('hash', fields.CharField(max_length=64)),
            ],
            options={'table': 'audit_heads', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Last link of the audit chain of one tenant.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('principal', fields.CharField(max_length=120)),
                ('key', fields.CharField(max_length=100)),
                ('request_hash', fields.CharField(max_length=64)),
                ('response', fields.TextField(null=True, unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'idempotency_keys', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Answer already given to one key of one principal.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Job',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=60)),
                ('state', fields.CharField(default='QUEUED', max_length=12)),
                ('done', fields.IntField(default=0)),
                ('total', fields.IntField(default=0)),
                ('message', fields.CharField(default='', max_length=400)),
                ('result', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('cancel_requested', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'jobs', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Long background work started by a mutation.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='OutboxDelivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('event_id', fields.UUIDField()),
                ('task', fields.CharField(max_length=80)),
                ('state', fields.CharField(default='PENDING', max_length=10)),
                ('starts', fields.IntField(default=0)),
                ('failures', fields.IntField(default=0)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('error', fields.TextField(default='', unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox_deliveries', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Duty of one task to answer one event.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='OutboxEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('event', fields.CharField(max_length=80)),
                ('payload', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('actor', fields.CharField(max_length=120)),
                ('correlation', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('routed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox_events', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Fact that committed and that background tasks answer.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='AccessReceipt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('reader', fields.CharField(max_length=120)),
                ('reader_name', fields.CharField(max_length=100)),
                ('subject', fields.CharField(max_length=120)),
                ('purpose', fields.CharField(max_length=400)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'access_receipts', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Reading of one file of a town by somebody outside it.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(LEDGERS),
    ]

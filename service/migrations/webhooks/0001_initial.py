from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

WEBHOOKS = """
-- An endpoint belongs to the application that the grant names, and to no other.
alter table app_grants add constraint app_grants_of_app unique (tenant_id, id, app_id);

select app.protect('webhook_endpoints');
alter table webhook_endpoints add foreign key (tenant_id, grant_id, app_id)
    references app_grants (tenant_id, id, app_id);
alter table webhook_endpoints add constraint webhook_endpoints_of_app
    unique (tenant_id, id, app_id);
alter table webhook_endpoints add constraint webhook_endpoints_once
    unique (tenant_id, app_id, url);
alter table webhook_endpoints add check (state in ('ENABLED', 'DISABLED'));
alter table webhook_endpoints add check (disabled_reason in ('', 'BY_HAND', 'GONE', 'FAILING'));
alter table webhook_endpoints add constraint webhook_endpoints_reason check (
    (state = 'DISABLED') = (disabled_reason <> '')
    and (state = 'DISABLED') = (disabled_at is not null));
alter table webhook_endpoints add check (url ~ '^https?://[!-~]+$' and name <> '');
alter table webhook_endpoints add check (jsonb_array_length(events) between 1 and 200);
alter table webhook_endpoints add check (key_version >= 1 and last_sequence >= 0);
alter table webhook_endpoints add check (previous_until is null or key_version > 1);

select app.protect('webhook_deliveries');
alter table webhook_deliveries add foreign key (tenant_id, endpoint_id, app_id)
    references webhook_endpoints (tenant_id, id, app_id) on delete cascade;
-- One message of one event to one endpoint, whatever dies, and numbers without a gap or repeat.
alter table webhook_deliveries add constraint webhook_deliveries_once
    unique (tenant_id, endpoint_id, event_id);
alter table webhook_deliveries add constraint webhook_deliveries_sequence
    unique (tenant_id, endpoint_id, sequence);
alter table webhook_deliveries add check (
    state in ('PENDING', 'DELIVERED', 'FAILED', 'HELD', 'WITHDRAWN'));
alter table webhook_deliveries add constraint webhook_deliveries_due check (
    (state = 'PENDING') = (due_at is not null));
alter table webhook_deliveries add constraint webhook_deliveries_claim check (
    state = 'PENDING' or claimed_until is null);
alter table webhook_deliveries add constraint webhook_deliveries_done check (
    state <> 'DELIVERED' or delivered_at is not null);
alter table webhook_deliveries add check (sequence >= 1 and tries >= 0 and attempts >= tries);
create index webhook_deliveries_due on webhook_deliveries (tenant_id, endpoint_id, due_at, id)
    where state = 'PENDING';
create index webhook_deliveries_claimed on webhook_deliveries
    (tenant_id, endpoint_id, claimed_until) where claimed_until is not null;
create index webhook_deliveries_recent on webhook_deliveries (tenant_id, created_at desc, id desc);
create index webhook_deliveries_log on webhook_deliveries
    (tenant_id, endpoint_id, created_at desc, id desc);
-- The process that sends sees whose turn it is in every town, and enters a town to send.
create policy relay on webhook_endpoints to anshang_relay using (true) with check (true);
create policy relay on webhook_deliveries to anshang_relay using (true) with check (true);
grant select on webhook_endpoints to anshang_relay;
grant select, update on webhook_deliveries to anshang_relay;

select app.protect('webhook_attempts');
alter table webhook_attempts add foreign key (tenant_id, delivery_id)
    references webhook_deliveries (tenant_id, id) on delete cascade;
alter table webhook_attempts add constraint webhook_attempts_once
    unique (tenant_id, delivery_id, number);
alter table webhook_attempts add check (number >= 1 and duration_ms >= 0);
alter table webhook_attempts add check (status between 100 and 999);
alter table webhook_attempts add check (char_length(excerpt) <= 1024);
revoke update on webhook_attempts from anshang_app;
grant update (district_id) on webhook_attempts to anshang_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('identity', '0001_initial'), ('core', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('delivery_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('duration_ms', fields.IntField()),
                ('status', fields.IntField(null=True)),
                ('error', fields.CharField(default='', max_length=200)),
                ('excerpt', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'webhook_attempts', 'app': 'webhooks', 'pk_attr': 'id', 'table_description': 'One try to hand a message over, with the beginning of the answer.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('endpoint_id', fields.UUIDField()),
                ('app_id', fields.UUIDField()),
                ('event_id', fields.UUIDField()),
                ('event_type', fields.CharField(max_length=60)),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sequence', fields.BigIntField()),
                ('body', fields.TextField(unique=False)),
                ('state', fields.CharField(default='PENDING', max_length=10)),
                ('reason', fields.CharField(default='', max_length=200)),
                ('tries', fields.IntField(default=0)),
                ('attempts', fields.IntField(default=0)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claimed_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_deliveries', 'app': 'webhooks', 'pk_attr': 'id', 'table_description': 'Message about one event to one endpoint.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('grant_id', fields.UUIDField()),
                ('app_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=100)),
                ('url', fields.CharField(max_length=500)),
                ('events', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(default='ENABLED', max_length=10)),
                ('disabled_reason', fields.CharField(default='', max_length=10)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('key_version', fields.IntField(default=1)),
                ('previous_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_sequence', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.CharField(max_length=120)),
            ],
            options={'table': 'webhook_endpoints', 'app': 'webhooks', 'pk_attr': 'id', 'table_description': 'Address at which one application hears of one town.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(WEBHOOKS),
    ]

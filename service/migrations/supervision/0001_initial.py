from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

SUPERVISION = """
select app.protect('supervision_orders');
alter table supervision_orders add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
alter table supervision_orders add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table supervision_orders add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table supervision_orders add foreign key (tenant_id, escalated_from)
    references supervision_orders (tenant_id, id);
alter table supervision_orders add check (level in ('KE', 'CHU', 'TING'));
alter table supervision_orders add check (state in ('PROPOSED', 'APPROVED', 'LISTED', 'RECTIFYING',
    'EXTENSION_REQUESTED', 'SELF_ACCEPTED', 'VERIFIED', 'DELISTED', 'OVERDUE', 'ESCALATED',
    'DECLINED'));
-- One order about a hazard is open at a time, whatever its level.
create unique index supervision_orders_open on supervision_orders (tenant_id, hazard_id)
    where state not in ('DELISTED', 'ESCALATED', 'DECLINED');
alter table supervision_orders add constraint supervision_orders_number
    unique (tenant_id, plate_number);
alter table supervision_orders add check (state in ('PROPOSED', 'APPROVED', 'DECLINED')
    or (listed_on is not null and deadline is not null and plate_number is not null));
alter table supervision_orders add check (state <> 'EXTENSION_REQUESTED'
    or extension_until is not null);
alter table supervision_orders add check (state <> 'DELISTED' or delisted_on is not null);
create index supervision_orders_newest on supervision_orders (tenant_id, created_at desc, id);
create index supervision_orders_listed on supervision_orders (district_id, listed_on desc, id)
    where listed_on is not null;
create index supervision_orders_running on supervision_orders (district_id, deadline)
    where state in ('LISTED', 'RECTIFYING', 'EXTENSION_REQUESTED');
create index supervision_orders_enterprise on supervision_orders (tenant_id, enterprise_id, id);
select app.protect('supervision_events');
alter table supervision_events add foreign key (tenant_id, order_id)
    references supervision_orders (tenant_id, id);
create index supervision_events_order on supervision_events (tenant_id, order_id, at);
-- What happened stays as it was written.
revoke update, delete on supervision_events from anshang_app;
revoke delete on supervision_orders from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('hazards', '0002_extensions_and_sorting')]

    operations = [
        ops.CreateModel(
            name='SupervisionEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('order_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=16)),
                ('state', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'supervision_events', 'app': 'supervision', 'pk_attr': 'id', 'table_description': 'Step that was taken with an order.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='SupervisionOrder',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('line', fields.CharField(max_length=40)),
                ('level', fields.CharField(max_length=4)),
                ('state', fields.CharField(default='PROPOSED', max_length=20)),
                ('reason', fields.CharField(max_length=1000)),
                ('escalated_from', fields.UUIDField(null=True)),
                ('proposed_by', fields.CharField(max_length=120)),
                ('approved_by', fields.CharField(default='', max_length=120)),
                ('body_id', fields.UUIDField(null=True)),
                ('publish_workdays', fields.IntField(null=True)),
                ('ask_workdays', fields.IntField(null=True)),
                ('answer_workdays', fields.IntField(null=True)),
                ('term_months', fields.IntField(null=True)),
                ('plate_number', fields.CharField(null=True, max_length=60)),
                ('basis', fields.CharField(default='', max_length=200)),
                ('summary', fields.CharField(default='', max_length=300)),
                ('official', fields.CharField(default='', max_length=100)),
                ('listed_on', fields.DateField(null=True)),
                ('deadline', fields.DateField(null=True)),
                ('extensions', fields.IntField(default=0)),
                ('extension_until', fields.DateField(null=True)),
                ('extension_reason', fields.CharField(default='', max_length=400)),
                ('extension_asked_on', fields.DateField(null=True)),
                ('overdue_since', fields.DateField(null=True)),
                ('delisted_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'supervision_orders', 'app': 'supervision', 'pk_attr': 'id', 'table_description': 'Order that puts one hazard under supervision at one level.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(SUPERVISION),
    ]

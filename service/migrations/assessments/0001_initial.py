from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

ASSESSMENTS = """
select app.protect('risk_occasions');
alter table risk_occasions add check (trigger in ('KEY_PERIOD', 'MAJOR_EVENT',
    'INDUCING_FACTOR'));
alter table risk_occasions add check (last_day >= first_day);
create index risk_occasions_due on risk_occasions (tenant_id, due_on);

select app.protect('risk_sessions');
alter table risk_sessions add foreign key (tenant_id, occasion_id)
    references risk_occasions (tenant_id, id);
alter table risk_sessions add check (trigger in ('KEY_PERIOD', 'PERIODIC', 'MAJOR_EVENT',
    'INDUCING_FACTOR'));
alter table risk_sessions add check ((trigger = 'PERIODIC') = (occasion_id is null));
alter table risk_sessions add check (state in ('CLOSED', 'PLANNED', 'HELD', 'ACTIONS_OPEN'));
alter table risk_sessions add check ((state = 'PLANNED') = (held_on is null));
alter table risk_sessions add check ((state = 'CLOSED') = (closed_on is not null));
-- A schedule or an occasion asks for one session.
alter table risk_sessions add constraint risk_sessions_source unique (tenant_id, source);
create index risk_sessions_due on risk_sessions (tenant_id, due_on desc, id);
revoke delete on risk_sessions, risk_occasions from anshang_app;

select app.protect('session_actions');
alter table session_actions add foreign key (tenant_id, session_id)
    references risk_sessions (tenant_id, id);
create index session_actions_of_session on session_actions (tenant_id, session_id, due_on);
create index session_actions_due on session_actions (tenant_id, due_on);
revoke delete on session_actions from anshang_app;

select app.protect('safety_items');
alter table safety_items add check (stage in ('PLANNED', 'DEPLOYED', 'ADVANCED', 'ASSESSED'));
select app.protect('work_items');
alter table work_items add check (stage in ('PLANNED', 'DEPLOYED', 'ADVANCED', 'ASSESSED'));
-- No business without its safety item, and none shares the safety item of another.
alter table work_items add foreign key (tenant_id, safety_item_id)
    references safety_items (tenant_id, id);
alter table work_items alter column safety_item_id set not null;
create index work_items_newest on work_items (tenant_id, created_at desc, id);
create index work_items_safety on work_items (tenant_id, safety_item_id);
revoke delete on safety_items, work_items from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='RiskOccasion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('trigger', fields.CharField(max_length=16)),
                ('title', fields.CharField(max_length=200)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField(null=True)),
                ('due_on', fields.DateField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'risk_occasions', 'app': 'assessments', 'pk_attr': 'id', 'table_description': 'Key period, major event or inducing factor for which a session is held.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RiskSession',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('trigger', fields.CharField(max_length=16)),
                ('source', fields.CharField(max_length=40)),
                ('occasion_id', fields.UUIDField(null=True)),
                ('title', fields.CharField(max_length=200)),
                ('scope', fields.TextField(default='', unique=False)),
                ('state', fields.CharField(default='PLANNED', max_length=12)),
                ('due_on', fields.DateField()),
                ('held_on', fields.DateField(null=True)),
                ('closed_on', fields.DateField(null=True)),
                ('conclusions', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'risk_sessions', 'app': 'assessments', 'pk_attr': 'id', 'table_description': 'Risk assessment session from its plan to its closure.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='SafetyItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('title', fields.CharField(max_length=200)),
                ('stage', fields.CharField(default='PLANNED', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'safety_items', 'app': 'assessments', 'pk_attr': 'id', 'table_description': 'Safety side of a piece of work.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='SessionAction',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('session_id', fields.UUIDField()),
                ('action', fields.TextField(unique=False)),
                ('responsible', fields.CharField(max_length=100)),
                ('due_on', fields.DateField()),
                ('done_on', fields.DateField(null=True)),
                ('result', fields.TextField(default='', unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'session_actions', 'app': 'assessments', 'pk_attr': 'id', 'table_description': 'Action that a session decided, with its owner and last day.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='WorkItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('title', fields.CharField(max_length=200)),
                ('stage', fields.CharField(default='PLANNED', max_length=10)),
                ('safety_item_id', fields.UUIDField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'work_items', 'app': 'assessments', 'pk_attr': 'id', 'table_description': 'Piece of business work, which always has its safety item.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(ASSESSMENTS),
    ]

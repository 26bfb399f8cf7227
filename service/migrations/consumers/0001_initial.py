from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

CONSUMERS = """
select app.protect('log_consumers');
alter table log_consumers add constraint log_consumers_app unique (tenant_id, app_id);
alter table log_consumers add check (lag in ('', 'OTHER_LOG', 'REMOVAL_UNCONFIRMED', 'SILENT'));
alter table log_consumers add check ((lag = '') = (stale_since is null));
alter table log_consumers add check (ended_at is null or lag = '');
alter table log_consumers add check (size >= 0 and (size = 0) = (root = ''));
alter table log_consumers add check (root = '' or root ~ '^[0-9a-f]{64}$');
create index log_consumers_newest on log_consumers (tenant_id, since desc, id);
revoke delete on log_consumers from anshang_app;
select app.protect('log_acknowledgements');
alter table log_acknowledgements add foreign key (tenant_id, consumer_id)
    references log_consumers (tenant_id, id);
alter table log_acknowledgements add check (outcome in ('CONFIRMED', 'OTHER_ROOT', 'OTHER_LOG'));
alter table log_acknowledgements add check (size > 0 and root ~ '^[0-9a-f]{64}$');
alter table log_acknowledgements add check (outcome <> 'OTHER_LOG' or checkpoint <> '');
create index log_acknowledgements_newest
    on log_acknowledgements (tenant_id, consumer_id, at desc, id);
revoke update, delete on log_acknowledgements from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='LogAcknowledgement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('consumer_id', fields.UUIDField()),
                ('size', fields.BigIntField()),
                ('root', fields.CharField(max_length=64)),
                ('outcome', fields.CharField(max_length=12)),
                ('checkpoint', fields.TextField(default='', unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'log_acknowledgements', 'app': 'consumers', 'pk_attr': 'id', 'table_description': 'Statement of a consumer about the log, kept for good where it was new.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='LogConsumer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('app_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=100)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('size', fields.BigIntField(default=0)),
                ('root', fields.CharField(default='', max_length=64)),
                ('heard_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('disputed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('stale_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lag', fields.CharField(default='', max_length=20)),
            ],
            options={'table': 'log_consumers', 'app': 'consumers', 'pk_attr': 'id', 'table_description': 'Application that the office let read the log, with the newest thing it said of it.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(CONSUMERS),
    ]

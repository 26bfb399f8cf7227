from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

from service.filled_columns import AddFilledField

SORTING = """
alter table hazards drop constraint hazards_state_check;
alter table hazards add constraint hazards_state_check check (state in ('FOUND', 'GRADED',
    'ASSIGNED', 'RECTIFYING', 'SELF_CHECKED', 'VERIFIED', 'CLOSED', 'OVERDUE', 'SUPERVISED',
    'DISMISSED', 'MERGED'));
alter table hazards add foreign key (tenant_id, merged_into) references hazards (tenant_id, id);
alter table hazards add check ((state = 'MERGED') = (merged_into is not null));
alter table hazards add check (merged_into <> id);
alter table hazard_events drop constraint hazard_events_state_check;
alter table hazard_events add constraint hazard_events_state_check check (state in ('FOUND',
    'GRADED', 'ASSIGNED', 'RECTIFYING', 'SELF_CHECKED', 'VERIFIED', 'CLOSED', 'OVERDUE',
    'SUPERVISED', 'DISMISSED', 'MERGED'));
alter table hazard_events drop constraint hazard_events_step_check;
alter table hazard_events add constraint hazard_events_step_check check (step in ('GRADE', 'ASSIGN',
    'PLAN', 'SUBMIT', 'VERIFY', 'REJECT', 'CLOSE', 'FALL_OVERDUE', 'SUPERVISE', 'ASK_EXTENSION',
    'EXTEND', 'DENY_EXTENSION', 'ASK_DISMISSAL', 'DISMISS', 'KEEP', 'MERGE', 'TRANSFER'));
create index hazards_merged on hazards (tenant_id, merged_into) where merged_into is not null;
create index hazards_by_deadline on hazards (tenant_id, due_on, id)
    where state in ('ASSIGNED', 'RECTIFYING', 'OVERDUE', 'SUPERVISED');
create index hazards_in_state on hazards (tenant_id, state, created_at desc, id);
create index hazards_by_reporter on hazards (tenant_id, reported_by, created_at desc);
create index hazard_events_actor on hazard_events (tenant_id, actor, hazard_id);
select app.protect('hazard_extensions');
alter table hazard_extensions add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
-- One request waits at a time.
create unique index hazard_extensions_open on hazard_extensions (tenant_id, hazard_id)
    where granted is null;
create index hazard_extensions_hazard on hazard_extensions (tenant_id, hazard_id, asked_at);
select app.protect('hazard_rankings');
alter table hazard_rankings add constraint hazard_rankings_once unique (tenant_id, day, category);
-- A ranking stays as it was counted.
revoke update, delete on hazard_rankings from anshang_app;
"""

class Migration(migrations.Migration):
    dependencies = [('hazards', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='HazardExtension',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
                ('due_on', fields.DateField()),
                ('until', fields.DateField()),
                ('reason', fields.CharField(max_length=400)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('asked_by', fields.CharField(max_length=120)),
                ('granted', fields.BooleanField(null=True)),
                ('answer', fields.CharField(default='', max_length=400)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_by', fields.CharField(default='', max_length=120)),
            ],
            options={'table': 'hazard_extensions', 'app': 'hazards', 'pk_attr': 'id', 'table_description': 'Request for a later deadline and its answer.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='HazardRanking',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('window_days', fields.IntField()),
                ('recurrence_days', fields.IntField()),
                ('category', fields.CharField(max_length=24)),
                ('place', fields.IntField()),
                ('found', fields.IntField()),
                ('inspected_premises', fields.IntField()),
                ('closed', fields.IntField()),
                ('recurred', fields.IntField()),
            ],
            options={'table': 'hazard_rankings', 'app': 'hazards', 'pk_attr': 'id', 'table_description': 'Rank of one category of hazards in one town as it was counted on a day.'},
            bases=['TenantOwned'],
        ),
        AddFilledField(
            model_name='Hazard',
            name='dismissal_by',
            field=fields.CharField(default='', max_length=120),
        ),
        AddFilledField(
            model_name='Hazard',
            name='dismissal_reason',
            field=fields.CharField(default='', max_length=400),
        ),
        AddFilledField(
            model_name='Hazard',
            name='extensions',
            field=fields.IntField(default=0),
        ),
        ops.AddField(
            model_name='Hazard',
            name='merged_into',
            field=fields.UUIDField(null=True),
        ),
        AddFilledField(
            model_name='Hazard',
            name='reported_by',
            field=fields.CharField(default='', max_length=120),
        ),
        ops.RunSQL(SORTING),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

ROUTINE_CHECKS = """
select app.protect('check_routines');
alter table check_routines add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table check_routines add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table check_routines add check (kind in ('DAILY_TEAM', 'WEEKLY_DEPT', 'MONTHLY_MANAGER'));
-- A unit has one running routine of a kind.
create unique index check_routines_running on check_routines (tenant_id, premises_id, kind, unit)
    where ends_on is null;
create index check_routines_premises on check_routines (tenant_id, premises_id, id);
create index check_routines_enterprise on check_routines (tenant_id, enterprise_id, id);
select app.protect('check_routine_versions');
alter table check_routine_versions add foreign key (tenant_id, routine_id)
    references check_routines (tenant_id, id);
alter table check_routine_versions add constraint check_routine_versions_number
    unique (tenant_id, routine_id, number);
select app.protect('unit_closures');
alter table unit_closures add foreign key (tenant_id, routine_id)
    references check_routines (tenant_id, id);
alter table unit_closures add check (first_day <= last_day);
create index unit_closures_routine on unit_closures (tenant_id, routine_id, first_day);
select app.protect('routine_checks');
alter table routine_checks add foreign key (tenant_id, routine_id)
    references check_routines (tenant_id, id);
alter table routine_checks add foreign key (tenant_id, version_id)
    references check_routine_versions (tenant_id, id);
alter table routine_checks add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table routine_checks add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table routine_checks add constraint routine_checks_once
    unique (tenant_id, routine_id, period);
alter table routine_checks add check (kind in ('DAILY_TEAM', 'WEEKLY_DEPT', 'MONTHLY_MANAGER'));
alter table routine_checks add check (state in ('DUE', 'DONE', 'LATE', 'MISSED'));
alter table routine_checks add check (state not in ('DONE', 'LATE') or received_at is not null);
alter table routine_checks add check ((received_at is null) = (captured_at is null));
create index routine_checks_due on routine_checks (tenant_id, due_on, id);
create index routine_checks_enterprise on routine_checks (tenant_id, enterprise_id, due_on);
create index routine_checks_open on routine_checks (district_id, due_on) where state = 'DUE';
-- What was missed stays missed, and what was filled stays as it was filled.
create function app.keep_routine_check() returns trigger language plpgsql as $$
begin
    if new.state <> old.state then
        raise exception 'a routine check that was % does not become %', old.state, new.state
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger keep_routine_check before update on routine_checks for each row
    when (old.state <> 'DUE') execute function app.keep_routine_check();
select app.protect('routine_check_answers');
alter table routine_check_answers add foreign key (tenant_id, check_id)
    references routine_checks (tenant_id, id);
alter table routine_check_answers add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
alter table routine_check_answers add constraint routine_check_answers_once
    unique (tenant_id, check_id, item);
create index routine_check_answers_hazard on routine_check_answers (tenant_id, hazard_id)
    where hazard_id is not null;
revoke update, delete on check_routine_versions, unit_closures, routine_check_answers
    from anshang_app;
-- They go with a town that moves to another district, and nothing else of them changes.
grant update (district_id) on check_routine_versions, unit_closures to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('hazards', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='CheckRoutine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=16)),
                ('unit', fields.CharField(max_length=100)),
                ('ends_on', fields.DateField(null=True)),
                ('generated_to', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'check_routines', 'app': 'routine_checks', 'pk_attr': 'id', 'table_description': 'Routine of one unit of an enterprise at one of its premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='CheckRoutineVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('routine_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('effective_from', fields.DateField()),
                ('items', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('due_on', fields.IntField()),
                ('closing_weekdays', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('keeps_holidays', fields.BooleanField()),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'check_routine_versions', 'app': 'routine_checks', 'pk_attr': 'id', 'table_description': 'How a routine runs from a day on, with the regular calendar of its unit.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RoutineCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('routine_id', fields.UUIDField()),
                ('version_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=16)),
                ('period', fields.DateField()),
                ('due_on', fields.DateField()),
                ('state', fields.CharField(default='DUE', max_length=8)),
                ('captured_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('missed_on', fields.DateField(null=True)),
                ('actor', fields.CharField(default='', max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'routine_checks', 'app': 'routine_checks', 'pk_attr': 'id', 'table_description': 'Check that is or was due in one period of a routine.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RoutineCheckAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('check_id', fields.UUIDField()),
                ('item', fields.IntField()),
                ('text', fields.CharField(max_length=200)),
                ('passed', fields.BooleanField()),
                ('remark', fields.CharField(default='', max_length=1000)),
                ('hazard_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'routine_check_answers', 'app': 'routine_checks', 'pk_attr': 'id', 'table_description': 'What was found at one item of a check, with the hazard that a failed one made.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='UnitClosure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('routine_id', fields.UUIDField()),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('reason', fields.CharField(max_length=200)),
                ('told_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'unit_closures', 'app': 'routine_checks', 'pk_attr': 'id', 'table_description': 'Days on which the unit of a routine is shut out of the ordinary.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(ROUTINE_CHECKS),
    ]

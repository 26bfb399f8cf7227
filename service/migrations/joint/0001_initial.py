from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

JOINT = """
select app.protect('inspection_demands');
alter table inspection_demands add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table inspection_demands add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table inspection_demands add check
    (kind in ('ROUTINE', 'SPECIAL', 'CLUE', 'INSTANT', 'REINSPECT'));
alter table inspection_demands add check (state in
    ('SUBMITTED', 'MATCHED', 'RESERVED', 'CODED', 'DONE', 'RELEASED', 'EXPIRED'));
alter table inspection_demands add check (release_on <= due_on);
create index inspection_demands_open on inspection_demands (tenant_id, due_on)
    where state in ('SUBMITTED', 'MATCHED', 'RELEASED');
create index inspection_demands_visit on inspection_demands (tenant_id, visit_id);

select app.protect_directory('joint_plans');
alter table joint_plans add constraint joint_plans_version unique (tenant_id, version);
alter table joint_plans add check
    (state in ('REQUESTED', 'SOLVED', 'PUBLISHED', 'FAILED', 'CANCELLED'));
alter table joint_plans add check (first_day <= last_day);

select app.protect('joint_plan_approvals');
alter table joint_plan_approvals add constraint joint_plan_approvals_once
    unique (tenant_id, plan_id, body_id);

select app.protect('joint_visits');
alter table joint_visits add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table joint_visits add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table joint_visits add check (state in ('PLANNED', 'PUBLISHED', 'DONE', 'RELEASED'));
create index joint_visits_plan on joint_visits (tenant_id, plan_id);
create index joint_visits_calendar on joint_visits (tenant_id, enterprise_id, day);

-- No scheduler, however many run, can bring two bodies to one premises too soon, or send one
-- officer to two places: the database refuses the second reservation.
select app.protect('premises_reservations');
alter table premises_reservations add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table premises_reservations add foreign key (tenant_id, visit_id)
    references joint_visits (tenant_id, id) on delete cascade;
alter table premises_reservations add constraint premises_reservations_once
    unique (tenant_id, visit_id, item);
alter table premises_reservations add constraint premises_reservations_apart
    exclude using gist (tenant_id with =, premises_id with =, item with =,
        daterange(first_day, last_day, '[]') with &&) where (not exempt);
select app.protect('officer_reservations');
alter table officer_reservations add foreign key (tenant_id, officer_id)
    references officers (tenant_id, id);
alter table officer_reservations add constraint officer_reservations_once
    unique (tenant_id, officer_id, visit_id);
alter table officer_reservations add constraint officer_reservations_apart
    exclude using gist (tenant_id with =, officer_id with =,
        tstzrange(starts_at, ends_at) with &&);

select app.protect('frequency_budgets');
alter table frequency_budgets add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table frequency_budgets add constraint frequency_budgets_one
    unique (tenant_id, enterprise_id, body, year);
alter table frequency_budgets add constraint frequency_budgets_conserved
    check (reserved >= 0 and used >= 0 and used + reserved <= cap);
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('register', '0001_initial'), ('officers', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='FrequencyBudget',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body', fields.CharField(max_length=36)),
                ('year', fields.IntField()),
                ('cap', fields.IntField()),
                ('reserved', fields.IntField(default=0)),
                ('used', fields.IntField(default=0)),
            ],
            options={'table': 'frequency_budgets', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Inspections of one enterprise in one year, by one body or, with body ALL, by all.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='InspectionDemand',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=12)),
                ('items', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('skill', fields.CharField(max_length=40)),
                ('release_on', fields.DateField()),
                ('due_on', fields.DateField()),
                ('minutes', fields.IntField()),
                ('risk', fields.IntField()),
                ('mandatory', fields.BooleanField()),
                ('basis', fields.CharField(max_length=400)),
                ('exemption_reason', fields.CharField(default='', max_length=400)),
                ('interval_days', fields.IntField(default=30)),
                ('state', fields.CharField(default='SUBMITTED', max_length=12)),
                ('plan_id', fields.UUIDField(null=True)),
                ('visit_id', fields.UUIDField(null=True)),
                ('unserved_reason', fields.CharField(default='', max_length=20)),
                ('submitted_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inspection_demands', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Wish or duty of one body to inspect one premises, owned by the town of the premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='JointPlan',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('state', fields.CharField(default='REQUESTED', max_length=12)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('seed', fields.IntField(default=0)),
                ('iterations', fields.IntField(null=True)),
                ('seconds', fields.FloatField(null=True)),
                ('job_id', fields.UUIDField()),
                ('certificate', fields.JSONField(default='dict', encoder=JSON_DUMPS, decoder=loads)),
                ('burden', fields.JSONField(default='dict', encoder=JSON_DUMPS, decoder=loads)),
                ('lead_bodies', fields.JSONField(default='list', encoder=JSON_DUMPS, decoder=loads)),
                ('plan_sha256', fields.CharField(default='', max_length=64)),
                ('failure', fields.CharField(default='', max_length=400)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('solved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'joint_plans', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Version of the joint plan of a district, owned by the district office.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='JointVisit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('plan_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('start_minute', fields.IntField()),
                ('minutes', fields.IntField()),
                ('lead_body_id', fields.UUIDField()),
                ('officer_ids', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('demand_ids', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('exempt', fields.BooleanField(default=False)),
                ('explanation', fields.CharField(default='', max_length=600)),
                ('code', fields.CharField(default='', max_length=40)),
                ('state', fields.CharField(default='PLANNED', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('completed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'joint_visits', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Visit of one or more bodies to one premises, owned by the town of the premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='OfficerReservation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('starts_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'officer_reservations', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Time of one officer at one visit, owned by the tenant of the officer.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PlanApproval',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('plan_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('approved_by', fields.CharField(max_length=120)),
                ('approved_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'joint_plan_approvals', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Approval of a plan version by a lead body, owned by the tenant of that body.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PremisesReservation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('item', fields.CharField(max_length=80)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('exempt', fields.BooleanField(default=False)),
            ],
            options={'table': 'premises_reservations', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Days in which one item of one premises may not be inspected again.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(JOINT),
    ]

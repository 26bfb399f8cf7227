from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

from service.filled_columns import AddFilledField

DISPUTES = """
alter table inspection_demands drop constraint inspection_demands_state_check;
alter table inspection_demands add constraint inspection_demands_state_check check (state in
    ('SUBMITTED', 'MATCHED', 'RESERVED', 'CODED', 'DONE', 'RELEASED', 'EXPIRED', 'RECOGNISED'));
alter table inspection_demands add constraint inspection_demands_recognised
    check ((state = 'RECOGNISED') = (recognised_visit_id is not null));
alter table inspection_demands add constraint inspection_demands_recognised_visit
    foreign key (tenant_id, recognised_visit_id) references joint_visits (tenant_id, id);
create index inspection_demands_place on inspection_demands (tenant_id, premises_id);
alter table joint_plans drop constraint joint_plans_state_check;
alter table joint_plans add constraint joint_plans_state_check check
    (state in ('REQUESTED', 'SOLVED', 'PUBLISHED', 'FAILED', 'CANCELLED', 'RETURNED'));
alter table joint_visits add constraint joint_visits_origin check
    (origin in ('PLAN', 'URGENT') and (origin = 'URGENT') = (plan_id is null));
-- Never two announced visits to one premises on one day, not even of exempt kinds.
create unique index joint_visits_one_a_day on joint_visits (tenant_id, premises_id, day)
    where state = 'PUBLISHED';
create index joint_visits_days on joint_visits (tenant_id, day) where state = 'PUBLISHED';

select app.protect('joint_visit_moves');
alter table joint_visit_moves add foreign key (tenant_id, visit_id)
    references joint_visits (tenant_id, id);
create index joint_visit_moves_visit on joint_visit_moves (tenant_id, visit_id);

select app.protect('plan_objections');
alter table plan_objections add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
create unique index plan_objections_once on plan_objections
    (tenant_id, plan_id, body_id, coalesce(visit_id, plan_id));

-- A town whose body objected must read what was decided, so rulings are a directory.
select app.protect_directory('plan_rulings');
alter table plan_rulings add foreign key (tenant_id, plan_id) references joint_plans (tenant_id, id);
alter table plan_rulings add constraint plan_rulings_once unique (tenant_id, objection_id);
alter table plan_rulings add constraint plan_rulings_decision check
    (decision in ('DISMISSED', 'LEAD_CHANGED', 'VISIT_DROPPED', 'RETURNED'));
alter table plan_rulings add constraint plan_rulings_lead check
    ((decision = 'LEAD_CHANGED') = (lead_body_id is not null));
alter table plan_rulings add constraint plan_rulings_visit check
    (decision not in ('LEAD_CHANGED', 'VISIT_DROPPED') or visit_id is not null);

select app.protect('result_recognitions');
alter table result_recognitions add foreign key (tenant_id, demand_id)
    references inspection_demands (tenant_id, id);
alter table result_recognitions add foreign key (tenant_id, visit_id)
    references joint_visits (tenant_id, id);
create index result_recognitions_demand on result_recognitions (tenant_id, demand_id);
create index result_recognitions_visit on result_recognitions (tenant_id, visit_id);

select app.protect('premises_codes');
alter table premises_codes add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table premises_codes add constraint premises_codes_one unique (tenant_id, premises_id);

select app.protect('visit_refusals');
alter table visit_refusals add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table visit_refusals add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table visit_refusals add foreign key (tenant_id, visit_id)
    references joint_visits (tenant_id, id);
create index visit_refusals_enterprise on visit_refusals (tenant_id, enterprise_id);

-- No link to the visit and no instant finer than a month: a body cannot find out who rated it.
select app.protect('visit_ratings');
alter table visit_ratings add constraint visit_ratings_range check
    (lawful between 1 and 5 and courteous between 1 and 5 and useful between 1 and 5);
alter table visit_ratings add constraint visit_ratings_month check (extract(day from month) = 1);
create index visit_ratings_body on visit_ratings (tenant_id, body_id, month);

-- Whoever asks for a calendar holds a token and has not signed in.
select app.protect_shared('calendar_feeds');
alter table calendar_feeds add constraint calendar_feeds_kind check
    (kind in ('OFFICER', 'BODY', 'ENTERPRISE'));
alter table calendar_feeds add constraint calendar_feeds_token unique (tenant_id, token_hash);
create index calendar_feeds_by_token on calendar_feeds (token_hash);
"""

class Migration(migrations.Migration):
    dependencies = [('joint', '0001_initial'), ('register', '0001_initial'), ('officers', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=12)),
                ('subject_id', fields.UUIDField()),
                ('token_hash', fields.CharField(max_length=64)),
                ('created_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'calendar_feeds', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Secret address under which one calendar can be subscribed to.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PlanObjection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('plan_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField(null=True)),
                ('body_id', fields.UUIDField()),
                ('reason', fields.CharField(max_length=400)),
                ('made_by', fields.CharField(max_length=120)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'plan_objections', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Objection of a lead body to a plan version or one of its visits, owned by its tenant.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PlanRuling',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('plan_id', fields.UUIDField()),
                ('objection_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField(null=True)),
                ('decision', fields.CharField(max_length=16)),
                ('lead_body_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(max_length=400)),
                ('ruled_by', fields.CharField(max_length=120)),
                ('ruled_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'plan_rulings', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Decision of the committee on one objection, owned by the district office.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PremisesCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('number', fields.IntField(default=1)),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'premises_codes', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Number of the enterprise code that hangs at one premises, which officers scan.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Recognition',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('demand_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('reason', fields.CharField(max_length=400)),
                ('recognised_by', fields.CharField(max_length=120)),
                ('recognised_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'result_recognitions', 'app': 'joint', 'pk_attr': 'id', 'table_description': "Result of one body's visit that another body takes over instead of coming itself."},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='VisitMove',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('demand_id', fields.UUIDField()),
                ('from_day', fields.DateField()),
                ('from_minute', fields.IntField()),
                ('to_day', fields.DateField()),
                ('to_minute', fields.IntField()),
                ('moved_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'joint_visit_moves', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Announced visit that had to make room for an urgent one.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='VisitRating',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('month', fields.DateField()),
                ('lawful', fields.IntField()),
                ('courteous', fields.IntField()),
                ('useful', fields.IntField()),
            ],
            options={'table': 'visit_ratings', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Rating of one body in one month, without the visit it was given for.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='VisitRefusal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField(null=True)),
                ('who_came', fields.CharField(max_length=200)),
                ('reason', fields.CharField(max_length=400)),
                ('refused_by', fields.CharField(max_length=120)),
                ('refused_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'visit_refusals', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Inspection that an enterprise turned away because no valid code was shown.'},
            bases=['TenantOwned'],
        ),
        ops.AddField(
            model_name='InspectionDemand',
            name='recognised_visit_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AlterField(
            model_name='JointVisit',
            name='plan_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='JointVisit',
            name='arrived_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddFilledField(
            model_name='JointVisit',
            name='arrived_by',
            field=fields.CharField(default='', max_length=120),
        ),
        ops.AddField(
            model_name='JointVisit',
            name='changed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='JointVisit',
            name='code_checked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddFilledField(
            model_name='JointVisit',
            name='origin',
            field=fields.CharField(default='PLAN', max_length=8),
        ),
        AddFilledField(
            model_name='JointVisit',
            name='rated',
            field=fields.BooleanField(default=False),
        ),
        AddFilledField(
            model_name='JointVisit',
            name='sequence',
            field=fields.IntField(default=0),
        ),
        ops.RunSQL(DISPUTES),
    ]

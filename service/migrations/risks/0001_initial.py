from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

RISKS = """
select app.protect('risk_points');
alter table risk_points add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table risk_points add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table risk_points add constraint risk_points_name unique (tenant_id, premises_id, name);
alter table risk_points add check (state in ('IDENTIFIED', 'EVALUATED', 'GRADED', 'CONTROLLED',
    'REVIEW_DUE'));
alter table risk_points add check (colour in ('RED', 'ORANGE', 'YELLOW', 'BLUE'));
alter table risk_points add check (category in ('MANAGEMENT', 'FIRE', 'ELECTRICAL', 'GAS',
    'SPECIAL_EQUIPMENT', 'HAZARDOUS_CHEMICALS', 'AMMONIA', 'CONFINED_SPACE', 'DUST', 'CONSTRUCTION',
    'OTHER'));
create index risk_points_newest on risk_points (tenant_id, created_at desc, id);
create index risk_points_of_enterprise on risk_points (tenant_id, enterprise_id, id);
create index risk_points_falling_due on risk_points (district_id, review_due_on)
    where state in ('GRADED', 'CONTROLLED');
select app.protect('risk_evaluations');
alter table risk_evaluations add foreign key (tenant_id, risk_point_id)
    references risk_points (tenant_id, id);
alter table risk_evaluations add check (colour in ('RED', 'ORANGE', 'YELLOW', 'BLUE'));
create index risk_evaluations_point on risk_evaluations (tenant_id, risk_point_id, id);
select app.protect('risk_controls');
alter table risk_controls add foreign key (tenant_id, risk_point_id)
    references risk_points (tenant_id, id);
alter table risk_controls add check (level in ('L1', 'L2', 'L3'));
create index risk_controls_point on risk_controls (tenant_id, risk_point_id, id);
select app.protect('risk_control_failures');
alter table risk_control_failures add foreign key (tenant_id, risk_point_id)
    references risk_points (tenant_id, id);
alter table risk_control_failures add foreign key (tenant_id, control_id)
    references risk_controls (tenant_id, id);
alter table risk_control_failures add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
create index risk_control_failures_hazard on risk_control_failures (tenant_id, hazard_id);
create index risk_control_failures_control on risk_control_failures (tenant_id, control_id);
create index risk_control_failures_point on risk_control_failures (tenant_id, risk_point_id, id);
-- What happened stays as it was written.
revoke update, delete on risk_evaluations, risk_control_failures from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('hazards', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='RiskPoint',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=200)),
                ('description', fields.TextField(default='', unique=False)),
                ('category', fields.CharField(max_length=24)),
                ('line', fields.CharField(max_length=40)),
                ('state', fields.CharField(default='IDENTIFIED', max_length=12)),
                ('evaluation_id', fields.UUIDField(null=True)),
                ('colour', fields.CharField(null=True, max_length=8)),
                ('colour_reason', fields.CharField(default='', max_length=400)),
                ('graded_on', fields.DateField(null=True)),
                ('review_due_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'risk_points', 'app': 'risks', 'pk_attr': 'id', 'table_description': 'What may cause harm at one premises, with its latest evaluation.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RiskEvaluation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('risk_point_id', fields.UUIDField()),
                ('method_id', fields.CharField(max_length=20)),
                ('method_version', fields.CharField(max_length=20)),
                ('inputs', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('score', fields.DecimalField(max_digits=12, decimal_places=4)),
                ('colour', fields.CharField(max_length=8)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'risk_evaluations', 'app': 'risks', 'pk_attr': 'id', 'table_description': 'Evaluation of a risk point with the method and all its inputs.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RiskControl',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('risk_point_id', fields.UUIDField()),
                ('level', fields.CharField(max_length=4)),
                ('measure', fields.TextField(unique=False)),
                ('responsible', fields.CharField(max_length=100)),
                ('interval_days', fields.IntField()),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('replaced_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'risk_controls', 'app': 'risks', 'pk_attr': 'id', 'table_description': 'Measure against a risk, at one level, until it is replaced.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RiskControlFailure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('risk_point_id', fields.UUIDField()),
                ('control_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'risk_control_failures', 'app': 'risks', 'pk_attr': 'id', 'table_description': 'Failure of a measure and the hazard that it made.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(RISKS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

HAZARDS = """
select app.protect('hazards');
alter table hazards add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table hazards add foreign key (tenant_id, premises_id) references premises (tenant_id, id);
alter table hazards add foreign key (tenant_id, recurrence_of) references hazards (tenant_id, id);
alter table hazards add check (state in ('FOUND', 'GRADED', 'ASSIGNED', 'RECTIFYING',
    'SELF_CHECKED', 'VERIFIED', 'CLOSED', 'OVERDUE', 'SUPERVISED'));
alter table hazards add check (grade in ('GENERAL', 'MAJOR'));
alter table hazards add check (category in ('MANAGEMENT', 'FIRE', 'ELECTRICAL', 'GAS',
    'SPECIAL_EQUIPMENT', 'HAZARDOUS_CHEMICALS', 'AMMONIA', 'CONFINED_SPACE', 'DUST', 'CONSTRUCTION',
    'OTHER'));
alter table hazards add check (source in ('SELF_CHECK', 'CONTROL_FAILURE', 'INSPECTION', 'GUIDANCE',
    'CLUE'));
create index hazards_newest on hazards (tenant_id, created_at desc, id);
create index hazards_of_premises on hazards (tenant_id, premises_id, category, closed_on);
create index hazards_of_enterprise on hazards (tenant_id, enterprise_id, id);
create index hazards_repeating on hazards (tenant_id, recurrence_of)
    where recurrence_of is not null;
create index hazards_falling_due on hazards (district_id, due_on)
    where state in ('ASSIGNED', 'RECTIFYING');
select app.protect('hazard_events');
alter table hazard_events add foreign key (tenant_id, hazard_id) references hazards (tenant_id, id);
alter table hazard_events add check (state in ('FOUND', 'GRADED', 'ASSIGNED', 'RECTIFYING',
    'SELF_CHECKED', 'VERIFIED', 'CLOSED', 'OVERDUE', 'SUPERVISED'));
alter table hazard_events add check (step in ('GRADE', 'ASSIGN', 'PLAN', 'SUBMIT', 'VERIFY',
    'REJECT', 'CLOSE', 'FALL_OVERDUE', 'SUPERVISE'));
create index hazard_events_hazard on hazard_events (tenant_id, hazard_id, id);
select app.protect('hazard_evidence');
alter table hazard_evidence add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
alter table hazard_evidence add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
alter table hazard_evidence add constraint hazard_evidence_once
    unique (tenant_id, hazard_id, evidence_id, purpose);
alter table hazard_evidence add check (purpose in ('FOUND', 'RECTIFIED', 'VERIFIED'));
-- What happened stays as it was written.
revoke update, delete on hazard_events, hazard_evidence from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('evidence', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Hazard',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('state', fields.CharField(default='FOUND', max_length=12)),
                ('grade', fields.CharField(null=True, max_length=8)),
                ('category', fields.CharField(max_length=24)),
                ('line', fields.CharField(max_length=40)),
                ('source', fields.CharField(max_length=16)),
                ('description', fields.TextField(unique=False)),
                ('found_on', fields.DateField()),
                ('criterion', fields.CharField(default='', max_length=40)),
                ('criterion_version', fields.CharField(default='', max_length=20)),
                ('grade_reason', fields.CharField(default='', max_length=400)),
                ('assigned_to', fields.CharField(default='', max_length=100)),
                ('due_on', fields.DateField(null=True)),
                ('plan_responsible', fields.CharField(default='', max_length=100)),
                ('plan_measures', fields.TextField(default='', unique=False)),
                ('plan_funds_fen', fields.BigIntField(null=True)),
                ('plan_finish_on', fields.DateField(null=True)),
                ('plan_contingency', fields.TextField(default='', unique=False)),
                ('result', fields.TextField(default='', unique=False)),
                ('verification', fields.TextField(default='', unique=False)),
                ('reported_to_authority_on', fields.DateField(null=True)),
                ('reported_to_congress_on', fields.DateField(null=True)),
                ('overdue_since', fields.DateField(null=True)),
                ('supervised_on', fields.DateField(null=True)),
                ('supervision_reference', fields.CharField(default='', max_length=120)),
                ('closed_on', fields.DateField(null=True)),
                ('recurrence_of', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'hazards', 'app': 'hazards', 'pk_attr': 'id', 'table_description': 'Hazard of one premises from its finding to its closure.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='HazardEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=16)),
                ('state', fields.CharField(max_length=12)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'hazard_events', 'app': 'hazards', 'pk_attr': 'id', 'table_description': 'Step that was taken with a hazard.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='HazardEvidence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('purpose', fields.CharField(max_length=12)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'hazard_evidence', 'app': 'hazards', 'pk_attr': 'id', 'table_description': 'Piece of evidence that shows something about a hazard.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(HAZARDS),
    ]

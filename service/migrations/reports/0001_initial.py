from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

REPORTS = """
select app.protect('reports');
alter table reports add foreign key (tenant_id, premises_id) references premises (tenant_id, id);
alter table reports add foreign key (tenant_id, demand_id)
    references inspection_demands (tenant_id, id);
alter table reports add foreign key (tenant_id, hazard_id) references hazards (tenant_id, id);
alter table reports add foreign key (tenant_id, duplicate_of) references reports (tenant_id, id);
alter table reports add check (channel in ('WEB', 'HOTLINE'));
alter table reports add check (category in ('MANAGEMENT', 'FIRE', 'ELECTRICAL', 'GAS',
    'SPECIAL_EQUIPMENT', 'HAZARDOUS_CHEMICALS', 'AMMONIA', 'CONFINED_SPACE', 'DUST', 'CONSTRUCTION',
    'OTHER'));
alter table reports add check (state in ('RECEIVED', 'REJECTED', 'ACCEPTED', 'TRANSFERRED',
    'VERIFIED', 'ANSWERED'));
alter table reports add check (finding in ('TRUE', 'PARTIAL', 'FALSE', 'DUPLICATE'));
alter table reports add check ((accepted_on is not null) = (state not in ('RECEIVED', 'REJECTED')));
alter table reports add check ((accepted_on is null) = (due_on is null) and due_on >= accepted_on);
alter table reports add check ((finding is not null) = (state in ('VERIFIED', 'ANSWERED')));
alter table reports add check ((answered_on is not null) = (state = 'ANSWERED'));
alter table reports add check ((coalesce(finding, '') = 'DUPLICATE') = (duplicate_of is not null));
alter table reports add check (duplicate_of <> id);
alter table reports add check (demand_id is null or premises_id is not null);
-- Only the first true report is rewarded, and only after it was answered.
alter table reports add check (reward_state in ('RECKONED', 'APPROVED', 'PAID', 'FORFEITED'));
alter table reports add check ((reward_state is null) = (reward_fen is null) and reward_fen >= 0);
alter table reports add check (reward_state is null
    or (state = 'ANSWERED' and finding in ('TRUE', 'PARTIAL')));
alter table reports add check ((claim_until is not null)
    = coalesce(reward_state in ('APPROVED', 'PAID', 'FORFEITED'), false));
create index reports_newest on reports (tenant_id, received_at desc, id);
create index reports_running on reports (district_id, due_on)
    where state in ('ACCEPTED', 'TRANSFERRED', 'VERIFIED');
create index reports_uncollected on reports (district_id, claim_until)
    where reward_state = 'APPROVED';
create index reports_of_premises on reports (tenant_id, premises_id) where premises_id is not null;
select app.protect('report_reporters');
alter table report_reporters add foreign key (tenant_id, report_id)
    references reports (tenant_id, id);
alter table report_reporters add constraint report_reporters_once unique (tenant_id, report_id);
revoke update on report_reporters from anshang_app;
-- Whoever holds the tracking code asks without any scope of a town.
select app.protect_shared('report_receipts');
alter table report_receipts add foreign key (tenant_id, report_id)
    references reports (tenant_id, id);
alter table report_receipts add constraint report_receipts_once unique (tenant_id, report_id);
create unique index report_receipts_code on report_receipts (tenant_id, token_sha256);
create index report_receipts_tracked on report_receipts (token_sha256);
select app.protect('report_events');
alter table report_events add foreign key (tenant_id, report_id) references reports (tenant_id, id);
alter table report_events add check (step in ('REJECT', 'ACCEPT', 'TRANSFER', 'EXTEND',
    'REQUEST_VISIT', 'VERIFY', 'ANSWER', 'RECKON', 'APPROVE', 'PAY', 'FORFEIT'));
create index report_events_report on report_events (tenant_id, report_id, at, id);
-- What happened stays as it was written.
revoke update, delete on report_events from anshang_app;
select app.protect('awareness_surveys');
alter table awareness_surveys add check (asked >= 1 and aware between 0 and asked);
create index awareness_surveys_latest on awareness_surveys (tenant_id, held_on desc, id);
revoke update, delete on awareness_surveys from anshang_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'),
                    ('hazards', '0001_initial'), ('joint', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='AwarenessSurvey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('held_on', fields.DateField()),
                ('asked', fields.IntField()),
                ('aware', fields.IntField()),
                ('method', fields.CharField(max_length=200)),
            ],
            options={'table': 'awareness_surveys', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'Survey of how many people know that they can report (知晓率).'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Report',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('channel', fields.CharField(max_length=8)),
                ('category', fields.CharField(max_length=24)),
                ('place', fields.CharField(max_length=200)),
                ('description', fields.TextField(unique=False)),
                ('insider', fields.BooleanField(default=False)),
                ('anonymous', fields.BooleanField(default=True)),
                ('state', fields.CharField(default='RECEIVED', max_length=12)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('accepted_on', fields.DateField(null=True)),
                ('due_on', fields.DateField(null=True)),
                ('extended', fields.BooleanField(default=False)),
                ('overdue_since', fields.DateField(null=True)),
                ('reason', fields.CharField(default='', max_length=400)),
                ('premises_id', fields.UUIDField(null=True)),
                ('demand_id', fields.UUIDField(null=True)),
                ('finding', fields.CharField(null=True, max_length=10)),
                ('hazard_id', fields.UUIDField(null=True)),
                ('duplicate_of', fields.UUIDField(null=True)),
                ('verification', fields.TextField(default='', unique=False)),
                ('answer', fields.TextField(default='', unique=False)),
                ('answered_on', fields.DateField(null=True)),
                ('reward_state', fields.CharField(null=True, max_length=10)),
                ('reward_fen', fields.BigIntField(null=True)),
                ('reward_rules', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('reward_by', fields.CharField(default='', max_length=120)),
                ('claim_until', fields.DateField(null=True)),
            ],
            options={'table': 'reports', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'Report of a hazard or violation in one town.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ReportEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('report_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=16)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'report_events', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'Step that was taken with a report.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ReportReceipt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('report_id', fields.UUIDField()),
                ('token_sha256', fields.CharField(max_length=64)),
                ('state', fields.CharField(default='RECEIVED', max_length=12)),
                ('received_on', fields.DateField()),
                ('due_on', fields.DateField(null=True)),
                ('answer', fields.TextField(default='', unique=False)),
                ('reward_state', fields.CharField(null=True, max_length=10)),
                ('reward_fen', fields.BigIntField(null=True)),
                ('claim_until', fields.DateField(null=True)),
            ],
            options={'table': 'report_receipts', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'What a reporter learns by the tracking code, and no more.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ReportReporter',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('report_id', fields.UUIDField()),
                ('sealed', fields.TextField(unique=False)),
            ],
            options={'table': 'report_reporters', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'Who reported, readable with a key that the database does not have.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(REPORTS),
    ]

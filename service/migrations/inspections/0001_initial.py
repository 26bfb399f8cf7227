from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
INSPECTIONS = """
select app.protect('inspections');
alter table inspections add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table inspections add foreign key (tenant_id, premises_id) references premises (tenant_id, id);
alter table inspections add check (state in ('PLANNED', 'TASK_APPROVED', 'CODED', 'ON_SITE', 'RECORD_SIGNED',
    'RECORD_REFUSED', 'NO_ISSUE', 'RECTIFY_ORDERED', 'DUE', 'REINSPECTED', 'CLOSED', 'FAILED',
    'CASE_FILED', 'VISIT_REFUSED', 'CANCELLED'));
alter table inspections add check (kind in ('ROUTINE', 'SPECIAL', 'CLUE', 'INSTANT'));
-- A body inspects once what one joint visit brings it.
alter table inspections add constraint inspections_of_visit
    unique (tenant_id, joint_visit_id, body_id);
-- Only a clue or an instant inspection goes before its head has approved.
alter table inspections add constraint inspections_urgent
    check (not urgent or (kind in ('CLUE', 'INSTANT') and urgent_reason <> ''));
alter table inspections add constraint inspections_approved
    check (urgent or approved_at is not null or state in ('PLANNED', 'VISIT_REFUSED', 'CANCELLED'));
alter table inspections add constraint inspections_four_eyes
    check (approved_by <> planned_by);
alter table inspections add constraint inspections_coded
    check (state in ('PLANNED', 'TASK_APPROVED', 'VISIT_REFUSED', 'CANCELLED')
        or code_issued_at is not null or no_code_reason <> '');
alter table inspections add constraint inspections_on_site
    check (on_site_day is not null or state in ('PLANNED', 'TASK_APPROVED', 'CODED',
        'VISIT_REFUSED', 'CANCELLED'));
-- A record has place, findings, handling, and a signature or the reason and witness of its refusal.
alter table inspections add constraint inspections_recorded
    check (state in ('PLANNED', 'TASK_APPROVED', 'CODED', 'VISIT_REFUSED', 'CANCELLED', 'ON_SITE')
        or (recorded_at is not null and place <> '' and findings <> '' and handling <> ''
            and ((signature = 'SIGNED' and signed_by <> '')
                or (signature = 'REFUSED' and refusal_reason <> '' and refusal_witness <> ''))));
alter table inspections add constraint inspections_rectify
    check (state not in ('RECTIFY_ORDERED', 'DUE', 'REINSPECTED', 'CLOSED', 'FAILED')
        or (rectify_until is not null and measures <> ''));
alter table inspections add constraint inspections_reinspected
    check (state not in ('REINSPECTED', 'CLOSED', 'FAILED') or reinspected_on is not null);
create index inspections_newest on inspections (tenant_id, created_at desc, id);
create index inspections_of_enterprise on inspections (tenant_id, enterprise_id, on_site_day);
create index inspections_falling_due on inspections (district_id, rectify_until)
    where state = 'RECTIFY_ORDERED';

select app.protect('inspection_officers');
alter table inspection_officers add foreign key (tenant_id, inspection_id)
    references inspections (tenant_id, id);
alter table inspection_officers add constraint inspection_officers_once
    unique (tenant_id, inspection_id, round, officer_id);
alter table inspection_officers add constraint inspection_officers_card
    check (card_valid_to >= day);
create index inspection_officers_officer on inspection_officers (tenant_id, officer_id, day);

-- Nobody is on site with fewer than two officers whose cards are valid that day, whatever a
-- program believes (行政处罚法 art. 42).  It runs with the rights of whoever writes.
create function app.check_inspection_team() returns trigger
language plpgsql set search_path = pg_catalog as $$
declare
    present integer;
    again boolean := new.state in ('REINSPECTED', 'CLOSED', 'FAILED');
begin
    if new.state in ('PLANNED', 'TASK_APPROVED', 'CODED', 'VISIT_REFUSED', 'CANCELLED') then
        return new;
    end if;
    select count(distinct officer_id) into present from public.inspection_officers
        where tenant_id = new.tenant_id and inspection_id = new.id and round = 0
            and day = new.on_site_day and card_valid_to >= day;
    if present >= 2 and again then
        select count(distinct officer_id) into present from public.inspection_officers
            where tenant_id = new.tenant_id and inspection_id = new.id and round = 1
                and day = new.reinspected_on and card_valid_to >= day;
    end if;
    if present < 2 then
        raise check_violation using constraint = 'inspections_team',
            message = 'an inspection needs two officers with valid cards';
    end if;
    return new;
end $$;
create trigger inspections_team before insert or update of state on inspections
    for each row execute function app.check_inspection_team();

select app.protect('inspection_checks');
alter table inspection_checks add foreign key (tenant_id, inspection_id)
    references inspections (tenant_id, id);
alter table inspection_checks add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
alter table inspection_checks add constraint inspection_checks_once
    unique (tenant_id, inspection_id, item);
alter table inspection_checks add check (result in ('NOT_CHECKED', 'COMPLIANT', 'NOT_COMPLIANT',
    'NOT_APPLICABLE'));

select app.protect('inspection_events');
alter table inspection_events add foreign key (tenant_id, inspection_id)
    references inspections (tenant_id, id);
alter table inspection_events add check (state in ('PLANNED', 'TASK_APPROVED', 'CODED', 'ON_SITE', 'RECORD_SIGNED',
    'RECORD_REFUSED', 'NO_ISSUE', 'RECTIFY_ORDERED', 'DUE', 'REINSPECTED', 'CLOSED', 'FAILED',
    'CASE_FILED', 'VISIT_REFUSED', 'CANCELLED'));
alter table inspection_events add check (step in ('APPROVE', 'ISSUE_CODE', 'GO_WITHOUT_CODE',
    'REFUSE_VISIT', 'CHECK_IN', 'SIGN_RECORD', 'NOTE_REFUSAL', 'FIND_NOTHING',
    'ORDER_RECTIFICATION', 'FALL_DUE', 'REINSPECT', 'CLOSE', 'FAIL', 'FILE_CASE', 'CANCEL'));
create index inspection_events_inspection on inspection_events (tenant_id, inspection_id, id);

select app.protect('low_yield_alarms');
alter table low_yield_alarms add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table low_yield_alarms add constraint low_yield_alarms_once
    unique (tenant_id, officer_id, enterprise_id, raised_on);
create index low_yield_alarms_open on low_yield_alarms (tenant_id, raised_on, id)
    where explained_on is null;
-- What happened stays as it was written.
revoke update, delete on inspection_officers, inspection_events from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('officers', '0001_initial'), ('hazards', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Inspection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('joint_visit_id', fields.UUIDField(null=True)),
                ('kind', fields.CharField(max_length=8)),
                ('state', fields.CharField(default='PLANNED', max_length=16)),
                ('items', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('basis', fields.CharField(max_length=400)),
                ('planned_on', fields.DateField()),
                ('planned_by', fields.CharField(max_length=120)),
                ('urgent', fields.BooleanField(default=False)),
                ('urgent_reason', fields.CharField(default='', max_length=400)),
                ('approved_by', fields.CharField(default='', max_length=120)),
                ('approved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('approved_afterwards', fields.BooleanField(default=False)),
                ('code_issued_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('no_code_reason', fields.CharField(default='', max_length=400)),
                ('no_code_filed_on', fields.DateField(null=True)),
                ('no_code_filing', fields.CharField(default='', max_length=120)),
                ('refused_reason', fields.CharField(default='', max_length=400)),
                ('on_site_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('on_site_day', fields.DateField(null=True)),
                ('latitude', fields.FloatField(null=True)),
                ('longitude', fields.FloatField(null=True)),
                ('distance_m', fields.IntField(null=True)),
                ('place', fields.CharField(default='', max_length=300)),
                ('device', fields.CharField(default='', max_length=120)),
                ('findings', fields.TextField(default='', unique=False)),
                ('handling', fields.TextField(default='', unique=False)),
                ('signature', fields.CharField(default='', max_length=8)),
                ('signed_by', fields.CharField(default='', max_length=60)),
                ('refusal_reason', fields.CharField(default='', max_length=400)),
                ('refusal_witness', fields.CharField(default='', max_length=60)),
                ('recorded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('measures', fields.TextField(default='', unique=False)),
                ('rectify_until', fields.DateField(null=True)),
                ('reinspected_on', fields.DateField(null=True)),
                ('reinspection', fields.TextField(default='', unique=False)),
                ('case_id', fields.UUIDField(null=True)),
                ('ended_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inspections', 'app': 'inspections', 'pk_attr': 'id', 'table_description': 'Inspection of one premises by one body, owned by the town of the premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='InspectionCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('inspection_id', fields.UUIDField()),
                ('item', fields.CharField(max_length=80)),
                ('result', fields.CharField(default='NOT_CHECKED', max_length=16)),
                ('note', fields.TextField(default='', unique=False)),
                ('hazard_id', fields.UUIDField(null=True)),
                ('captured_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inspection_checks', 'app': 'inspections', 'pk_attr': 'id', 'table_description': 'Result of one item of the checklist of one inspection.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='InspectionEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('inspection_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=24)),
                ('state', fields.CharField(max_length=16)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('captured_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'inspection_events', 'app': 'inspections', 'pk_attr': 'id', 'table_description': "Step that was taken with an inspection, by the device's clock and by ours."},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='InspectionOfficer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('inspection_id', fields.UUIDField()),
                ('round', fields.IntField(default=0)),
                ('officer_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('card_no', fields.CharField(max_length=40)),
                ('card_valid_to', fields.DateField()),
                ('day', fields.DateField()),
            ],
            options={'table': 'inspection_officers', 'app': 'inspections', 'pk_attr': 'id', 'table_description': 'Officer who was on site, with the enforcement card as it was that day.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='LowYieldAlarm',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('visits', fields.IntField()),
                ('raised_on', fields.DateField()),
                ('explanation', fields.TextField(default='', unique=False)),
                ('explained_by', fields.CharField(default='', max_length=120)),
                ('explained_on', fields.DateField(null=True)),
            ],
            options={'table': 'low_yield_alarms', 'app': 'inspections', 'pk_attr': 'id', 'table_description': 'Alarm that one officer has found nothing at one enterprise again and again.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(INSPECTIONS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

GUIDANCE = """
select app.protect('guidance_visits');
alter table guidance_visits add foreign key (tenant_id, person_id)
    references responsible_persons (tenant_id, id);
alter table guidance_visits add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table guidance_visits add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table guidance_visits add foreign key (tenant_id, inspection_id)
    references joint_visits (tenant_id, id);
alter table guidance_visits add check (kind in ('ADMIN_INSPECTION', 'GUIDANCE'));
-- An inspection is recorded elsewhere and referred to here; guidance refers to none.
alter table guidance_visits add check ((kind = 'ADMIN_INSPECTION') = (inspection_id is not null));
alter table guidance_visits add check (rating in ('VERY_SATISFIED', 'SATISFIED', 'FAIR',
    'DISSATISFIED', 'VERY_DISSATISFIED'));
alter table guidance_visits add check ((rating is null) = (rated_at is null));
alter table guidance_visits add check ((latitude is null) = (longitude is null));
alter table guidance_visits add check (happened_at <= received_at);
-- The same check-in sent twice is one visit.
alter table guidance_visits add constraint guidance_visits_once
    unique (tenant_id, person_id, premises_id, captured_at);
create index guidance_visits_newest on guidance_visits (tenant_id, happened_at desc, id);
create index guidance_visits_of_person on guidance_visits (tenant_id, person_id, day)
    where counts;
create index guidance_visits_of_unit on guidance_visits (tenant_id, premises_id, day);
create index guidance_visits_of_enterprise on guidance_visits (tenant_id, enterprise_id, id);
-- What happened stays as it was recorded; the enterprise rates it once.
revoke update, delete on guidance_visits from anshang_app;
grant update (rating, rating_note, rated_at) on guidance_visits to anshang_app;

select app.protect('guidance_findings');
alter table guidance_findings add foreign key (tenant_id, visit_id)
    references guidance_visits (tenant_id, id);
alter table guidance_findings add foreign key (tenant_id, hazard_id)
    references hazards (tenant_id, id);
alter table guidance_findings add constraint guidance_findings_once
    unique (tenant_id, visit_id, hazard_id);

select app.protect('guidance_evidence');
alter table guidance_evidence add foreign key (tenant_id, visit_id)
    references guidance_visits (tenant_id, id);
alter table guidance_evidence add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
alter table guidance_evidence add constraint guidance_evidence_once
    unique (tenant_id, visit_id, evidence_id);
revoke update, delete on guidance_findings, guidance_evidence from anshang_app;

select app.protect('key_events');
alter table key_events add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table key_events add check (kind in ('KEY_NODE', 'RESUMPTION', 'DANGER', 'ACCIDENT'));
alter table key_events add check (premises_id is not null or kind = 'KEY_NODE');
alter table key_events add check (window_from <= at and at <= window_to);
create index key_events_newest on key_events (tenant_id, at desc, id);
create index key_events_day on key_events (tenant_id, day) where cancelled_at is null;
revoke update, delete on key_events from anshang_app;
grant update (cancelled_at, cancel_reason, district_id) on key_events to anshang_app;

select app.protect('duty_warnings');
alter table duty_warnings add foreign key (tenant_id, person_id)
    references responsible_persons (tenant_id, id);
alter table duty_warnings add check (duty in ('SPECIAL', 'MONTH', 'HALF'));
alter table duty_warnings add constraint duty_warnings_once
    unique (tenant_id, person_id, duty, subject, step);
revoke update, delete on duty_warnings from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('evidence', '0001_initial'), ('joint', '0001_initial'), ('hazards', '0001_initial'), ('responsibility', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='DutyWarning',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
                ('duty', fields.CharField(max_length=8)),
                ('subject', fields.CharField(max_length=36)),
                ('step', fields.IntField()),
                ('due_on', fields.DateField()),
                ('units', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'duty_warnings', 'app': 'guidance', 'pk_attr': 'id', 'table_description': 'Warning to one head that was given, once for each step.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='GuidanceEvidence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'guidance_evidence', 'app': 'guidance', 'pk_attr': 'id', 'table_description': 'Piece of evidence attached to a visit.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='GuidanceFinding',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('visit_id', fields.UUIDField()),
                ('hazard_id', fields.UUIDField()),
            ],
            options={'table': 'guidance_findings', 'app': 'guidance', 'pk_attr': 'id', 'table_description': 'Hazard that a guidance visit found.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='GuidanceVisit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=20)),
                ('inspection_id', fields.UUIDField(null=True)),
                ('day', fields.DateField()),
                ('happened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('captured_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('latitude', fields.FloatField(null=True)),
                ('longitude', fields.FloatField(null=True)),
                ('distance_m', fields.IntField(null=True)),
                ('flags', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('counts', fields.BooleanField()),
                ('note', fields.TextField(default='', unique=False)),
                ('recorded_by', fields.CharField(max_length=120)),
                ('rating', fields.CharField(null=True, max_length=20)),
                ('rating_note', fields.CharField(default='', max_length=400)),
                ('rated_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guidance_visits', 'app': 'guidance', 'pk_attr': 'id', 'table_description': 'Visit of one head to one premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='KeyEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=12)),
                ('title', fields.CharField(max_length=200)),
                ('premises_id', fields.UUIDField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('day', fields.DateField()),
                ('window_from', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('window_to', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('cancelled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('cancel_reason', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'key_events', 'app': 'guidance', 'pk_attr': 'id', 'table_description': 'Event at which the heads must be on site, at one premises or anywhere in the town.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(GUIDANCE),
    ]

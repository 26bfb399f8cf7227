from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

CASES = """
select app.protect('penalty_cases');
alter table penalty_cases add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table penalty_cases add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table penalty_cases add foreign key (tenant_id, inspection_id)
    references inspections (tenant_id, id);
alter table penalty_cases add constraint penalty_cases_number unique (tenant_id, body_id, number);
alter table penalty_cases add check (state in ('FILED', 'INVESTIGATING', 'LEGAL_REVIEW', 'REVIEWED',
    'NOTICE_SERVED', 'DEFENCE', 'HEARING_ASKED', 'HEARING', 'HEARD', 'DECIDED', 'SERVED', 'PUBLISHED',
    'EXECUTED', 'CLOSED', 'NO_PENALTY', 'TRANSFERRED', 'SUSPENDED', 'WITHDRAWN'));
alter table penalty_cases add check (party_kind in ('PERSON', 'BODY'));
alter table penalty_cases add check (fine_fen >= 0 and noticed_fine_fen >= 0);
alter table penalty_cases add constraint penalty_cases_act
    check (act_from <= found_on and (act_to is null or act_to between act_from and found_on));
-- No decision without the review of another person and a served notice, no fine above the notice.
alter table penalty_cases add constraint penalty_cases_reviewed
    check (simple or state in ('FILED', 'INVESTIGATING', 'LEGAL_REVIEW', 'TRANSFERRED', 'SUSPENDED',
            'NO_PENALTY', 'CLOSED')
        or (reviewed_on is not null and reviewed_by <> '' and reviewed_by <> reported_by));
alter table penalty_cases add constraint penalty_cases_noticed
    check (simple or decision_number = ''
        or (notice_served_on is not null and fine_fen <= noticed_fine_fen));
alter table penalty_cases add constraint penalty_cases_collective
    check (not grave or decision_number = '' or discussed_on is not null);
alter table penalty_cases add constraint penalty_cases_answered
    check (defence = '' or decision_number = '' or defence_answer <> '');
alter table penalty_cases add constraint penalty_cases_decided
    check (state not in ('DECIDED', 'SERVED', 'PUBLISHED', 'EXECUTED', 'WITHDRAWN')
        or (decided_on is not null and decision_number <> ''));
alter table penalty_cases add constraint penalty_cases_served
    check (state not in ('SERVED', 'PUBLISHED', 'EXECUTED')
        or (served_on is not null and delivery <> ''));
alter table penalty_cases add constraint penalty_cases_consent
    check ((delivery <> 'ELECTRONIC' and notice_delivery <> 'ELECTRONIC')
        or consented_on is not null);
alter table penalty_cases add constraint penalty_cases_suspended
    check ((state = 'SUSPENDED') <= (suspended_from <> ''));
create index penalty_cases_newest on penalty_cases (tenant_id, created_at desc, id);
create index penalty_cases_of_enterprise on penalty_cases (tenant_id, enterprise_id, id);

select app.protect('case_officers');
alter table case_officers add foreign key (tenant_id, case_id)
    references penalty_cases (tenant_id, id);
alter table case_officers add constraint case_officers_once
    unique (tenant_id, case_id, officer_id);
alter table case_officers add constraint case_officers_card check (card_valid_to >= assigned_on);

-- A case goes nowhere with fewer than two officers whose cards were valid (行政处罚法 art. 42).
create function app.check_case_team() returns trigger
language plpgsql set search_path = pg_catalog as $$
declare
    assigned integer;
begin
    if new.state in ('FILED', 'TRANSFERRED') then
        return new;
    end if;
    select count(distinct officer_id) into assigned from public.case_officers
        where tenant_id = new.tenant_id and case_id = new.id;
    if assigned < 2 then
        raise check_violation using constraint = 'penalty_cases_team',
            message = 'a case needs two officers with valid cards';
    end if;
    return new;
end $$;
create trigger penalty_cases_team before insert or update of state on penalty_cases
    for each row execute function app.check_case_team();

select app.protect('case_events');
alter table case_events add foreign key (tenant_id, case_id)
    references penalty_cases (tenant_id, id);
alter table case_events add check (state in ('FILED', 'INVESTIGATING', 'LEGAL_REVIEW', 'REVIEWED',
    'NOTICE_SERVED', 'DEFENCE', 'HEARING_ASKED', 'HEARING', 'HEARD', 'DECIDED', 'SERVED', 'PUBLISHED',
    'EXECUTED', 'CLOSED', 'NO_PENALTY', 'TRANSFERRED', 'SUSPENDED', 'WITHDRAWN'));
create index case_events_case on case_events (tenant_id, case_id, id);
select app.protect('registered_evidence');
alter table registered_evidence add foreign key (tenant_id, case_id)
    references penalty_cases (tenant_id, id);
alter table registered_evidence add check ((handled_on is null) = (handling = ''));
create index registered_evidence_case on registered_evidence (tenant_id, case_id, id);
select app.protect('fine_entries');
alter table fine_entries add foreign key (tenant_id, case_id)
    references penalty_cases (tenant_id, id);
alter table fine_entries add check (kind in ('DUE', 'PAID'));
alter table fine_entries add check (amount_fen > 0);
create index fine_entries_case on fine_entries (tenant_id, case_id, "on");

select app.protect('case_transfers');
alter table case_transfers add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table case_transfers add constraint case_transfers_received unique (tenant_id, origin_id);
alter table case_transfers add check (direction in ('OUT', 'IN'));
alter table case_transfers add check (reason in ('NO_POWER', 'FILED_ELSEWHERE', 'NOT_IN_CHARGE'));
alter table case_transfers add check (state in ('OWED', 'SENT', 'ACCEPTED', 'RETURNED', 'DISPUTED',
    'DESIGNATED'));
alter table case_transfers add constraint case_transfers_designated
    check (state <> 'DESIGNATED' or (designated_by <> '' and designation <> ''
        and designated_on is not null and designated_self is not null));
create index case_transfers_newest on case_transfers (tenant_id, opened_on desc, id);

-- Which act is taken up and fined, over all tenants.  Two places are one when their squares of
-- about 300 m overlap; a constraint, not a program, holds arts. 25 and 29.
create function app.act_place(latitude double precision, longitude double precision) returns box
language sql immutable parallel safe
    return box(point(longitude - 0.0016, latitude - 0.0014),
        point(longitude + 0.0016, latitude + 0.0014));
select app.protect_platform('act_claims');
alter table act_claims add constraint act_claims_first_to_file
    exclude using gist (fingerprint with =, daterange(act_from, act_to, '[]') with &&,
        app.act_place(latitude, longitude) with &&) where (taken_up);
alter table act_claims add constraint act_claims_one_fine
    exclude using gist (fingerprint with =, daterange(act_from, act_to, '[]') with &&,
        app.act_place(latitude, longitude) with &&) where (fined);
alter table act_claims add check (act_to is null or act_to >= act_from);
-- What happened stays as it was written.
revoke update, delete on case_officers, case_events from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('inspections', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='ActClaim',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('act_from', fields.DateField()),
                ('act_to', fields.DateField(null=True)),
                ('latitude', fields.FloatField()),
                ('longitude', fields.FloatField()),
                ('tenant_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('body', fields.CharField(max_length=100)),
                ('filed_on', fields.DateField()),
                ('taken_up', fields.BooleanField(default=True)),
                ('fined', fields.BooleanField(default=False)),
            ],
            options={'table': 'act_claims', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Act that a body of some tenant has taken up, under a keyed hash of offender and item.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CaseEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=16)),
                ('state', fields.CharField(max_length=16)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'case_events', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Step that was taken in a case.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='CaseOfficer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('card_no', fields.CharField(max_length=40)),
                ('card_valid_to', fields.DateField()),
                ('assigned_on', fields.DateField()),
            ],
            options={'table': 'case_officers', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Officer who investigates a case, with the enforcement card of that day.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='CaseTransfer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('direction', fields.CharField(max_length=3)),
                ('reason', fields.CharField(max_length=16)),
                ('state', fields.CharField(default='OWED', max_length=12)),
                ('article', fields.CharField(max_length=120)),
                ('body_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('inspection_id', fields.UUIDField(null=True)),
                ('case_id', fields.UUIDField(null=True)),
                ('origin_id', fields.UUIDField(null=True)),
                ('offender', fields.CharField(max_length=200)),
                ('item', fields.CharField(max_length=80)),
                ('act', fields.TextField(unique=False)),
                ('found_on', fields.DateField()),
                ('other_tenant_id', fields.UUIDField(null=True)),
                ('other_body_id', fields.UUIDField(null=True)),
                ('other_body', fields.CharField(default='', max_length=100)),
                ('other_filed_on', fields.DateField(null=True)),
                ('opened_on', fields.DateField()),
                ('sent_on', fields.DateField(null=True)),
                ('answered_on', fields.DateField(null=True)),
                ('answer', fields.CharField(default='', max_length=400)),
                ('dispute', fields.CharField(default='', max_length=400)),
                ('designated_by', fields.CharField(default='', max_length=100)),
                ('designation', fields.CharField(default='', max_length=120)),
                ('designated_on', fields.DateField(null=True)),
                ('designated_self', fields.BooleanField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'case_transfers', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Duty to hand an act to the body in charge, with the record of its handing over.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='FineEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=4)),
                ('on', fields.DateField()),
                ('amount_fen', fields.BigIntField()),
                ('reference', fields.CharField(default='', max_length=120)),
            ],
            options={'table': 'fine_entries', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Amount of a fine that is due on a day, or was paid on it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PenaltyCase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField(null=True)),
                ('inspection_id', fields.UUIDField(null=True)),
                ('body_id', fields.UUIDField()),
                ('claim_id', fields.UUIDField()),
                ('number', fields.CharField(max_length=80)),
                ('state', fields.CharField(default='FILED', max_length=16)),
                ('suspended_from', fields.CharField(default='', max_length=16)),
                ('suspended_on', fields.DateField(null=True)),
                ('simple', fields.BooleanField(default=False)),
                ('item', fields.CharField(max_length=80)),
                ('act', fields.TextField(unique=False)),
                ('basis', fields.CharField(max_length=300)),
                ('act_from', fields.DateField()),
                ('act_to', fields.DateField(null=True)),
                ('found_on', fields.DateField()),
                ('party_kind', fields.CharField(max_length=8)),
                ('filed_on', fields.DateField()),
                ('filed_by', fields.CharField(max_length=120)),
                ('report', fields.TextField(default='', unique=False)),
                ('reported_by', fields.CharField(default='', max_length=120)),
                ('grave', fields.BooleanField(default=False)),
                ('reviewed_on', fields.DateField(null=True)),
                ('reviewed_by', fields.CharField(default='', max_length=120)),
                ('review', fields.TextField(default='', unique=False)),
                ('noticed_kinds', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('noticed_fine_fen', fields.BigIntField(default=0)),
                ('notice_served_on', fields.DateField(null=True)),
                ('notice_delivery', fields.CharField(default='', max_length=16)),
                ('consented_on', fields.DateField(null=True)),
                ('hearing_due', fields.BooleanField(default=False)),
                ('defended_on', fields.DateField(null=True)),
                ('defence', fields.TextField(default='', unique=False)),
                ('defence_answer', fields.TextField(default='', unique=False)),
                ('hearing_asked_on', fields.DateField(null=True)),
                ('hearing_on', fields.DateField(null=True)),
                ('hearing_record', fields.TextField(default='', unique=False)),
                ('discussed_on', fields.DateField(null=True)),
                ('discussion', fields.TextField(default='', unique=False)),
                ('decision_number', fields.CharField(default='', max_length=80)),
                ('decided_on', fields.DateField(null=True)),
                ('decided_by', fields.CharField(default='', max_length=120)),
                ('kinds', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('fine_fen', fields.BigIntField(default=0)),
                ('served_on', fields.DateField(null=True)),
                ('delivery', fields.CharField(default='', max_length=16)),
                ('published_on', fields.DateField(null=True)),
                ('suit_from', fields.DateField(null=True)),
                ('suit_to', fields.DateField(null=True)),
                ('stayed_from', fields.DateField(null=True)),
                ('stayed_to', fields.DateField(null=True)),
                ('executed_on', fields.DateField(null=True)),
                ('execution', fields.TextField(default='', unique=False)),
                ('annulled_on', fields.DateField(null=True)),
                ('withdrawn_on', fields.DateField(null=True)),
                ('reason', fields.TextField(default='', unique=False)),
                ('closing_report', fields.TextField(default='', unique=False)),
                ('closed_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'penalty_cases', 'app': 'cases', 'pk_attr': 'id', 'table_description': "Penalty case of one body against one enterprise, owned by the enterprise's town."},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RegisteredEvidence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('thing', fields.CharField(max_length=400)),
                ('registered_on', fields.DateField()),
                ('handling', fields.CharField(default='', max_length=400)),
                ('handled_on', fields.DateField(null=True)),
            ],
            options={'table': 'registered_evidence', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Thing that was registered in advance so that it is not lost (先行登记保存).'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(CASES),
    ]

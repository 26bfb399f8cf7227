from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

CASES = """
select app.protect('blacklist_cases');
alter table blacklist_cases add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table blacklist_cases add constraint blacklist_cases_entry unique (tenant_id, entry_id);
-- A penalty that was not listed in the end may be proposed again.
create unique index blacklist_cases_once
    on blacklist_cases (tenant_id, penalty_body_id, penalty_number, publication)
    where state not in ('REJECTED', 'DROPPED', 'WITHDRAWN');
alter table blacklist_cases add check (publication in
    ('PENALTY_PUBLICITY', 'SERIOUS_DISHONESTY', 'MEDIA_EXPOSURE'));
alter table blacklist_cases add check (state in ('PROPOSED', 'CLASSIFIED', 'NOTICE_SERVED',
    'DEFENCE_OPEN', 'HEARD', 'DECIDED', 'SERVED', 'PUBLISHED', 'CORRECTED', 'SUSPENDED',
    'REPAIR_REQUESTED', 'REPAIR_ACCEPTED', 'REPAIRED', 'WITHDRAWN', 'EXPIRED', 'REJECTED',
    'DROPPED'));
create index blacklist_cases_newest on blacklist_cases (tenant_id, created_at desc, id);
create index blacklist_cases_ending on blacklist_cases (district_id, published_until)
    where state in ('PUBLISHED', 'CORRECTED', 'SUSPENDED', 'REPAIR_REQUESTED', 'REPAIR_ACCEPTED');
select app.protect('blacklist_events');
alter table blacklist_events add foreign key (tenant_id, case_id)
    references blacklist_cases (tenant_id, id);
create index blacklist_events_case on blacklist_events (tenant_id, case_id, id);
-- What happened stays as it was written.
revoke update, delete on blacklist_events from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='BlacklistCase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('entry_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('penalty_body_id', fields.UUIDField()),
                ('publication', fields.CharField(max_length=20)),
                ('classified', fields.BooleanField(default=False)),
                ('state', fields.CharField(max_length=20)),
                ('party_kind', fields.CharField(max_length=20)),
                ('party', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('persons', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('cause', fields.TextField(unique=False)),
                ('basis', fields.CharField(max_length=300)),
                ('penalty', fields.CharField(default='', max_length=300)),
                ('penalty_number', fields.CharField(max_length=80)),
                ('penalty_decided_on', fields.DateField()),
                ('measures', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('delivery_consent', fields.BooleanField(default=False)),
                ('notice_served_on', fields.DateField(null=True)),
                ('defence_until', fields.DateField(null=True)),
                ('defence_waived', fields.BooleanField(default=False)),
                ('hearing_asked', fields.BooleanField(default=False)),
                ('heard_on', fields.DateField(null=True)),
                ('defence_answer', fields.TextField(default='', unique=False)),
                ('decision_number', fields.CharField(default='', max_length=80)),
                ('decided_on', fields.DateField(null=True)),
                ('served_on', fields.DateField(null=True)),
                ('first_published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('published_on', fields.DateField(null=True)),
                ('published_until', fields.DateField(null=True)),
                ('repair_requested_on', fields.DateField(null=True)),
                ('repair_accepted_on', fields.DateField(null=True)),
                ('ended_on', fields.DateField(null=True)),
                ('reason', fields.TextField(default='', unique=False)),
                ('leaf_index', fields.BigIntField(null=True)),
                ('logged_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blacklist_cases', 'app': 'blacklist', 'pk_attr': 'id', 'table_description': 'Case of one party from the proposal to the end of its publication.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='BlacklistEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=20)),
                ('state', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
                ('body_id', fields.UUIDField(null=True)),
                ('detail', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'blacklist_events', 'app': 'blacklist', 'pk_attr': 'id', 'table_description': 'Step that was taken in a case.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(CASES),
    ]

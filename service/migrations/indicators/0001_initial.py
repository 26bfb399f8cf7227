from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

# Each formula is a view, so that the database itself knows which columns it reads.  The period
# comes from two settings of the transaction.
FORMULAS = {
    "hazard_closure": """
        select tenant_id, count(*) filter (where state = 'CLOSED') as numerator,
            count(*) as denominator
        from hazards where found_on between app.since() and app.until() group by tenant_id""",
    "hazard_on_time": """
        select tenant_id, count(*) filter (where closed_on <= due_on) as numerator,
            count(*) as denominator
        from hazards where due_on between app.since() and app.until() group by tenant_id""",
    "hazard_recurrence": """
        select h.tenant_id, count(*) filter (where exists (select from hazards again
                where again.tenant_id = h.tenant_id and again.recurrence_of = h.id)) as numerator,
            count(*) as denominator
        from hazards h where h.closed_on between app.since() and app.until()
        group by h.tenant_id""",
    "major_five_conditions": """
        select tenant_id, count(*) filter (where plan_responsible <> '' and plan_measures <> ''
                and plan_funds_fen is not null and plan_finish_on is not null
                and plan_contingency <> '') as numerator,
            count(*) as denominator
        from hazards where grade = 'MAJOR' and found_on <= app.until()
            and (closed_on is null or closed_on > app.until())
        group by tenant_id""",
    "risk_coverage": """
        select p.tenant_id, count(*) filter (where exists (select from risk_points r
                where r.tenant_id = p.tenant_id and r.premises_id = p.id
                    and r.graded_on <= app.until() and r.review_due_on >= app.until()))
                as numerator,
            count(*) as denominator
        from premises p where p.status = 'OPERATING' group by p.tenant_id""",
    "risk_controlled": """
        select r.tenant_id, count(*) filter (where r.state = 'CONTROLLED') as numerator,
            count(*) as denominator
        from risk_points r where r.graded_on <= app.until() group by r.tenant_id""",
    "joint_visits": """
        select tenant_id, count(*) as numerator, null::bigint as denominator
        from joint_visits where state = 'DONE' and day between app.since() and app.until()
        group by tenant_id""",
}

VIEWS = """
create schema indicator;
grant usage on schema indicator to anshang_app;
create function app.since() returns date language sql stable
    return nullif(current_setting('app.since', true), '')::date;
create function app.until() returns date language sql stable
    return nullif(current_setting('app.until', true), '')::date;
""" + "".join(
    f"create view indicator.{code} with (security_invoker = true) as {query};"
    f"grant select on indicator.{code} to anshang_app;"
    for code, query in FORMULAS.items()
)

TABLES = """
select app.protect_directory('indicator_choices');
alter table indicator_choices add constraint indicator_choices_once unique (tenant_id, code, year);
alter table indicator_choices add check (weight between 1 and 100);
alter table indicator_choices add check (target is not null or not scored);
select app.protect('indicator_snapshots');
alter table indicator_snapshots add check (purpose in ('MONTHLY', 'SCORE'));
alter table indicator_snapshots add check (state in ('ASKED', 'TAKEN'));
alter table indicator_snapshots add check (since <= until);
alter table indicator_snapshots add check ((state = 'TAKEN') = (taken_at is not null));
create unique index indicator_snapshots_month on indicator_snapshots (tenant_id, since)
    where purpose = 'MONTHLY';
select app.protect('indicator_values');
alter table indicator_values add constraint indicator_values_once
    unique (tenant_id, snapshot_id, code);
alter table indicator_values add check (numerator >= 0 and denominator >= 0);
create index indicator_values_trend on indicator_values (tenant_id, code, since)
    where purpose = 'MONTHLY';
select app.protect('score_sheets');
alter table score_sheets add constraint score_sheets_once
    unique (tenant_id, snapshot_id, version);
alter table score_sheets add check (score between 0 and 100);
alter table score_sheets add check (version >= 1);
select app.protect('score_appeals');
alter table score_appeals add foreign key (tenant_id, sheet_id)
    references score_sheets (tenant_id, id);
alter table score_appeals add constraint score_appeals_once unique (tenant_id, sheet_id);
alter table score_appeals add check (state in ('OPEN', 'UPHELD', 'REJECTED'));
alter table score_appeals add check ((state = 'OPEN') = (answered_at is null));
-- What was measured and scored stays as it was written.
revoke update, delete on indicator_values, score_sheets from anshang_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('hazards', '0001_initial'),
                    ('risks', '0001_initial'), ('joint', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='IndicatorChoice',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=40)),
                ('year', fields.IntField()),
                ('scored', fields.BooleanField()),
                ('weight', fields.IntField()),
                ('target', fields.IntField(null=True)),
                ('reason', fields.CharField(default='', max_length=400)),
                ('decided_by', fields.CharField(max_length=120)),
                ('decided_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'indicator_choices', 'app': 'indicators', 'pk_attr': 'id', 'table_description': 'Decision of a committee how one indicator counts in one year.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='IndicatorSnapshot',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('purpose', fields.CharField(max_length=8)),
                ('since', fields.DateField()),
                ('until', fields.DateField()),
                ('state', fields.CharField(default='ASKED', max_length=8)),
                ('digest', fields.CharField(default='', max_length=64)),
                ('asked_by', fields.CharField(max_length=120)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('taken_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'indicator_snapshots', 'app': 'indicators', 'pk_attr': 'id', 'table_description': 'Measurement of all indicators of a district over one period, never changed once taken.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='IndicatorValue',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('snapshot_id', fields.UUIDField()),
                ('purpose', fields.CharField(max_length=8)),
                ('code', fields.CharField(max_length=40)),
                ('since', fields.DateField()),
                ('until', fields.DateField()),
                ('numerator', fields.BigIntField()),
                ('denominator', fields.BigIntField(null=True)),
                ('query_sha256', fields.CharField(max_length=64)),
                ('taken_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'indicator_values', 'app': 'indicators', 'pk_attr': 'id', 'table_description': 'Value of one indicator of one town in a snapshot, owned by the town.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ScoreAppeal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('sheet_id', fields.UUIDField()),
                ('text', fields.TextField(unique=False)),
                ('state', fields.CharField(default='OPEN', max_length=8)),
                ('answer', fields.TextField(default='', unique=False)),
                ('raised_by', fields.CharField(max_length=120)),
                ('raised_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('answered_by', fields.CharField(default='', max_length=120)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'score_appeals', 'app': 'indicators', 'pk_attr': 'id', 'table_description': "Objection of a town to its score sheet, with the committee's answer."},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ScoreSheet',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('snapshot_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('since', fields.DateField()),
                ('until', fields.DateField()),
                ('score', fields.DecimalField(null=True, max_digits=7, decimal_places=4)),
                ('lines', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('appeal_until', fields.DateField(null=True)),
            ],
            options={'table': 'score_sheets', 'app': 'indicators', 'pk_attr': 'id', 'table_description': 'Score of one town from one snapshot, owned by the town; a correction is a new version.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(TABLES),
        ops.RunSQL(VIEWS),
    ]

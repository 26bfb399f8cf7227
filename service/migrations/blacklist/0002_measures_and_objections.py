from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

from service.filled_columns import AddFilledField

TABLES = """
select app.protect('blacklist_measures');
alter table blacklist_measures add foreign key (tenant_id, case_id)
    references blacklist_cases (tenant_id, id);
alter table blacklist_measures add constraint blacklist_measures_once
    unique (tenant_id, case_id, round, number);
alter table blacklist_measures add check (lifted_on is null or lift_ordered_on is not null);
alter table blacklist_measures add check (lifted_on >= lift_ordered_on);
alter table blacklist_measures add check (executed_on >= from_day);
alter table blacklist_measures add check ((lift_ordered_on is null) = (lift_step = ''));
create index blacklist_measures_newest on blacklist_measures (tenant_id, created_at desc, id);
create index blacklist_measures_body on blacklist_measures
    (tenant_id, executing_body_id, created_at desc, id);
create index blacklist_measures_lifting on blacklist_measures (tenant_id, lift_due_on)
    where lift_ordered_on is not null and lifted_on is null;
revoke delete on blacklist_measures from anshang_app;

select app.protect('blacklist_objections');
alter table blacklist_objections add foreign key (tenant_id, case_id)
    references blacklist_cases (tenant_id, id);
alter table blacklist_objections add check (outcome in ('', 'CORRECTED', 'WITHDRAWN', 'REFUSED'));
alter table blacklist_objections add check
    ((outcome = '') = (answered_on is null) and (outcome = '') = (answer = ''));
create unique index blacklist_objections_open on blacklist_objections (tenant_id, case_id)
    where outcome = '';
create index blacklist_objections_newest on blacklist_objections (tenant_id, created_at desc, id);
revoke delete on blacklist_objections from anshang_app;

alter table blacklist_cases add check (severity in ('MINOR', 'GENERAL', 'SERIOUS'));
alter table blacklist_cases add check ((suspended_by = '') = (suspension_document = ''));
"""

# The owner's own eyes are bound by row security too.
MOVE = """
alter table blacklist_cases no force row level security;
alter table blacklist_measures no force row level security;
insert into blacklist_measures (id, tenant_id, district_id, case_id, enterprise_id,
        executing_body_id, round, number, measure, from_day, execution, lift_step,
        lift_ordered_on, lifted_on, lifting, created_at)
    select gen_random_uuid(), c.tenant_id, c.district_id, c.id, c.enterprise_id,
        (m.one ->> 'body')::uuid, 0, m.place - 1, left(m.one ->> 'measure', 300),
        (m.one ->> 'from')::date, '', case when m.one ->> 'lifted_on' is null then ''
        when c.state = 'REPAIRED' then 'REPAIR' when c.state = 'EXPIRED' then 'EXPIRE'
        else 'WITHDRAW' end, (m.one ->> 'lifted_on')::date, (m.one ->> 'lifted_on')::date, '',
        c.updated_at
    from blacklist_cases c
        cross join lateral jsonb_array_elements(c.measures) with ordinality as m (one, place);
alter table blacklist_cases force row level security;
alter table blacklist_measures force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [('blacklist', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BlacklistMeasure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('executing_body_id', fields.UUIDField()),
                ('round', fields.IntField(default=0)),
                ('number', fields.IntField()),
                ('measure', fields.CharField(max_length=300)),
                ('from_day', fields.DateField()),
                ('executed_on', fields.DateField(null=True)),
                ('execution', fields.CharField(default='', max_length=400)),
                ('lift_step', fields.CharField(default='', max_length=20)),
                ('lift_ordered_on', fields.DateField(null=True)),
                ('lift_due_on', fields.DateField(null=True)),
                ('lift_overdue_since', fields.DateField(null=True)),
                ('lifted_on', fields.DateField(null=True)),
                ('lifting', fields.CharField(default='', max_length=400)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blacklist_measures', 'app': 'blacklist', 'pk_attr': 'id', 'table_description': 'Joint measure that a body executes until its lifting is confirmed.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='BlacklistObjection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('case_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('penalty_body_id', fields.UUIDField()),
                ('claim', fields.TextField(unique=False)),
                ('lodged_on', fields.DateField()),
                ('due_on', fields.DateField(null=True)),
                ('overdue_since', fields.DateField(null=True)),
                ('outcome', fields.CharField(default='', max_length=12)),
                ('answer', fields.TextField(default='', unique=False)),
                ('answered_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blacklist_objections', 'app': 'blacklist', 'pk_attr': 'id', 'table_description': 'Objection of a party to what is public about it, with the answer.'},
            bases=['TenantOwned'],
        ),
        ops.AddField(
            model_name='BlacklistCase',
            name='publish_overdue_since',
            field=fields.DateField(null=True),
        ),
        AddFilledField(
            model_name='BlacklistCase',
            name='severity',
            field=fields.CharField(default='GENERAL', max_length=8),
        ),
        AddFilledField(
            model_name='BlacklistCase',
            name='suspended_by',
            field=fields.CharField(default='', max_length=120),
        ),
        AddFilledField(
            model_name='BlacklistCase',
            name='suspension_document',
            field=fields.CharField(default='', max_length=120),
        ),
        ops.RunSQL(TABLES),
        ops.RunSQL(MOVE),
        ops.RemoveField(model_name='BlacklistCase', name='measures'),
    ]

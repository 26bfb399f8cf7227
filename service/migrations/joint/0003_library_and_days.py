from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

INPUTS = """
-- Every town reads what may be inspected, and the district's quiet days.
select app.protect_directory('inspection_items');
alter table inspection_items add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
create unique index inspection_items_in_force on inspection_items (tenant_id, body_id, code)
    where withdrawn_on is null;
alter table inspection_items add check (withdrawn_on is null or withdrawn_on > published_on);
alter table inspection_items add check (minutes between 5 and 480);
alter table inspection_items add check (interval_days between 0 and 366);

select app.protect('officer_absences');
alter table officer_absences add foreign key (tenant_id, officer_id)
    references officers (tenant_id, id);
alter table officer_absences add check (kind in ('LEAVE', 'DUTY', 'TRAINING'));
alter table officer_absences add check (first_day <= last_day);
create index officer_absences_officer on officer_absences (tenant_id, officer_id, last_day);

select app.protect('premises_closures');
alter table premises_closures add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table premises_closures add check (first_day <= last_day);
create index premises_closures_premises on premises_closures (tenant_id, premises_id, last_day);

select app.protect_directory('quiet_days');
alter table quiet_days add check (first_day <= last_day);

select app.protect('budget_entries');
alter table budget_entries add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table budget_entries add foreign key (tenant_id, visit_id)
    references joint_visits (tenant_id, id);
alter table budget_entries add constraint budget_entries_kind check (
    (kind = 'RESERVED' and reserved_change = 1 and used_change = 0)
    or (kind = 'USED' and reserved_change = -1 and used_change = 1)
    or (kind = 'RELEASED' and reserved_change = -1 and used_change = 0)
    or (kind = 'EXEMPT' and reserved_change = 0 and used_change = 0 and reason <> ''));
create index budget_entries_statement on budget_entries (tenant_id, enterprise_id, year, id);
revoke update, delete on budget_entries from anshang_app;
"""

class Migration(migrations.Migration):
    dependencies = [('joint', '0002_disputes_and_codes')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BudgetEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body', fields.CharField(max_length=36)),
                ('year', fields.IntField()),
                ('visit_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=10)),
                ('reserved_change', fields.IntField(default=0)),
                ('used_change', fields.IntField(default=0)),
                ('reason', fields.CharField(default='', max_length=20)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'budget_entries', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Entry of the ledger of yearly caps, with one kind for visits that no cap counts.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='InspectionItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=80)),
                ('title', fields.CharField(max_length=200)),
                ('basis', fields.CharField(max_length=300)),
                ('skill', fields.CharField(max_length=40)),
                ('minutes', fields.IntField()),
                ('interval_days', fields.IntField()),
                ('published_on', fields.DateField()),
                ('withdrawn_on', fields.DateField(null=True)),
            ],
            options={'table': 'inspection_items', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Item that a body has published and may inspect, owned by the tenant of the body.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='OfficerAbsence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=10)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'officer_absences', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Days on which an officer does not inspect, owned by the tenant of the officer.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PremisesClosure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('reason', fields.CharField(max_length=200)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'premises_closures', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Days on which premises are shut.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='QuietDays',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('reason', fields.CharField(max_length=200)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'quiet_days', 'app': 'joint', 'pk_attr': 'id', 'table_description': 'Days on which nobody inspects in a town or, if the office says so, in the district.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(INPUTS),
    ]

from chinese_calendar import constants
from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

def seed() -> str:
    """The schedules that the calendar package knows when the database is made."""
    rows = [(day, "false", name) for day, name in constants.holidays.items()]
    rows += [(day, "true", name) for day, name in constants.workdays.items()]
    years = sorted({day.year for day, _, _ in rows})
    values = ",".join(
        "(gen_random_uuid(),'%s',%s,'%s')" % (day, working, name.replace("'", "''"))
        for day, working, name in rows
    )
    listed = ",".join(
        f"(gen_random_uuid(),{year},'chinesecalendar',now())" for year in years
    )
    return f"""
    alter table workday_years no force row level security;
    alter table workday_exceptions no force row level security;
    insert into workday_years (id, year, source, entered_at) values {listed};
    insert into workday_exceptions (id, day, working, name) values {values};
    alter table workday_years force row level security;
    alter table workday_exceptions force row level security;
    """


CALENDAR = """
-- National data of no tenant: the platform writes it, and whoever has any scope reads it.
select app.protect_platform('workday_years');
create policy anyone_reads on workday_years for select
    using (cardinality((select app.districts())) > 0);
select app.protect_platform('workday_exceptions');
create policy anyone_reads on workday_exceptions for select
    using (cardinality((select app.districts())) > 0);
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='WorkdayException',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('day', fields.DateField(unique=True)),
                ('working', fields.BooleanField()),
                ('name', fields.CharField(max_length=60)),
            ],
            options={'table': 'workday_exceptions', 'app': 'workdays', 'pk_attr': 'id', 'table_description': 'Day on which a published year differs from Monday to Friday.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WorkdayYear',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('year', fields.IntField(unique=True)),
                ('source', fields.CharField(max_length=200)),
                ('entered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'workday_years', 'app': 'workdays', 'pk_attr': 'id', 'table_description': 'Year whose holiday schedule has been published and entered.'},
            bases=['Model'],
        ),
        ops.RunSQL(CALENDAR),
        ops.RunSQL(seed()),
    ]

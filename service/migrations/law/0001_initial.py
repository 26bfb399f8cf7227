from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

RULES = """
-- Law of no tenant: the platform writes it, and whoever has any scope reads it.
select app.protect_platform('law_rules');
create policy anyone_reads on law_rules for select
    using (cardinality((select app.districts())) > 0);
alter table law_rules add constraint law_rules_once unique (rule, topic, valid_from);
alter table law_rules add check (valid_to is null or valid_to > valid_from);
alter table law_rules add check (unit in ('WORKING_DAYS', 'CALENDAR_DAYS', 'MONTHS', 'YEARS',
    'HOURS', 'FEN', 'PERCENT', 'COUNT', 'TEXT'));
alter table law_rules add check ((unit = 'TEXT') = (amount is null));
alter table law_rules add check (amount >= 0);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='LawRule',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('rule', fields.CharField(max_length=40)),
                ('topic', fields.CharField(default='', max_length=60)),
                ('amount', fields.BigIntField(null=True)),
                ('unit', fields.CharField(max_length=16)),
                ('text', fields.TextField(default='', unique=False)),
                ('article', fields.CharField(max_length=120)),
                ('source', fields.CharField(max_length=300)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
                ('confirmed', fields.BooleanField()),
                ('amended', fields.BooleanField(default=False)),
            ],
            options={'table': 'law_rules', 'app': 'law', 'pk_attr': 'id', 'table_description': 'Rule of law with its days in force.'},
            bases=['Model'],
        ),
        ops.RunSQL(RULES),
    ]

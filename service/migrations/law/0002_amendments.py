from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

AMENDMENTS = """
select app.protect_platform('law_amendments');
create policy anyone_reads on law_amendments for select
    using (cardinality((select app.districts())) > 0);
alter table law_amendments add check (act in ('APPEND', 'CONFIRM'));
create index law_amendments_rule on law_amendments (rule, amended_at, id);
-- Who changed the law when and why stays as it was written.
revoke update, delete on law_amendments from anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('law', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='LawAmendment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('rule', fields.CharField(max_length=40)),
                ('topic', fields.CharField(default='', max_length=60)),
                ('valid_from', fields.DateField()),
                ('act', fields.CharField(max_length=10)),
                ('before', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('after', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('amended_by', fields.CharField(max_length=120)),
                ('amended_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(max_length=400)),
            ],
            options={'table': 'law_amendments', 'app': 'law', 'pk_attr': 'id', 'table_description': 'Change that an operator made to the rules, with who, when and why.'},
            bases=['Model'],
        ),
        ops.RunSQL(AMENDMENTS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields
DEADLINES = """
select app.protect('legal_deadlines');
alter table legal_deadlines add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table legal_deadlines add constraint legal_deadlines_one
    unique (tenant_id, subject_id, rule, reference);
alter table legal_deadlines add check (subject_kind in ('INSPECTION', 'CASE'));
alter table legal_deadlines add constraint legal_deadlines_honest
    check ((due_on is null) = (missing_year is not null));
create index legal_deadlines_due on legal_deadlines (tenant_id, due_on, id)
    where met_on is null and not dropped;
create index legal_deadlines_waiting on legal_deadlines (district_id, missing_year)
    where due_on is null;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='LegalDeadline',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('subject_kind', fields.CharField(max_length=12)),
                ('subject_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('rule', fields.CharField(max_length=40)),
                ('topic', fields.CharField(default='', max_length=60)),
                ('reference', fields.CharField(default='', max_length=40)),
                ('article', fields.CharField(max_length=120)),
                ('source', fields.CharField(max_length=300)),
                ('confirmed', fields.BooleanField()),
                ('on_party', fields.BooleanField(default=False)),
                ('started_on', fields.DateField()),
                ('due_on', fields.DateField(null=True)),
                ('missing_year', fields.IntField(null=True)),
                ('added_days', fields.IntField(default=0)),
                ('met_on', fields.DateField(null=True)),
                ('dropped', fields.BooleanField(default=False)),
            ],
            options={'table': 'legal_deadlines', 'app': 'deadlines', 'pk_attr': 'id', 'table_description': 'Limit that the law sets to one act in one inspection or case.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(DEADLINES),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

STANDARDISATION = """
select app.protect('standardisation_certs');
alter table standardisation_certs add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table standardisation_certs add check (grade between 1 and 3);
alter table standardisation_certs add check (state in ('APPLIED', 'SELF_ASSESSED', 'REVIEWED',
    'PUBLISHED', 'GRANTED', 'EXPIRED', 'REVOKED', 'WITHDRAWN'));
alter table standardisation_certs add check (self_score between 0 and 100);
alter table standardisation_certs add check (score between 0 and 100);
alter table standardisation_certs add constraint standardisation_certs_marked
    check (state not in ('SELF_ASSESSED', 'REVIEWED', 'PUBLISHED')
        or (self_score is not null and self_assessed_on is not null));
alter table standardisation_certs add constraint standardisation_certs_reviewed
    check (state not in ('REVIEWED', 'PUBLISHED')
        or (score is not null and reviewed_on is not null and reviewed_by <> ''));
alter table standardisation_certs add constraint standardisation_certs_by_another
    check (reviewed_by <> applied_by);
alter table standardisation_certs add constraint standardisation_certs_published
    check (state <> 'PUBLISHED' or (published_on is not null and objections_until is not null));
alter table standardisation_certs add constraint standardisation_certs_issued
    check ((state in ('GRANTED', 'EXPIRED', 'REVOKED')) = (issued_on is not null)
        and (issued_on is null) = (valid_to is null) and (issued_on is null) = (number = ''));
alter table standardisation_certs add check (valid_to > issued_on);
alter table standardisation_certs add constraint standardisation_certs_after_objections
    check (issued_on > objections_until);
alter table standardisation_certs add check ((state = 'REVOKED') = (revoked_on is not null));
alter table standardisation_certs add check (revoked_on >= issued_on);
create unique index standardisation_certs_open on standardisation_certs (tenant_id, enterprise_id)
    where state in ('APPLIED', 'SELF_ASSESSED', 'REVIEWED', 'PUBLISHED');
create unique index standardisation_certs_number on standardisation_certs (tenant_id, number)
    where number <> '';
create index standardisation_certs_of on standardisation_certs
    (tenant_id, enterprise_id, applied_on desc, id);
create index standardisation_certs_end on standardisation_certs (tenant_id, valid_to, id)
    where state = 'GRANTED';
revoke delete on standardisation_certs from anshang_app;
select app.protect('conformity_items');
alter table conformity_items add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table conformity_items add check (level in ('ENTERPRISE', 'DISCIPLINE', 'POST'));
alter table conformity_items add check (name <> '');
alter table conformity_items add check ((passed is null) = (assessed_on is null));
alter table conformity_items add check (ended_on >= added_on);
create unique index conformity_items_once on conformity_items
    (tenant_id, enterprise_id, level, name) where ended_on is null;
revoke delete on conformity_items from anshang_app;
select app.protect('conformity_assessments');
alter table conformity_assessments add foreign key (tenant_id, item_id)
    references conformity_items (tenant_id, id);
alter table conformity_assessments add constraint conformity_assessments_number
    unique (tenant_id, item_id, number);
create index conformity_assessments_latest on conformity_assessments
    (tenant_id, item_id, assessed_on desc, number desc);
revoke update, delete on conformity_assessments from anshang_app;
grant update (district_id) on conformity_assessments to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Certificate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('grade', fields.IntField()),
                ('state', fields.CharField(default='APPLIED', max_length=16)),
                ('applied_on', fields.DateField()),
                ('applied_by', fields.CharField(max_length=120)),
                ('self_score', fields.IntField(null=True)),
                ('self_assessed_on', fields.DateField(null=True)),
                ('score', fields.IntField(null=True)),
                ('reviewed_on', fields.DateField(null=True)),
                ('reviewed_by', fields.CharField(default='', max_length=120)),
                ('published_on', fields.DateField(null=True)),
                ('objections_until', fields.DateField(null=True)),
                ('number', fields.CharField(default='', max_length=60)),
                ('issued_on', fields.DateField(null=True)),
                ('valid_to', fields.DateField(null=True)),
                ('revoked_on', fields.DateField(null=True)),
                ('reason', fields.CharField(default='', max_length=400)),
                ('warned_step', fields.IntField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'standardisation_certs', 'app': 'standardisation', 'pk_attr': 'id', 'table_description': 'Certificate of standardisation of one enterprise, from its application on.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ConformityAssessment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('item_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('passed', fields.BooleanField()),
                ('assessed_on', fields.DateField()),
                ('note', fields.CharField(default='', max_length=400)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'conformity_assessments', 'app': 'standardisation', 'pk_attr': 'id', 'table_description': 'One assessment of one item, none of which is ever changed.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ConformityItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('level', fields.CharField(max_length=10)),
                ('name', fields.CharField(max_length=100)),
                ('required', fields.BooleanField(default=True)),
                ('added_on', fields.DateField()),
                ('ended_on', fields.DateField(null=True)),
                ('passed', fields.BooleanField(null=True)),
                ('assessed_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'conformity_items', 'app': 'standardisation', 'pk_attr': 'id', 'table_description': 'Discipline or post of an enterprise, or the enterprise as a whole, that must conform.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(STANDARDISATION),
    ]

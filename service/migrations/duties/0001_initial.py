from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

DUTIES = """
-- The list of the committee is read by every body of the district and written by the office alone.
select app.protect_directory('duty_items');
alter table duty_items add check (frequency in ('MONTH', 'QUARTER', 'HALF', 'YEAR'));
alter table duty_items add check (evidence_kind in ('MINUTES', 'DOCUMENT', 'REPORT', 'PHOTO'));
alter table duty_items add check (valid_to >= valid_from);
create index duty_items_newest on duty_items (tenant_id, created_at desc, id);
create index duty_items_of_body on duty_items (body_id);
revoke update, delete on duty_items from anshang_app;
grant update (valid_to) on duty_items to anshang_app;

select app.protect('duty_records');
alter table duty_records add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
alter table duty_records add constraint duty_records_once
    unique (tenant_id, item_id, period_first);
alter table duty_records add check (due_on >= period_first);
create index duty_records_due on duty_records (tenant_id, due_on desc, id);
revoke delete on duty_records from anshang_app;

select app.protect('principal_duties');
alter table principal_duties add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table principal_duties add constraint principal_duties_once
    unique (tenant_id, enterprise_id, year, duty);
create index principal_duties_newest on principal_duties (tenant_id, created_at desc, id);
revoke update, delete on principal_duties from anshang_app;
grant update (district_id) on principal_duties to anshang_app;

select app.protect('staff_posts');
alter table staff_posts add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table staff_posts add check (closed_on >= opened_on);
create index staff_posts_newest on staff_posts (tenant_id, created_at desc, id);
create index staff_posts_of_enterprise on staff_posts (tenant_id, enterprise_id, id);
revoke delete on staff_posts from anshang_app;

select app.protect('responsibility_statements');
alter table responsibility_statements add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table responsibility_statements add foreign key (tenant_id, post_id)
    references staff_posts (tenant_id, id);
alter table responsibility_statements add check (content <> '' and assessment <> '');
create unique index responsibility_statements_one
    on responsibility_statements (tenant_id, post_id) where ended_on is null;
create index responsibility_statements_of_post on responsibility_statements (tenant_id, post_id);
revoke update, delete on responsibility_statements from anshang_app;
grant update (ended_on, district_id) on responsibility_statements to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='DutyItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('title', fields.CharField(max_length=300)),
                ('basis', fields.CharField(max_length=200)),
                ('frequency', fields.CharField(max_length=8)),
                ('evidence_kind', fields.CharField(max_length=10)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'duty_items', 'app': 'duties', 'pk_attr': 'id', 'table_description': 'Entry of the duty list of a district, owned by its office, for one body.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='DutyRecord',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('item_id', fields.UUIDField()),
                ('body_id', fields.UUIDField()),
                ('period_first', fields.DateField()),
                ('due_on', fields.DateField()),
                ('done_on', fields.DateField(null=True)),
                ('note', fields.TextField(default='', unique=False)),
                ('reference', fields.CharField(default='', max_length=200)),
                ('filled_by', fields.CharField(default='', max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'duty_records', 'app': 'duties', 'pk_attr': 'id', 'table_description': 'One period of one entry, owned by the tenant of the body that fills it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PrincipalDuty',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('year', fields.IntField()),
                ('duty', fields.IntField()),
                ('fulfilled_on', fields.DateField()),
                ('note', fields.TextField(default='', unique=False)),
                ('recorded_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'principal_duties', 'app': 'duties', 'pk_attr': 'id', 'table_description': 'One of the seven duties that the principal of an enterprise fulfilled in a year.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ResponsibilityStatement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('post_id', fields.UUIDField()),
                ('holder', fields.CharField(max_length=60)),
                ('content', fields.TextField(unique=False)),
                ('assessment', fields.TextField(unique=False)),
                ('signed_on', fields.DateField()),
                ('ended_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'responsibility_statements', 'app': 'duties', 'pk_attr': 'id', 'table_description': 'Statement of responsibility that the holder of a post signed.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='StaffPost',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('opened_on', fields.DateField()),
                ('closed_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'staff_posts', 'app': 'duties', 'pk_attr': 'id', 'table_description': 'Post of an enterprise that somebody holds.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(DUTIES),
    ]

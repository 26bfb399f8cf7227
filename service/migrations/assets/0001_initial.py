from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

ASSETS = """
select app.protect('assets');
alter table assets add foreign key (tenant_id, premises_id) references premises (tenant_id, id);
alter table assets add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table assets add check (kind <> '' and name <> '' and serial <> '');
alter table assets add check ((retired_on is null) = (retirement = ''));
alter table assets add check (last_checked_on <= next_due_on);
alter table assets add constraint assets_unfit_is_due
    check (fit or next_due_on = last_checked_on);
create unique index assets_once on assets (tenant_id, premises_id, kind, serial)
    where retired_on is null;
create index assets_due on assets (tenant_id, next_due_on, id) where retired_on is null;
create index assets_of on assets (tenant_id, premises_id, created_at desc, id);
revoke delete on assets from anshang_app;
select app.protect('asset_checks');
alter table asset_checks add foreign key (tenant_id, asset_id) references assets (tenant_id, id);
alter table asset_checks add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
alter table asset_checks add constraint asset_checks_number unique (tenant_id, asset_id, number);
alter table asset_checks add check (body <> '' and report <> '');
alter table asset_checks add check (case when passed then next_due_on > checked_on
    else next_due_on = checked_on end);
revoke update, delete on asset_checks from anshang_app;
grant update (district_id) on asset_checks to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('evidence', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Asset',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=100)),
                ('serial', fields.CharField(max_length=60)),
                ('registered_on', fields.DateField()),
                ('first_due_on', fields.DateField()),
                ('next_due_on', fields.DateField()),
                ('last_checked_on', fields.DateField(null=True)),
                ('fit', fields.BooleanField(default=True)),
                ('checks', fields.IntField(default=0)),
                ('alarmed_step', fields.IntField(null=True)),
                ('retired_on', fields.DateField(null=True)),
                ('retirement', fields.CharField(default='', max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'assets', 'app': 'assets', 'pk_attr': 'id', 'table_description': 'Piece of equipment at one place, with the day by which it must be inspected again.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='AssetCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('asset_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('checked_on', fields.DateField()),
                ('passed', fields.BooleanField()),
                ('next_due_on', fields.DateField()),
                ('body', fields.CharField(max_length=100)),
                ('report', fields.CharField(max_length=60)),
                ('evidence_id', fields.UUIDField(null=True)),
                ('note', fields.CharField(default='', max_length=400)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'asset_checks', 'app': 'assets', 'pk_attr': 'id', 'table_description': 'Inspection of one piece of equipment by a testing body, as its report says.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(ASSETS),
    ]

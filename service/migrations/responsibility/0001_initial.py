from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

PLATES = """
select app.protect('responsible_persons');
alter table responsible_persons add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table responsible_persons add constraint responsible_persons_of_enterprise
    unique (tenant_id, enterprise_id, id);
alter table responsible_persons add check (in_office_to >= in_office_from);
create index responsible_persons_newest on responsible_persons (tenant_id, created_at desc, id);
-- What a plate said stays said: of a person only the end of the term is ever written.
revoke update, delete on responsible_persons from anshang_app;
grant update (in_office_to, district_id) on responsible_persons to anshang_app;

select app.protect('responsibility_plates');
alter table responsibility_plates add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table responsibility_plates add foreign key (tenant_id, admin_head_id)
    references responsible_persons (tenant_id, id);
alter table responsibility_plates add foreign key (tenant_id, industry_head_id)
    references responsible_persons (tenant_id, id);
-- The enterprise's head is a person of that very enterprise.
alter table responsibility_plates add foreign key (tenant_id, enterprise_id, enterprise_head_id)
    references responsible_persons (tenant_id, enterprise_id, id);
alter table responsibility_plates add check (state in ('SUPERSEDED', 'WITHDRAWN', 'CURRENT'));
alter table responsibility_plates add check (version >= 1);
alter table responsibility_plates add check ((state = 'CURRENT') = (ended_at is null));
alter table responsibility_plates add check ((ended_at is null) = (valid_to is null));
alter table responsibility_plates add check (ended_at >= published_at and valid_to >= valid_from);
alter table responsibility_plates add constraint responsibility_plates_version
    unique (tenant_id, premises_id, version);
create unique index responsibility_plates_current on responsibility_plates (tenant_id, premises_id)
    where state = 'CURRENT';
create index responsibility_plates_newest
    on responsibility_plates (tenant_id, published_at desc, id);
create index responsibility_plates_admin on responsibility_plates (tenant_id, admin_head_id);
create index responsibility_plates_industry on responsibility_plates (tenant_id, industry_head_id);
create index responsibility_plates_enterprise
    on responsibility_plates (tenant_id, enterprise_id, id);
revoke update, delete on responsibility_plates from anshang_app;
grant update (state, valid_to, ended_at, district_id) on responsibility_plates to anshang_app;

-- The public asks by the token alone, before any tenant is known.
select app.protect_shared('plate_pages');
alter table plate_pages add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table plate_pages add constraint plate_pages_one unique (tenant_id, premises_id);
create index plate_pages_token on plate_pages (token);
revoke update, delete on plate_pages from anshang_app;
grant update (district_id) on plate_pages to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='PlatePage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('token', fields.CharField(max_length=32)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'plate_pages', 'app': 'responsibility', 'pk_attr': 'id', 'table_description': 'Public address of the plate of one premises, the same through all versions.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ResponsibilityPlate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('state', fields.CharField(default='CURRENT', max_length=12)),
                ('admin_head_id', fields.UUIDField()),
                ('industry_head_id', fields.UUIDField()),
                ('enterprise_head_id', fields.UUIDField()),
                ('reason', fields.CharField(default='', max_length=200)),
                ('batch_id', fields.UUIDField()),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
                ('published_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'responsibility_plates', 'app': 'responsibility', 'pk_attr': 'id', 'table_description': 'Version of the plate of one premises.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ResponsiblePerson',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('office', fields.CharField(max_length=60)),
                ('organisation', fields.CharField(max_length=100)),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('in_office_from', fields.DateField()),
                ('in_office_to', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'responsible_persons', 'app': 'responsibility', 'pk_attr': 'id', 'table_description': 'Person in one office, who may stand on plates of the town.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(PLATES),
    ]

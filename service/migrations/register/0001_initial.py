from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

REGISTER = """
select app.protect('enterprises');
alter table enterprises add constraint enterprises_credit_code unique (tenant_id, credit_code);
alter table enterprises add check (risk in ('RED', 'ORANGE', 'YELLOW', 'BLUE'));
alter table enterprises add check (status in ('OPERATING', 'SUSPENDED', 'CLOSED'));
alter table enterprises add constraint enterprises_identified
    check (credit_code is not null or alternate_id is not null);
create index enterprises_name on enterprises using gin (name gin_trgm_ops);
create index enterprises_newest on enterprises (tenant_id, created_at desc, id);
select app.protect('premises');
alter table premises add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table premises add constraint premises_place unique (tenant_id, enterprise_id, address);
alter table premises add check (status in ('OPERATING', 'SUSPENDED', 'CLOSED'));
alter table premises add constraint premises_opening
    check ((open_from is null) = (open_to is null)
        and (open_from is null or (0 <= open_from and open_from < open_to and open_to <= 1440)));
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Enterprise',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('credit_code', fields.CharField(null=True, max_length=18)),
                ('alternate_id', fields.CharField(null=True, max_length=60)),
                ('name', fields.CharField(max_length=200)),
                ('industry_code', fields.CharField(default='', max_length=8)),
                ('above_quota', fields.BooleanField(default=False)),
                ('risk', fields.CharField(default='BLUE', max_length=8)),
                ('status', fields.CharField(default='OPERATING', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enterprises', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Enterprise supervised by one town.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Premises',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=200)),
                ('address', fields.CharField(max_length=300)),
                ('latitude', fields.FloatField()),
                ('longitude', fields.FloatField()),
                ('open_from', fields.IntField(null=True)),
                ('open_to', fields.IntField(null=True)),
                ('status', fields.CharField(default='OPERATING', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'premises', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Place where an enterprise trades.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(REGISTER),
    ]

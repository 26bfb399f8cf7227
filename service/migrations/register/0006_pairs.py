from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from service.filled_columns import AddFilledField

PAIRS = """
set local lock_timeout = '5s';
-- The version before this one enters enterprises without knowing of the column.
alter table enterprises alter column paired set default false;
create index enterprises_unpaired on enterprises (tenant_id, id) where not paired;
select app.protect('likeness_keys');
-- A key is nothing by itself: what it says is its key, in the order in which a crowd is met.
alter table likeness_keys alter column core type varchar(80) collate "C";
alter table likeness_keys alter column key type varchar(32) collate "C";
alter table likeness_keys alter column kind type varchar(10) collate "C";
alter table likeness_keys drop constraint likeness_keys_pkey;
alter table likeness_keys drop column id;
alter table likeness_keys add constraint likeness_keys_pkey
    primary key (tenant_id, kind, key, core, enterprise_id);
alter table likeness_keys add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id) on delete cascade;
create index likeness_keys_enterprise on likeness_keys (tenant_id, enterprise_id);
select app.protect('likely_pairs');
alter table likely_pairs drop constraint likely_pairs_pkey;
alter table likely_pairs drop column id;
alter table likely_pairs add constraint likely_pairs_pkey
    primary key (tenant_id, first_id, second_id);
alter table likely_pairs add check (first_id < second_id);
alter table likely_pairs add check (score between 50 and 100);
alter table likely_pairs add foreign key (tenant_id, first_id)
    references enterprises (tenant_id, id) on delete cascade;
alter table likely_pairs add foreign key (tenant_id, second_id)
    references enterprises (tenant_id, id) on delete cascade;
create index likely_pairs_second on likely_pairs (tenant_id, second_id);
create index likely_pairs_likeliest on likely_pairs (tenant_id, score desc, first_id, second_id);
"""


class Migration(migrations.Migration):
    dependencies = [('register', '0005_duplicates')]

    initial = False

    operations = [
        ops.CreateModel(
            name='LikelyPair',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('first_id', fields.UUIDField()),
                ('second_id', fields.UUIDField()),
                ('score', fields.IntField()),
                ('reasons', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'likely_pairs', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Two enterprises of a town that may be one.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LikenessKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=10)),
                ('key', fields.CharField(max_length=32)),
                ('core', fields.CharField(max_length=80)),
                ('enterprise_id', fields.UUIDField()),
            ],
            options={'table': 'likeness_keys', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Something that an enterprise has in common with those that may be the same.'},
            bases=['Model'],
        ),
        AddFilledField(
            model_name='Enterprise',
            name='paired',
            field=fields.BooleanField(default=False),
        ),
        ops.RunSQL(PAIRS),
    ]

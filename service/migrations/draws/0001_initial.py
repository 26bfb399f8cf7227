from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

DRAWS = """
-- Anybody may look at a draw, so the platform scope reads them.
select app.protect_shared('random_draws');
alter table random_draws add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
create unique index random_draws_number on random_draws (tenant_id, number);
alter table random_draws add check (state in ('COMMITTED', 'DRAWN', 'VOID'));
alter table random_draws add check ((state = 'DRAWN') = (seed is not null));
alter table random_draws add check ((state = 'DRAWN') = (drawn_at is not null));
alter table random_draws add check ((state = 'VOID') = (void_reason <> ''));
alter table random_draws add check (drawn_at is null or drawn_at >= seed_known_after);
alter table random_draws add check (seed_known_after > committed_at);
-- What was committed to can neither be changed nor taken away.
revoke update, delete on random_draws from anshang_app;
grant update (state, seed, result, drawn_at, void_reason) on random_draws to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='RandomDraw',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('body_id', fields.UUIDField()),
                ('title', fields.CharField(max_length=200)),
                ('seed_source', fields.CharField(max_length=300)),
                ('seed_known_after', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('commitment', fields.CharField(max_length=64)),
                ('document', fields.TextField(unique=False)),
                ('objects', fields.IntField()),
                ('state', fields.CharField(default='COMMITTED', max_length=10)),
                ('seed', fields.CharField(null=True, max_length=400)),
                ('result', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('void_reason', fields.CharField(default='', max_length=400)),
                ('committed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('drawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'random_draws', 'app': 'draws', 'pk_attr': 'id', 'table_description': 'Draw of objects and officers by one body, committed to before its seed is known.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(DRAWS),
    ]

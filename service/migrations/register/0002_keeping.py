from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from service.filled_columns import AddFilledField

KEEPING = """
alter table enterprises add check (scale in ('MICRO', 'SMALL', 'MEDIUM', 'LARGE'));
alter table enterprises add check (tier in ('FIRST', 'SECOND', 'THIRD', 'FOURTH'));
create unique index enterprises_alternate_id on enterprises (tenant_id, alternate_id)
    where credit_code is null;
create index enterprises_sorted on enterprises (tenant_id, sort_key, id);
create index enterprises_industry on enterprises (tenant_id, industry_code);
-- Row security lets no trigram operator below it, so no query could reach this index.
drop index enterprises_name;
select app.protect('grids');
alter table grids add constraint grids_code unique (tenant_id, code);
select app.protect('grid_cells');
alter table grid_cells add foreign key (tenant_id, grid_id) references grids (tenant_id, id);
alter table grid_cells add constraint grid_cells_once unique (tenant_id, cell);
create index grid_cells_grid on grid_cells (tenant_id, grid_id);
alter table premises add foreign key (tenant_id, grid_id) references grids (tenant_id, id);
create index premises_cell on premises (tenant_id, cell);
create index premises_grid on premises (tenant_id, grid_id);
create index premises_address on premises (tenant_id, address);
create index premises_enterprise on premises (tenant_id, enterprise_id, id);
select app.protect('enterprise_identifiers');
alter table enterprise_identifiers add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id) on delete cascade;
alter table enterprise_identifiers add constraint enterprise_identifiers_once
    unique (tenant_id, kind, value);
alter table enterprise_identifiers add check (kind in ('REGISTRATION_NUMBER', 'ORGANISATION_CODE',
    'FORMER_CREDIT_CODE', 'OTHER'));
create index enterprise_identifiers_enterprise on enterprise_identifiers (tenant_id, enterprise_id);
select app.protect('register_changes');
create index register_changes_enterprise on register_changes (tenant_id, enterprise_id, id);
create index register_changes_batch on register_changes (tenant_id, batch_id)
    where batch_id is not null;
-- What happened stays as it was written.
revoke update, delete on register_changes from anshang_app;
select app.protect('search_terms');
-- A term belongs to an enterprise and is nothing by itself: the three columns are its key.
alter table search_terms alter column term type varchar(24) collate "C";
alter table search_terms drop constraint search_terms_pkey;
alter table search_terms drop column id;
alter table search_terms add constraint search_terms_pkey
    primary key (tenant_id, term, enterprise_id);
alter table search_terms add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id) on delete cascade;
create index search_terms_enterprise on search_terms (tenant_id, enterprise_id);
select app.protect('revenue_statements');
alter table revenue_statements add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table revenue_statements add constraint revenue_statements_once
    unique (tenant_id, enterprise_id, year);
select app.protect('tier_decisions');
alter table tier_decisions add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table tier_decisions add constraint tier_decisions_number
    unique (tenant_id, enterprise_id, number);
alter table tier_decisions add check (tier in ('FIRST', 'SECOND', 'THIRD', 'FOURTH'));
alter table tier_decisions add check (table_tier in ('FIRST', 'SECOND', 'THIRD', 'FOURTH'));
alter table tier_decisions add check (risk in ('RED', 'ORANGE', 'YELLOW', 'BLUE'));
alter table tier_decisions add check (scale in ('MICRO', 'SMALL', 'MEDIUM', 'LARGE'));
revoke update, delete on tier_decisions from anshang_app;
select app.protect('duplicate_answers');
alter table duplicate_answers add foreign key (tenant_id, first_id)
    references premises (tenant_id, id);
alter table duplicate_answers add foreign key (tenant_id, second_id)
    references premises (tenant_id, id);
alter table duplicate_answers add constraint duplicate_answers_once
    unique (tenant_id, first_id, second_id);
alter table duplicate_answers add constraint duplicate_answers_ordered
    check (first_id <= second_id);
"""

class Migration(migrations.Migration):
    dependencies = [('register', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DuplicateAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('first_id', fields.UUIDField()),
                ('second_id', fields.UUIDField()),
                ('same', fields.BooleanField()),
                ('reason', fields.CharField(default='', max_length=400)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'duplicate_answers', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Answer to the question whether two premises are one.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Grid',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=100)),
                ('keeper_name', fields.CharField(max_length=100)),
                ('keeper_phone', fields.CharField(default='', max_length=40)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'grids', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Part of a town with one keeper.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='GridCell',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('grid_id', fields.UUIDField()),
                ('cell', fields.CharField(max_length=16)),
            ],
            options={'table': 'grid_cells', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Hexagon that belongs to one grid of the town and to no other.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='Identifier',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=20)),
                ('value', fields.CharField(max_length=60)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enterprise_identifiers', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Number under which an enterprise was known before.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RegisterChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField(null=True)),
                ('act', fields.CharField(max_length=30)),
                ('version', fields.IntField()),
                ('reason', fields.CharField(default='', max_length=400)),
                ('before', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('after', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('batch_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'register_changes', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Change of an enterprise or its premises, kept even where the entry itself goes.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='RevenueStatement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('year', fields.IntField()),
                ('revenue_fen', fields.BigIntField()),
                ('threshold_fen', fields.BigIntField(null=True)),
                ('above_quota', fields.BooleanField(default=False)),
                ('source', fields.CharField(default='', max_length=200)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'revenue_statements', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Main revenue of an enterprise in one year.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='SearchTerm',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('term', fields.CharField(max_length=24)),
                ('enterprise_id', fields.UUIDField()),
            ],
            options={'table': 'search_terms', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Beginning under which an enterprise is found.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TierDecision',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('tier', fields.CharField(max_length=8)),
                ('table_tier', fields.CharField(max_length=8)),
                ('risk', fields.CharField(max_length=8)),
                ('scale', fields.CharField(null=True, max_length=8)),
                ('reason', fields.CharField(max_length=400)),
                ('actor', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tier_decisions', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Decision on the supervision tier of an enterprise.'},
            bases=['TenantOwned'],
        ),
        AddFilledField(
            model_name='Enterprise',
            name='contact_name',
            field=fields.CharField(default='', max_length=100),
        ),
        AddFilledField(
            model_name='Enterprise',
            name='contact_phone',
            field=fields.CharField(default='', max_length=40),
        ),
        AddFilledField(
            model_name='Enterprise',
            name='principal_name',
            field=fields.CharField(default='', max_length=100),
        ),
        ops.AddField(
            model_name='Enterprise',
            name='quota_basis_year',
            field=fields.IntField(null=True),
        ),
        AddFilledField(
            model_name='Enterprise',
            name='readings',
            field=fields.TextField(default='', unique=False),
        ),
        ops.AddField(
            model_name='Enterprise',
            name='scale',
            field=fields.CharField(null=True, max_length=8),
        ),
        AddFilledField(
            model_name='Enterprise',
            name='sort_key',
            field=fields.CharField(default='', max_length=80),
        ),
        ops.AddField(
            model_name='Enterprise',
            name='tier',
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name='Enterprise',
            name='updated_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddFilledField(
            model_name='Enterprise',
            name='version',
            field=fields.IntField(default=1),
        ),
        AddFilledField(
            model_name='Premises',
            name='cell',
            field=fields.CharField(default='', max_length=16),
        ),
        AddFilledField(
            model_name='Premises',
            name='grid_decided',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Premises',
            name='grid_id',
            field=fields.UUIDField(null=True),
        ),
        AddFilledField(
            model_name='Premises',
            name='version',
            field=fields.IntField(default=1),
        ),
        ops.RunSQL(KEEPING),
    ]

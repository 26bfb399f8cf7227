from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

PROPOSALS = """
-- What the committee proposes to one town every town of the district may read.
select app.protect_directory('setting_proposals');
alter table setting_proposals add check (target_id <> source_id);
alter table setting_proposals add check (changes <> '{}'::jsonb);
create index setting_proposals_newest on setting_proposals (tenant_id, created_at desc, id);
create index setting_proposals_target on setting_proposals (target_id, created_at desc, id);
-- What was proposed and what was answered stays as it was said.
revoke update, delete on setting_proposals from anshang_app;
select app.protect('setting_answers');
alter table setting_answers add constraint setting_answers_once unique (tenant_id, proposal_id);
alter table setting_answers add constraint setting_answers_version
    foreign key (tenant_id, version) references setting_versions (tenant_id, number);
alter table setting_answers add constraint setting_answers_says
    check ((version is null) = (keys = '[]'::jsonb) and (version is null) = (reason <> ''));
revoke update, delete on setting_answers from anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('administration', '0001_initial'), ('tenants', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SettingAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('proposal_id', fields.UUIDField()),
                ('version', fields.IntField(null=True)),
                ('keys', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('reason', fields.CharField(default='', max_length=400)),
                ('author', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'setting_answers', 'app': 'administration', 'pk_attr': 'id', 'table_description': 'What a town did with settings that were proposed to it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='SettingProposal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('target_id', fields.UUIDField()),
                ('source_id', fields.UUIDField()),
                ('source_name', fields.CharField(max_length=100)),
                ('target_name', fields.CharField(max_length=100)),
                ('changes', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('effective_from', fields.DateField()),
                ('note', fields.CharField(max_length=400)),
                ('author', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'setting_proposals', 'app': 'administration', 'pk_attr': 'id', 'table_description': 'Settings of one town that the committee proposes to another town.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(PROPOSALS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

IDENTITY = """
select app.protect_platform('accounts');
alter table accounts add constraint accounts_oidc unique (oidc_subject);
alter table accounts add check (status in ('ACTIVE', 'SUSPENDED'));

select app.protect_shared('memberships');
alter table memberships add foreign key (tenant_id, body_id) references bodies (tenant_id, id);
alter table memberships add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table memberships add check (
    role in ('TENANT_ADMIN', 'INSPECTOR', 'COMMITTEE', 'DEPARTMENT', 'ENTERPRISE'));
alter table memberships add constraint memberships_range
    check (valid_to is null or valid_to >= valid_from);
-- One capacity of one person in one tenant at a time.
alter table memberships add constraint memberships_once exclude using gist (
    tenant_id with =, account_id with =, role with =,
    daterange(valid_from, valid_to) with &&);
create index memberships_account on memberships (account_id);
create index memberships_session on memberships (id);

select app.protect_platform('sessions');
alter table sessions add foreign key (account_id) references accounts (id);
create index sessions_account on sessions (account_id);
create index sessions_age on sessions (expires_at);

select app.protect_platform('apps');
alter table apps add check (status in ('ACTIVE', 'SUSPENDED'));

select app.protect_shared('app_grants');
alter table app_grants add constraint app_grants_once unique (tenant_id, app_id);
alter table app_grants add check (state in ('REQUESTED', 'ACTIVE', 'REFUSED', 'REVOKED'));
create index app_grants_app on app_grants (app_id) where state = 'ACTIVE';

select app.protect_platform('app_tokens');
alter table app_tokens add foreign key (app_id) references apps (id);
create index app_tokens_app on app_tokens (app_id);
create index app_tokens_age on app_tokens (expires_at);

select app.protect_platform('oidc_flows');
create index oidc_flows_age on oidc_flows (expires_at);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('login', fields.CharField(unique=True, max_length=64)),
                ('name', fields.CharField(max_length=60)),
                ('password_hash', fields.CharField(null=True, max_length=200)),
                ('oidc_subject', fields.CharField(null=True, max_length=255)),
                ('status', fields.CharField(default='ACTIVE', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Person who may sign in.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AppGrant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('app_id', fields.UUIDField()),
                ('app_name', fields.CharField(max_length=100)),
                ('client_id', fields.CharField(max_length=40)),
                ('scopes', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(default='REQUESTED', max_length=12)),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.CharField(default='', max_length=120)),
            ],
            options={'table': 'app_grants', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'What one town lets one application see or do.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='AppToken',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('app_id', fields.UUIDField()),
                ('scopes', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'app_tokens', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Access token of an application.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Application',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('client_id', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=100)),
                ('scopes', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('secret_hash', fields.CharField(max_length=64)),
                ('previous_secret_hash', fields.CharField(null=True, max_length=64)),
                ('previous_secret_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('status', fields.CharField(default='ACTIVE', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'apps', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Third-party application.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('account_id', fields.UUIDField()),
                ('name', fields.CharField(max_length=60)),
                ('role', fields.CharField(max_length=16)),
                ('body_id', fields.UUIDField(null=True)),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'memberships', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Capacity in which an account acts for one tenant during a time.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='OidcFlow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('state_hash', fields.CharField(unique=True, max_length=64)),
                ('browser_hash', fields.CharField(max_length=64)),
                ('nonce', fields.CharField(max_length=64)),
                ('verifier', fields.CharField(max_length=128)),
                ('next_path', fields.CharField(default='/', max_length=500)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'oidc_flows', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Sign-in that was sent to the identity provider and has not come back.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Session',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('account_id', fields.UUIDField()),
                ('membership_id', fields.UUIDField()),
                ('method', fields.CharField(max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sessions', 'app': 'identity', 'pk_attr': 'id', 'table_description': 'Signed-in browser or device of an account.'},
            bases=['Model'],
        ),
        ops.RunSQL(IDENTITY),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

WALL = """
create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create schema if not exists app;
create schema if not exists app_private;
revoke all on schema app_private from public;
grant usage on schema app to public;
grant usage on schema public to anshang_app, anshang_relay;
revoke create on schema public from public;

create table app_private.scope_keys (
    inner_pad bytea not null check (length(inner_pad) = 64),
    outer_pad bytea not null check (length(outer_pad) = 64),
    installed_at timestamptz not null default now(),
    primary key (inner_pad)
);
alter table app_private.scope_keys enable row level security;
alter table app_private.scope_keys force row level security;
create policy owner_only on app_private.scope_keys
    using (current_user = 'anshang_owner') with check (current_user = 'anshang_owner');

create function app.install_scope_key(inner_pad bytea, outer_pad bytea) returns void
language sql set search_path = pg_catalog as $$
    insert into app_private.scope_keys (inner_pad, outer_pad) values ($1, $2)
    on conflict do nothing;
    -- The key in force and the one before it stay valid, so that keys rotate without an outage.
    delete from app_private.scope_keys where scope_keys.inner_pad not in (
        select k.inner_pad from app_private.scope_keys k order by installed_at desc limit 2);
$$;
revoke all on function app.install_scope_key(bytea, bytea) from public;

create type app.scope_t as (
    platform boolean, districts uuid[], readable uuid[], writable uuid[]);

create function app.scope() returns app.scope_t
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    nothing constant app.scope_t := row(false, '{}'::uuid[], '{}'::uuid[], '{}'::uuid[]);
    raw text := current_setting('app.scope', true);
    body text;
    field text[];
begin
    if raw is null or length(raw) < 66 then return nothing; end if;
    body := left(raw, -65);
    perform from app_private.scope_keys k
        where encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(body, 'UTF8'))), 'hex')
            = right(raw, 64);
    if not found then return nothing; end if;
    field := string_to_array(body, '|');
    if field[1] <> 'v1' or field[2]::bigint < extract(epoch from clock_timestamp()) then
        return nothing;
    end if;
    return row(field[3] = '1', string_to_array(field[4], ',')::uuid[],
        string_to_array(field[5], ',')::uuid[], string_to_array(field[6], ',')::uuid[]);
end $$;

-- Bodies are bound when they are made, so no search path can bend them; without a path of their
-- own the planner inlines them, which halves what the wall costs a statement.
create function app.tenants() returns uuid[] language sql stable parallel safe
    return (app.scope()).readable;
create function app.writable() returns uuid[] language sql stable parallel safe
    return (app.scope()).writable;
create function app.districts() returns uuid[] language sql stable parallel safe
    return (app.scope()).districts;
-- The districts as the scope claims them, unverified and therefore cheap.  Only to be used beside
-- app.tenants() or app.writable(): where the signature fails those are empty, and so is the whole.
create function app.claimed_districts() returns uuid[] language sql stable parallel safe
    return string_to_array(split_part(current_setting('app.scope', true), '|', 4), ',')::uuid[];
create function app.platform() returns boolean language sql stable parallel safe
    return (app.scope()).platform;

-- A tenant's own table: keys lead with the tenant, and nobody sees or writes beyond the scope.
create function app.protect(t regclass) returns void language plpgsql as $$
declare
    pkey text;
    may_read constant text := 'tenant_id = any ((select app.tenants())::uuid[])'
        ' and district_id = any ((select app.claimed_districts())::uuid[])';
    may_write constant text := 'tenant_id = any ((select app.writable())::uuid[])'
        ' and district_id = any ((select app.claimed_districts())::uuid[])';
begin
    select conname into pkey from pg_constraint where conrelid = t and contype = 'p';
    execute format('alter table %s drop constraint %I', t, pkey);
    execute format('alter table %s add constraint %I primary key (tenant_id, id)', t, pkey);
    execute format('alter table %s add foreign key (tenant_id, district_id)'
        ' references public.tenant_districts (tenant_id, district_id)', t);
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy tenant_read on %s for select using (%s)', t, may_read);
    execute format('create policy tenant_insert on %s for insert with check (%s)', t, may_write);
    execute format('create policy tenant_update on %s for update using (%s) with check (%s)',
        t, may_write, may_write);
    execute format('create policy tenant_delete on %s for delete using (%s)', t, may_write);
    execute format('grant select, insert, update, delete on %s to anshang_app', t);
end $$;

-- A platform table: only the platform scope (sign-in, provisioning) sees or writes it.
create function app.protect_platform(t regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy platform_all on %s using ((select app.platform()))'
        ' with check ((select app.platform()))', t);
    execute format('grant select, insert, update, delete on %s to anshang_app', t);
end $$;

-- A tenant's table that sign-in must read before any tenant is known.
create function app.protect_shared(t regclass) returns void language plpgsql as $$
begin
    perform app.protect(t);
    execute format('create policy platform_all on %s using ((select app.platform()))'
        ' with check ((select app.platform()))', t);
end $$;

-- A tenant's table whose rows every tenant of the same district may read: a directory.
create function app.protect_directory(t regclass) returns void language plpgsql as $$
begin
    perform app.protect_shared(t);
    execute format('create policy district_directory on %s for select'
        ' using (district_id = any ((select app.districts())::uuid[]))', t);
end $$;

revoke all on function app.protect(regclass), app.protect_platform(regclass),
    app.protect_shared(regclass), app.protect_directory(regclass) from public;

alter table tenant_districts add constraint tenant_districts_once unique (tenant_id, district_id);
alter table tenant_districts add constraint tenant_districts_range
    check (valid_to is null or valid_to > valid_from);
create unique index tenant_districts_current on tenant_districts (tenant_id) where valid_to is null;
alter table tenant_districts add foreign key (tenant_id) references tenants (id);
alter table tenant_districts add foreign key (district_id) references districts (id);
alter table tenants add foreign key (district_id) references districts (id);
alter table tenants add check (kind in ('TOWN', 'STREET', 'DISTRICT'));
alter table tenants add check (status in ('ACTIVE', 'SUSPENDED'));

select app.protect_platform('districts');
create policy own_district on districts for select
    using (id = any ((select app.districts())::uuid[]));
select app.protect_platform('tenants');
create policy own_tenant on tenants for select
    using (id = any ((select app.tenants())::uuid[]));
select app.protect_platform('tenant_districts');
create policy own_tenant on tenant_districts for select
    using (tenant_id = any ((select app.tenants())::uuid[]));
select app.protect_directory('bodies');
alter table bodies add constraint bodies_code unique (tenant_id, code);
alter table bodies add check (kind in ('TOWN', 'DEPARTMENT'));
"""

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Body',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('code', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=100)),
                ('kind', fields.CharField(max_length=12)),
                ('line', fields.CharField(max_length=40)),
                ('can_penalise', fields.BooleanField(default=False)),
            ],
            options={'table': 'bodies', 'app': 'tenants', 'pk_attr': 'id', 'table_description': 'Enforcement body of a town or of the district.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='District',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=12)),
                ('name', fields.CharField(max_length=100)),
                ('office_id', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'districts', 'app': 'tenants', 'pk_attr': 'id', 'table_description': 'District whose committee coordinates its towns.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tenant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('district_id', fields.UUIDField()),
                ('division_code', fields.CharField(unique=True, max_length=12)),
                ('name', fields.CharField(max_length=100)),
                ('kind', fields.CharField(max_length=10)),
                ('status', fields.CharField(default='ACTIVE', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'tenants', 'app': 'tenants', 'pk_attr': 'id', 'table_description': 'Town, street or district office.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TenantDistrict',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField(null=True)),
            ],
            options={'table': 'tenant_districts', 'app': 'tenants', 'pk_attr': 'id', 'table_description': 'Time during which a tenant belongs to a district.'},
            bases=['Model'],
        ),
        ops.RunSQL(WALL),
    ]

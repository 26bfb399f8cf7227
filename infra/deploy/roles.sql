-- Roles, database and extensions, by the server's superuser through psql; safe to run again.
-- The passwords come from the environment, so that no process list and no history shows them.
\set ON_ERROR_STOP on
\getenv owner_password ANSHANG_OWNER_PASSWORD
\getenv app_password ANSHANG_APP_PASSWORD
\getenv relay_password ANSHANG_RELAY_PASSWORD

select format('create role %I', name)
from unnest(array['anshang_owner', 'anshang_app', 'anshang_relay']) name
where not exists (select from pg_roles where rolname = name)
\gexec

-- The owner migrates and never serves; none of them can step around row-level security.
alter role anshang_owner login nosuperuser nocreaterole noreplication nobypassrls createdb
    password :'owner_password';
alter role anshang_app login nosuperuser nocreaterole noreplication nobypassrls nocreatedb
    password :'app_password';
alter role anshang_relay login nosuperuser nocreaterole noreplication nobypassrls nocreatedb
    password :'relay_password';

-- In the template too, so that the owner's further databases have them.
\connect template1
create extension if not exists btree_gist;
create extension if not exists pg_trgm;

select 'create database anshang owner anshang_owner'
where not exists (select from pg_database where datname = 'anshang')
\gexec

\connect anshang
create extension if not exists btree_gist;
create extension if not exists pg_trgm;

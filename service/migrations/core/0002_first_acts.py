from tortoise import migrations
from tortoise.migrations import operations as ops

# Two first acts of a tenant at once meet at the primary key of its head as well as at the
# unique constraint, so whichever is met first must be no error.
ANY_CONFLICT = """
create or replace function app.append_audit(
    owner_id uuid, owner_district uuid, happened timestamptz,
    who text, what text, whom text, content text) returns text
language plpgsql set search_path = pg_catalog as $$
declare
    head record;
    next_hash text;
begin
    insert into public.audit_heads (id, tenant_id, district_id, seq, hash)
        values (owner_id, owner_id, owner_district, 0, repeat('0', 64))
        on conflict do nothing;
    select seq, hash into strict head from public.audit_heads
        where tenant_id = owner_id for update;
    next_hash := encode(sha256(convert_to(
        head.hash || chr(10) || (head.seq + 1)::text || chr(10) || content, 'UTF8')), 'hex');
    insert into public.audit_entries
        (id, tenant_id, district_id, seq, at, actor, act, subject, entry, hash)
        values (gen_random_uuid(), owner_id, owner_district, head.seq + 1, happened,
            who, what, whom, content, next_hash);
    update public.audit_heads set seq = head.seq + 1, hash = next_hash
        where tenant_id = owner_id;
    return next_hash;
end $$;
"""

ONE_CONFLICT = """
create or replace function app.append_audit(
    owner_id uuid, owner_district uuid, happened timestamptz,
    who text, what text, whom text, content text) returns text
language plpgsql set search_path = pg_catalog as $$
declare
    head record;
    next_hash text;
begin
    insert into public.audit_heads (id, tenant_id, district_id, seq, hash)
        values (owner_id, owner_id, owner_district, 0, repeat('0', 64))
        on conflict (tenant_id) do nothing;
    select seq, hash into strict head from public.audit_heads
        where tenant_id = owner_id for update;
    next_hash := encode(sha256(convert_to(
        head.hash || chr(10) || (head.seq + 1)::text || chr(10) || content, 'UTF8')), 'hex');
    insert into public.audit_entries
        (id, tenant_id, district_id, seq, at, actor, act, subject, entry, hash)
        values (gen_random_uuid(), owner_id, owner_district, head.seq + 1, happened,
            who, what, whom, content, next_hash);
    update public.audit_heads set seq = head.seq + 1, hash = next_hash
        where tenant_id = owner_id;
    return next_hash;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [('core', '0001_initial')]

    initial = False

    operations = [ops.RunSQL(ANY_CONFLICT, reverse_sql=ONE_CONFLICT)]

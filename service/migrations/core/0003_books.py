from tortoise import migrations
from tortoise.migrations import operations as ops

# Whoever keeps something of a town current holds the head of its chain first.  As long as a new
# tenant had no head there was nothing to hold: one who counted before writing the first entry and
# one who wrote it before counting then waited for one another.
HOLD_BOOKS = """
create function app.hold_books(owner_id uuid, owner_district uuid) returns void
language plpgsql set search_path = pg_catalog as $$
begin
    perform from public.audit_heads where tenant_id = owner_id for update;
    if not found then
        insert into public.audit_heads (id, tenant_id, district_id, seq, hash)
            values (owner_id, owner_id, owner_district, 0, repeat('0', 64))
            on conflict do nothing;
        perform from public.audit_heads where tenant_id = owner_id for update;
    end if;
end $$;
create or replace function app.append_audit(
    owner_id uuid, owner_district uuid, happened timestamptz,
    who text, what text, whom text, content text) returns text
language plpgsql set search_path = pg_catalog as $$
declare
    head record;
    next_hash text;
begin
    perform app.hold_books(owner_id, owner_district);
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
    dependencies = [('core', '0002_first_acts')]

    initial = False

    operations = [ops.RunSQL(HOLD_BOOKS)]

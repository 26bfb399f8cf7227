from tortoise import migrations
from tortoise.migrations import operations as ops

# What an act leaves behind goes along with its COMMIT, where no parameter can.  The chains come
# last, for their heads are what other acts of the same towns wait for.
LEAVE_BEHIND = """
create function app.leave_behind(given json) returns void
language plpgsql set search_path = pg_catalog as $$
begin
    insert into public.outbox_events
        (id, tenant_id, district_id, event, payload, actor, correlation, created_at)
    select (e->>0)::uuid, (e->>1)::uuid, (e->>2)::uuid, e->>3, (e->>4)::jsonb, e->>5, e->>6,
        (e->>7)::timestamptz
    from json_array_elements(given->'told') e;
    update public.idempotency_keys k set response = a->>3
    from json_array_elements(given->'answered') a
    where k.tenant_id = (a->>0)::uuid and k.principal = a->>1 and k.key = a->>2;
    perform app.append_audit((n->>0)::uuid, (n->>1)::uuid, (n->>2)::timestamptz, n->>3, n->>4,
        n->>5, n->>6)
    from (
        select n from json_array_elements(given->'noted') with ordinality as l (n, place)
        order by (n->>0)::uuid, place
    ) o;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [('core', '0003_books')]

    initial = False

    operations = [ops.RunSQL(LEAVE_BEHIND)]

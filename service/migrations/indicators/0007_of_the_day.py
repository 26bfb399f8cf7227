from tortoise import migrations
from tortoise.migrations import operations as ops

# Who is above quota and operates is told as of the last day of the period, from the history of the
# register: the first change since then says what was before it.
STD_RATE = """
create or replace view indicator.std_rate with (security_invoker = true) as
    with over as (
        select ((app.until() + 1)::timestamp at time zone 'Asia/Shanghai') as at),
    day as (
        select e.id, e.tenant_id, coalesce(q.value, e.above_quota) as above_quota,
            coalesce(s.value, e.status) as status
        from enterprises e cross join over o
        left join lateral (select (r.before->>'above_quota')::boolean as value
            from register_changes r
            where r.tenant_id = e.tenant_id and r.enterprise_id = e.id and r.premises_id is null
                and r.before ? 'above_quota' and r.at >= o.at
            order by r.at, r.id limit 1) q on true
        left join lateral (select r.before->>'status' as value from register_changes r
            where r.tenant_id = e.tenant_id and r.enterprise_id = e.id and r.premises_id is null
                and r.before ? 'status' and r.at >= o.at
            order by r.at, r.id limit 1) s on true)
    select e.tenant_id, count(*) filter (where exists (select from standardisation_certs c
            where c.tenant_id = e.tenant_id and c.enterprise_id = e.id
                and c.issued_on <= app.until() and c.valid_to > app.until()
                and (c.revoked_on is null or c.revoked_on > app.until()))) as numerator,
        count(*) as denominator
    from day e where e.above_quota and e.status = 'OPERATING' group by e.tenant_id;
"""


# Defects a reviewed file: neither fines nor counts of inspections are read (art. 74).
FILES = """
create view indicator.procedural_defects with (security_invoker = true) as
    select f.tenant_id, coalesce(sum(d.defects), 0)::bigint as numerator, count(*) as denominator
    from reviewed_files f
    left join (select tenant_id, file_id, count(*) as defects from file_findings
        group by tenant_id, file_id) d on d.tenant_id = f.tenant_id and d.file_id = f.id
    where f.result_on between app.since() and app.until() group by f.tenant_id;
grant select on indicator.procedural_defects to anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('indicators', '0006_reports'), ('register', '0002_keeping'),
                    ('case_reviews', '0001_initial')]

    operations = [ops.RunSQL(STD_RATE + FILES)]

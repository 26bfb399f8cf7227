from tortoise import migrations
from tortoise.migrations import operations as ops

# Items and their assessments as they stood on the last day of the period.
ITEMS = """
        with kept as (
            select i.tenant_id, i.enterprise_id, i.level, coalesce(a.passed, false) as passed
            from conformity_items i
            left join lateral (select x.passed from conformity_assessments x
                where x.tenant_id = i.tenant_id and x.item_id = i.id
                    and x.assessed_on <= app.until()
                order by x.assessed_on desc, x.number desc limit 1) a on true
            where i.required and i.added_on <= app.until()
                and (i.ended_on is null or i.ended_on > app.until()))"""
FORMULAS = {
    "std_rate": """
        select e.tenant_id, count(*) filter (where exists (select from standardisation_certs c
                where c.tenant_id = e.tenant_id and c.enterprise_id = e.id
                    and c.issued_on <= app.until() and c.valid_to > app.until()
                    and (c.revoked_on is null or c.revoked_on > app.until()))) as numerator,
            count(*) as denominator
        from enterprises e where e.above_quota and e.status = 'OPERATING' group by e.tenant_id""",
    "conform_enterprise": f"""{ITEMS},
        whole as (
            select tenant_id, enterprise_id, bool_and(passed) as passed from kept
            group by tenant_id, enterprise_id having bool_or(level <> 'ENTERPRISE'))
        select tenant_id, count(*) filter (where passed) as numerator, count(*) as denominator
        from whole group by tenant_id""",
    "conform_discipline": f"""{ITEMS}
        select tenant_id, count(*) filter (where passed) as numerator, count(*) as denominator
        from kept where level = 'DISCIPLINE' group by tenant_id""",
    "conform_post": f"""{ITEMS}
        select tenant_id, count(*) filter (where passed) as numerator, count(*) as denominator
        from kept where level = 'POST' group by tenant_id""",
}
VIEWS = "".join(
    f"create view indicator.{code} with (security_invoker = true) as {query};"
    f"grant select on indicator.{code} to anshang_app;"
    for code, query in FORMULAS.items()
)


class Migration(migrations.Migration):
    dependencies = [('indicators', '0003_training'), ('standardisation', '0001_initial'),
                    ('register', '0001_initial')]

    operations = [ops.RunSQL(VIEWS)]

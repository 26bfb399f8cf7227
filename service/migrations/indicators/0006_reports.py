from tortoise import migrations
from tortoise.migrations import operations as ops

FORMULAS = {
    "report_answered_on_time": """
        select tenant_id, count(*) filter (where answered_on <= due_on
                and answered_on <= app.until()) as numerator, count(*) as denominator
        from reports where due_on between app.since() and app.until() group by tenant_id""",
    "report_rewarded": """
        select tenant_id, count(*) filter (where reward_state = 'PAID') as numerator,
            count(*) as denominator
        from reports where finding in ('TRUE', 'PARTIAL')
            and answered_on between app.since() and app.until() group by tenant_id""",
    "report_awareness": """
        select tenant_id, sum(aware)::bigint as numerator, sum(asked)::bigint as denominator
        from awareness_surveys where held_on between app.since() and app.until()
        group by tenant_id""",
}
VIEWS = "".join(
    f"create view indicator.{code} with (security_invoker = true) as {query};"
    f"grant select on indicator.{code} to anshang_app;"
    for code, query in FORMULAS.items()
)


class Migration(migrations.Migration):
    dependencies = [('indicators', '0005_assets'), ('reports', '0001_initial')]

    operations = [ops.RunSQL(VIEWS)]

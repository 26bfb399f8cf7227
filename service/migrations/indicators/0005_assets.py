from tortoise import migrations
from tortoise.migrations import operations as ops

# Equipment as it stood on the last day of the period, by its latest inspection up to then.
VIEWS = """
create view indicator.assets_in_date with (security_invoker = true) as
    select a.tenant_id, count(*) filter (where coalesce(c.passed, true)
            and coalesce(c.next_due_on, a.first_due_on) >= app.until()) as numerator,
        count(*) as denominator
    from assets a
    join premises p on p.tenant_id = a.tenant_id and p.id = a.premises_id
    left join lateral (select x.passed, x.next_due_on from asset_checks x
        where x.tenant_id = a.tenant_id and x.asset_id = a.id and x.checked_on <= app.until()
        order by x.number desc limit 1) c on true
    where p.status <> 'CLOSED' and a.registered_on <= app.until()
        and (a.retired_on is null or a.retired_on > app.until())
    group by a.tenant_id;
grant select on indicator.assets_in_date to anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('indicators', '0004_standardisation'), ('assets', '0001_initial'),
                    ('register', '0001_initial')]

    operations = [ops.RunSQL(VIEWS)]

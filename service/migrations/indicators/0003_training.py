from tortoise import migrations
from tortoise.migrations import operations as ops

# The hours are those in force on the last day of the period; a period of a year is meant.
VIEWS = """
create view indicator.trained with (security_invoker = true) as
    with attended as (
        select a.tenant_id, a.officer_id, sum(a.minutes) as minutes
        from training_attendances a
        join training_sessions s on s.tenant_id = a.tenant_id and s.id = a.session_id
        where s.audience = 'ENFORCER' and s.withdrawn_on is null
            and s.held_on between app.since() and app.until()
        group by a.tenant_id, a.officer_id)
    select o.tenant_id, count(*) filter (where a.minutes >= 60 * r.amount) as numerator,
        count(*) as denominator
    from officers o
    cross join lateral (select l.amount from law_rules l where l.rule = 'TRAINING_HOURS'
        and l.topic = 'ENFORCER' and l.valid_from <= app.until()
        and (l.valid_to is null or l.valid_to > app.until())
        order by l.valid_from desc limit 1) r
    left join attended a on a.tenant_id = o.tenant_id and a.officer_id = o.id
    where o.active group by o.tenant_id;
grant select on indicator.trained to anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('indicators', '0002_prevention'), ('training', '0001_initial'),
                    ('officers', '0001_initial'), ('law', '0001_initial')]

    operations = [ops.RunSQL(VIEWS)]

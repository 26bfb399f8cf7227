from tortoise import migrations
from tortoise.migrations import operations as ops

# An order is due when its last day is over, as the numbers of enforcement count it: one that still
# runs in the present month is neither closed nor open.
LOOP = """
create or replace view indicator.loop_closed with (security_invoker = true) as
    select tenant_id, count(*) filter (where state in ('CLOSED', 'CASE_FILED')) as numerator,
        count(*) as denominator
    from inspections where rectify_until between app.since() and app.until()
        and rectify_until < (now() at time zone 'Asia/Shanghai')::date
    group by tenant_id;
"""


class Migration(migrations.Migration):
    dependencies = [('indicators', '0007_of_the_day'), ('inspections', '0001_initial')]

    operations = [ops.RunSQL(LOOP)]

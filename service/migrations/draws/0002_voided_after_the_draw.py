from tortoise import migrations
from tortoise.migrations import operations as ops

# A draw may turn out to be wrong after it was drawn.  It is given up with a reason then; what was
# drawn, and with which seed, stays to be seen by everybody.
VOIDED = """
do $$
declare named record;
begin
    for named in select conname from pg_constraint where conrelid = 'random_draws'::regclass
        and contype = 'c' and pg_get_constraintdef(oid) like '%DRAWN%'
        and (pg_get_constraintdef(oid) like '%seed IS NOT NULL%'
             or pg_get_constraintdef(oid) like '%drawn_at IS NOT NULL%')
    loop
        execute format('alter table random_draws drop constraint %I', named.conname);
    end loop;
end $$;
alter table random_draws add constraint random_draws_seeded check
    ((seed is null) = (drawn_at is null)
     and (state <> 'DRAWN' or seed is not null) and (state <> 'COMMITTED' or seed is null));
"""


class Migration(migrations.Migration):
    dependencies = [('draws', '0001_initial')]

    initial = False

    operations = [ops.RunSQL(VOIDED)]

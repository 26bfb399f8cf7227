from tortoise import migrations
from tortoise.migrations import operations as ops

DECIDED = """
-- Nothing is public without a decision that was made and served, and without a last day.
alter table blacklist_cases add constraint blacklist_cases_decided check (published_on is null
    or (classified and decided_on is not null and served_on is not null));
alter table blacklist_cases add constraint blacklist_cases_ends check
    ((published_on is null) = (published_until is null)
    and (published_on is null) = (first_published_at is null)
    and published_until >= published_on);
-- The list of serious dishonesty wants a notice first (国办发〔2020〕49号 (八)).
alter table blacklist_cases add constraint blacklist_cases_noticed check (published_on is null
    or publication <> 'SERIOUS_DISHONESTY' or notice_served_on is not null);
alter table blacklist_cases add constraint blacklist_cases_public check (published_on is not null
    or state not in ('PUBLISHED', 'CORRECTED', 'SUSPENDED', 'REPAIR_REQUESTED', 'REPAIR_ACCEPTED',
        'REPAIRED', 'EXPIRED'));
"""


class Migration(migrations.Migration):
    dependencies = [('blacklist', '0002_measures_and_objections')]

    initial = False

    operations = [ops.RunSQL(DECIDED)]

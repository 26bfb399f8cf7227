from tortoise import migrations
from tortoise.migrations import operations as ops

ANCHORS = """
alter table publication_events drop constraint publication_events_kind_check;
alter table publication_events add constraint publication_events_kind_check check (kind in
    ('PUBLISH', 'CORRECT', 'SUSPEND', 'RESUME', 'WITHDRAW', 'REPAIR', 'EXPIRE', 'ANCHOR'));
create index publication_events_anchors on publication_events (tenant_id, seq)
    where kind = 'ANCHOR';
"""


class Migration(migrations.Migration):
    dependencies = [('publication', '0003_witnesses')]

    initial = False

    operations = [ops.RunSQL(ANCHORS)]

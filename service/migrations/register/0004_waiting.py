from tortoise import migrations
from tortoise.migrations import operations as ops

WAITING = """
-- Enterprises that wait to be indexed, so that looking for them costs nothing when there are none.
create index enterprises_waiting on enterprises (tenant_id, id) where readings = '';
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0003_imports")]

    initial = False

    operations = [ops.RunSQL(WAITING)]

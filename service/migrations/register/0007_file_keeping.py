from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

KEEPING = """
set local lock_timeout = '5s';
create index import_batches_kept on import_batches (tenant_id, updated_at)
    where removed_on is null;
create index register_exports_kept on register_exports (tenant_id, created_at)
    where removed_on is null;
"""


class Migration(migrations.Migration):
    dependencies = [('register', '0006_pairs')]

    initial = False

    operations = [
        ops.AddField(
            model_name='ImportBatch',
            name='removed_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='RegisterExport',
            name='removed_on',
            field=fields.DateField(null=True),
        ),
        ops.RunSQL(KEEPING),
    ]

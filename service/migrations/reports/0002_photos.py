from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

PHOTOS = """
select app.protect('report_photos');
alter table report_photos add foreign key (tenant_id, report_id) references reports (tenant_id, id);
alter table report_photos add constraint report_photos_once unique (tenant_id, report_id, number);
alter table report_photos add check (number between 1 and 3);
alter table report_photos add check (byte_length > 0);
alter table report_photos add check (sha256 ~ '^[0-9a-f]{64}$' and sent_sha256 ~ '^[0-9a-f]{64}$');
alter table report_photos add check (scan in ('UNSCANNED', 'CLEAN'));
-- What was sent with a report stays as it was received.
revoke update, delete on report_photos from anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('reports', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='ReportPhoto',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('report_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('byte_length', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('sent_sha256', fields.CharField(max_length=64)),
                ('scan', fields.CharField(max_length=10)),
            ],
            options={'table': 'report_photos', 'app': 'reports', 'pk_attr': 'id', 'table_description': 'Photo that came with a report, copied without its metadata.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(PHOTOS),
    ]

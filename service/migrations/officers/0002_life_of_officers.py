from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from service.filled_columns import AddFilledField

LIFE = """
-- Those of before left on the day they were entered, as far as anybody knows.
update officers set left_on = created_at::date where not active;
alter table officers add constraint officers_left check (active = (left_on is null));
alter table officers add constraint officers_version check (version > 0);
-- Who has left may come back under the same card; two in office never hold one card.
alter table officers drop constraint officers_card;
create unique index officers_card on officers (tenant_id, card_no) where active;
"""


class Migration(migrations.Migration):
    dependencies = [('officers', '0001_initial')]

    initial = False

    operations = [
        AddFilledField(
            model_name='Officer',
            name='version',
            field=fields.IntField(default=1),
        ),
        ops.AddField(
            model_name='Officer',
            name='left_on',
            field=fields.DateField(null=True),
        ),
        AddFilledField(
            model_name='Officer',
            name='reason',
            field=fields.CharField(default='', max_length=400),
        ),
        ops.AddField(
            model_name='Officer',
            name='came_from',
            field=fields.UUIDField(null=True),
        ),
        ops.RunSQL(LIFE),
    ]

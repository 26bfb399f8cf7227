from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from service.filled_columns import AddFilledField


class Migration(migrations.Migration):
    dependencies = [('deadlines', '0001_initial')]

    initial = False

    operations = [
        AddFilledField(
            model_name='LegalDeadline',
            name='of_person',
            field=fields.BooleanField(default=False),
        ),
    ]

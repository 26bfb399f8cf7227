from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from service.filled_columns import AddFilledField

TEAMS = """
alter table joint_visits add constraint joint_visits_shortage check
    (shortage in ('', 'TOO_FEW_OFFICERS', 'NO_LEAD_OFFICER', 'SKILL_MISSING'));
create index joint_visits_short on joint_visits (tenant_id, day) where shortage <> '';
alter table inspection_demands add constraint inspection_demands_officers check
    (jsonb_typeof(officer_ids::jsonb) = 'array');
-- Who was drawn is never forgotten, and who was not drawn needs no excuse.
alter table inspection_demands add constraint inspection_demands_team_note check
    (team_note = '' or officer_ids::jsonb <> '[]');
"""


class Migration(migrations.Migration):
    dependencies = [('joint', '0004_withdrawal_and_weekly_closing')]

    initial = False

    operations = [
        AddFilledField(
            model_name='JointVisit',
            name='shortage',
            field=fields.CharField(default='', max_length=20),
        ),
        AddFilledField(
            model_name='InspectionDemand',
            name='officer_ids',
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        AddFilledField(
            model_name='InspectionDemand',
            name='team_note',
            field=fields.CharField(default='', max_length=20),
        ),
        ops.RunSQL(TEAMS),
    ]

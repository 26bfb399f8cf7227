from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from service.filled_columns import AddFilledField

PERSONS = """
set local lock_timeout = '5s';
alter table penalty_cases add constraint penalty_cases_person_role
    check (person_role in ('', 'OPERATOR', 'INVESTOR', 'PRINCIPAL', 'SAFETY_MANAGER', 'IN_CHARGE',
        'DIRECTLY_RESPONSIBLE'));
alter table penalty_cases add constraint penalty_cases_person_id_kind
    check (person_id_kind in ('', 'RESIDENT_ID', 'OTHER'));
-- A person is named with everything or not at all, and only where the party is one.
alter table penalty_cases add constraint penalty_cases_person
    check (person_name = '' and person_role = '' and person_id_kind = '' and person_id_tail = ''
            and person_sealed = ''
        or party_kind = 'PERSON' and person_name <> '' and person_role <> ''
            and person_id_kind <> '' and length(person_id_tail) = 4
            and length(person_sealed) > 100);
-- No new case against nobody, and no case changes its party.  Cases of before this column keep
-- theirs, whose party was the individual business.
create function app.check_case_person() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    if tg_op = 'INSERT' then
        if new.party_kind = 'PERSON' and new.person_name = '' then
            raise check_violation using constraint = 'penalty_cases_person',
                message = 'a case against a natural person says who it is';
        end if;
    elsif (new.party_kind, new.person_name, new.person_sealed)
            is distinct from (old.party_kind, old.person_name, old.person_sealed) then
        raise check_violation using constraint = 'penalty_cases_person',
            message = 'a case keeps its party';
    end if;
    return new;
end $$;
create trigger penalty_cases_person before insert or update on penalty_cases
    for each row execute function app.check_case_person();
"""


class Migration(migrations.Migration):
    dependencies = [('cases', '0002_discretion')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='PenaltyCase',
            options={'table': 'penalty_cases', 'app': 'cases', 'pk_attr': 'id', 'table_description': 'Penalty case of one body against one enterprise or a person of it, owned by its town.'},
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='person_id_kind',
            field=fields.CharField(default='', max_length=12),
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='person_id_tail',
            field=fields.CharField(default='', max_length=4),
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='person_name',
            field=fields.CharField(default='', max_length=60),
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='person_role',
            field=fields.CharField(default='', max_length=24),
        ),
        AddFilledField(
            model_name='PenaltyCase',
            name='person_sealed',
            field=fields.TextField(default='', unique=False),
        ),
        ops.RunSQL(PERSONS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

TRAINING = """
select app.protect('training_sessions');
alter table training_sessions add check (audience in ('ENFORCER', 'ENTERPRISE'));
alter table training_sessions add check (minutes between 1 and 1440 and title <> '');
alter table training_sessions add check ((withdrawn_on is null) = (withdrawal = ''));
create index training_sessions_latest on training_sessions (tenant_id, held_on desc, id);
revoke update, delete on training_sessions from anshang_app;
grant update (withdrawn_on, withdrawal, district_id) on training_sessions to anshang_app;
select app.protect('training_attendances');
alter table training_attendances add foreign key (tenant_id, session_id)
    references training_sessions (tenant_id, id);
alter table training_attendances add foreign key (tenant_id, officer_id)
    references officers (tenant_id, id);
alter table training_attendances add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table training_attendances add check ((officer_id is null) <> (enterprise_id is null));
alter table training_attendances add check (minutes between 1 and 1440 and attendee <> '');
create unique index training_attendances_officer
    on training_attendances (tenant_id, session_id, officer_id) where officer_id is not null;
create unique index training_attendances_person
    on training_attendances (tenant_id, session_id, enterprise_id, attendee)
    where enterprise_id is not null;
create index training_attendances_of_officer on training_attendances (tenant_id, officer_id);
revoke update, delete on training_attendances from anshang_app;
grant update (district_id) on training_attendances to anshang_app;
select app.protect('card_warnings');
alter table card_warnings add foreign key (tenant_id, officer_id)
    references officers (tenant_id, id);
alter table card_warnings add constraint card_warnings_once
    unique (tenant_id, officer_id, card_valid_to, step);
revoke update, delete on card_warnings from anshang_app;
grant update (district_id) on card_warnings to anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('officers', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='CardWarning',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField()),
                ('card_valid_to', fields.DateField()),
                ('step', fields.IntField()),
                ('warned_on', fields.DateField()),
            ],
            options={'table': 'card_warnings', 'app': 'training', 'pk_attr': 'id', 'table_description': 'Warning that the card of an officer runs out, once for each step of the same card.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='TrainingAttendance',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('session_id', fields.UUIDField()),
                ('officer_id', fields.UUIDField(null=True)),
                ('enterprise_id', fields.UUIDField(null=True)),
                ('attendee', fields.CharField(max_length=60)),
                ('minutes', fields.IntField()),
            ],
            options={'table': 'training_attendances', 'app': 'training', 'pk_attr': 'id', 'table_description': 'Attendance of one officer, or of one person of an enterprise.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='TrainingSession',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('audience', fields.CharField(max_length=10)),
                ('title', fields.CharField(max_length=200)),
                ('held_on', fields.DateField()),
                ('minutes', fields.IntField()),
                ('withdrawn_on', fields.DateField(null=True)),
                ('withdrawal', fields.CharField(default='', max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'training_sessions', 'app': 'training', 'pk_attr': 'id', 'table_description': 'One session of training that a body held.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(TRAINING),
    ]

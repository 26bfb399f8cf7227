from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

ACCIDENTS = """
select app.protect('accidents');
alter table accidents add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table accidents add foreign key (tenant_id, premises_id)
    references premises (tenant_id, id);
alter table accidents add constraint accidents_once
    unique (tenant_id, premises_id, occurred_at);
alter table accidents add check (occurred_at <= known_at and known_at <= reported_at);
alter table accidents add check (deaths >= 0 and serious_injuries >= 0 and direct_loss_fen >= 0);
alter table accidents add check (version >= 1 and summary <> '');
alter table accidents add check ((concealed_at is null) = (concealment = ''));
create index accidents_latest on accidents (tenant_id, occurred_at desc, id);
create index accidents_enterprise on accidents (tenant_id, enterprise_id, occurred_at desc, id);
-- Nobody dates an accident anew, and what was found to be concealed stays so.
create function app.keep_accident() returns trigger language plpgsql as $$
begin
    if (new.occurred_at, new.known_at, new.reported_at, new.premises_id, new.enterprise_id)
        is distinct from
        (old.occurred_at, old.known_at, old.reported_at, old.premises_id, old.enterprise_id)
        or (old.concealed_at is not null and new.concealed_at is distinct from old.concealed_at)
    then
        raise exception 'an accident keeps its times, its place and its finding'
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger keep_accident before update on accidents for each row
    execute function app.keep_accident();
revoke delete on accidents from anshang_app;
select app.protect('accident_reports');
alter table accident_reports add foreign key (tenant_id, accident_id)
    references accidents (tenant_id, id);
alter table accident_reports add constraint accident_reports_number
    unique (tenant_id, accident_id, number);
alter table accident_reports add check (kind in ('FIRST', 'SUPPLEMENT', 'CORRECTION'));
alter table accident_reports add check ((kind = 'FIRST') = (number = 1));
revoke update, delete on accident_reports from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='Accident',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('premises_id', fields.UUIDField()),
                ('occurred_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('known_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reported_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('summary', fields.TextField(unique=False)),
                ('deaths', fields.IntField()),
                ('serious_injuries', fields.IntField()),
                ('direct_loss_fen', fields.BigIntField()),
                ('version', fields.IntField(default=1)),
                ('concealed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('concealment', fields.CharField(default='', max_length=400)),
                ('reported_by', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accidents', 'app': 'accidents', 'pk_attr': 'id', 'table_description': 'Accident at one premises, with its numbers as they were last reported.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='AccidentReport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('accident_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('kind', fields.CharField(max_length=10)),
                ('deaths', fields.IntField()),
                ('serious_injuries', fields.IntField()),
                ('direct_loss_fen', fields.BigIntField()),
                ('text', fields.TextField(unique=False)),
                ('reported_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'accident_reports', 'app': 'accidents', 'pk_attr': 'id', 'table_description': 'One report on an accident: the first, a supplement or a correction; never changed.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(ACCIDENTS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

POST_CARDS = """
select app.protect('post_cards');
alter table post_cards add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table post_cards add foreign key (tenant_id, post_id) references staff_posts (tenant_id, id);
alter table post_cards add foreign key (tenant_id, risk_premises_id)
    references premises (tenant_id, id);
alter table post_cards add constraint post_cards_number unique (tenant_id, post_id, kind, number);
alter table post_cards add check (kind in ('RISK_LIST', 'DUTY_LIST', 'OPERATION_CARD',
    'EMERGENCY_CARD'));
alter table post_cards add check (number >= 1 and pass_mark between 1 and 100);
alter table post_cards add check (valid_from <= valid_to);
alter table post_cards add check (jsonb_array_length(lines) between 1 and 100);
alter table post_cards add check (risk_premises_id is null or kind = 'RISK_LIST');
create index post_cards_newest on post_cards (tenant_id, created_at desc, id);
create index post_cards_enterprise on post_cards (tenant_id, enterprise_id, created_at desc, id);
revoke update, delete on post_cards from anshang_app;
grant update (district_id) on post_cards to anshang_app;
select app.protect('card_issues');
alter table card_issues add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table card_issues add foreign key (tenant_id, card_id) references post_cards (tenant_id, id);
alter table card_issues add constraint card_issues_once unique (tenant_id, card_id, holder);
alter table card_issues add check (holder <> '' and signed_on >= issued_on);
create index card_issues_enterprise on card_issues (tenant_id, enterprise_id, id);
revoke update, delete on card_issues from anshang_app;
grant update (signed_on, district_id) on card_issues to anshang_app;
create function app.keep_signature() returns trigger language plpgsql as $$
begin
    raise exception 'a card is signed for once' using errcode = 'check_violation';
end $$;
create trigger keep_signature before update on card_issues for each row
    when (old.signed_on is not null and new.signed_on is distinct from old.signed_on)
    execute function app.keep_signature();
select app.protect('card_checks');
alter table card_checks add foreign key (tenant_id, enterprise_id)
    references enterprises (tenant_id, id);
alter table card_checks add foreign key (tenant_id, issue_id)
    references card_issues (tenant_id, id);
alter table card_checks add check (kind in ('QUIZ', 'ORAL', 'DRILL'));
alter table card_checks add check ((kind = 'QUIZ') = (score is not null));
alter table card_checks add check (score between 0 and 100);
alter table card_checks add check (kind = 'QUIZ' or note <> '');
create index card_checks_issue on card_checks (tenant_id, issue_id, created_at, id);
create index card_checks_day on card_checks (tenant_id, checked_on);
revoke update, delete on card_checks from anshang_app;
"""

class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('register', '0001_initial'), ('duties', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='CardCheck',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('issue_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=8)),
                ('answers', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('score', fields.IntField(null=True)),
                ('passed', fields.BooleanField()),
                ('note', fields.CharField(default='', max_length=1000)),
                ('checked_on', fields.DateField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'card_checks', 'app': 'post_cards', 'pk_attr': 'id', 'table_description': 'One check whether a holder remembers, explains or does what the card says.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='CardIssue',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('card_id', fields.UUIDField()),
                ('holder', fields.CharField(max_length=60)),
                ('issued_on', fields.DateField()),
                ('signed_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'card_issues', 'app': 'post_cards', 'pk_attr': 'id', 'table_description': 'One version of a card given to one member of the staff, and the day of the signature.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='PostCard',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('enterprise_id', fields.UUIDField()),
                ('post_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=16)),
                ('number', fields.IntField()),
                ('lines', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('questions', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('pass_mark', fields.IntField()),
                ('risk_premises_id', fields.UUIDField(null=True)),
                ('valid_from', fields.DateField()),
                ('valid_to', fields.DateField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=120)),
            ],
            options={'table': 'post_cards', 'app': 'post_cards', 'pk_attr': 'id', 'table_description': 'One version of one card of a post, never changed.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(POST_CARDS),
    ]

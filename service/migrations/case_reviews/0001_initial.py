from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

REVIEWS = """
select app.protect('case_review_rounds');
alter table case_review_rounds add constraint case_review_rounds_number unique (tenant_id, number);
alter table case_review_rounds add check (state in ('COMMITTED', 'DRAWN', 'VOID'));
alter table case_review_rounds add check ((state = 'DRAWN') = (seed is not null));
alter table case_review_rounds add check ((state = 'DRAWN') = (drawn_at is not null));
alter table case_review_rounds add check ((state = 'VOID') = (void_reason <> ''));
alter table case_review_rounds add check (closed_from <= closed_to and per_town >= 1);
revoke delete on case_review_rounds from anshang_app;

select app.protect('reviewed_files');
alter table reviewed_files add foreign key (tenant_id, case_id)
    references penalty_cases (tenant_id, id);
alter table reviewed_files add constraint reviewed_files_once
    unique (tenant_id, round_id, case_id);
-- A file is reviewed once, whichever rounds draw it; one that was taken out may be drawn again.
create unique index reviewed_files_one on reviewed_files (tenant_id, case_id)
    where state <> 'EXCLUDED';
alter table reviewed_files add constraint reviewed_files_body unique (tenant_id, id, body_id);
alter table reviewed_files add check (state in ('DRAWN', 'SCORED_ONCE', 'SPLIT', 'RESULT',
    'OBJECTED', 'OWED', 'CORRECTED', 'CLOSED', 'EXCLUDED'));
alter table reviewed_files add check (grade in ('EXCELLENT', 'GOOD', 'QUALIFIED', 'UNQUALIFIED'));
alter table reviewed_files add check (score_tenths between 0 and 1000);
alter table reviewed_files add check ((state in ('RESULT', 'OBJECTED', 'OWED', 'CORRECTED',
    'CLOSED')) = (result_on is not null));
alter table reviewed_files add check ((score_tenths is null) = (result_on is null)
    and (grade is null) = (result_on is null));
alter table reviewed_files add check (not vetoed or grade = 'UNQUALIFIED');
alter table reviewed_files add check ((objection = '') = (objected_on is null)
    and (answer = '') = (answered_on is null));
alter table reviewed_files add check (answered_on is null or objected_on is not null);
alter table reviewed_files add check (not revised or answered_on is not null);
alter table reviewed_files add check ((state = 'EXCLUDED') = (excluded <> ''));
alter table reviewed_files add check ((state in ('CLOSED', 'EXCLUDED')) = (closed_on is not null));
create index reviewed_files_open on reviewed_files (tenant_id, object_by)
    where state = 'RESULT';
create index reviewed_files_results on reviewed_files (tenant_id, result_on)
    where result_on is not null;
revoke delete on reviewed_files from anshang_app;

select app.protect('file_reviews');
-- The body of the case stands in each score, so that the table itself refuses a body's own file.
alter table file_reviews add foreign key (tenant_id, file_id, case_body_id)
    references reviewed_files (tenant_id, id, body_id);
alter table file_reviews add constraint file_reviews_impartial check (body_id <> case_body_id);
alter table file_reviews add constraint file_reviews_slot unique (tenant_id, file_id, slot);
alter table file_reviews add constraint file_reviews_reviewer
    unique (tenant_id, file_id, reviewer);
alter table file_reviews add check (slot between 1 and 4);
alter table file_reviews add check (score_tenths between 0 and 1000);
-- What a reviewer said stays as it was said.
revoke update, delete on file_reviews from anshang_app;

select app.protect('file_findings');
alter table file_findings add foreign key (tenant_id, file_id)
    references reviewed_files (tenant_id, id);
alter table file_findings add constraint file_findings_line
    unique (tenant_id, file_id, criterion);
alter table file_findings add check (deducted >= 0 and note <> '');
alter table file_findings add check ((correction = '') = (corrected_on is null));

-- A result has two reviewers, whoever writes it.
create function app.check_reviewers() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    if new.state = 'RESULT' and (select count(*) from public.file_reviews r
        where r.tenant_id = new.tenant_id and r.file_id = new.id and r.slot < 4) < 2
    then
        raise exception 'a result needs two reviewers' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger reviewed_files_reviewers before insert or update of state on reviewed_files
    for each row execute function app.check_reviewers();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('cases', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='FileFinding',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('file_id', fields.UUIDField()),
                ('criterion', fields.CharField(max_length=60)),
                ('deducted', fields.IntField()),
                ('note', fields.CharField(max_length=2000)),
                ('correction', fields.CharField(default='', max_length=2000)),
                ('corrected_on', fields.DateField(null=True)),
            ],
            options={'table': 'file_findings', 'app': 'case_reviews', 'pk_attr': 'id', 'table_description': 'Defect that stands in the result of a file, and what its body did about it.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='FileReview',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('file_id', fields.UUIDField()),
                ('slot', fields.IntField()),
                ('reviewer', fields.CharField(max_length=120)),
                ('reviewer_name', fields.CharField(max_length=100)),
                ('body_id', fields.UUIDField()),
                ('case_body_id', fields.UUIDField()),
                ('score_tenths', fields.IntField()),
                ('vetoed', fields.BooleanField()),
                ('findings', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('opinion', fields.CharField(default='', max_length=2000)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'file_reviews', 'app': 'case_reviews', 'pk_attr': 'id', 'table_description': 'Score of one reviewer, slots 1 to 3 score the file and slot 4 answers an objection.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ReviewRound',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('title', fields.CharField(max_length=200)),
                ('body_id', fields.UUIDField(null=True)),
                ('closed_from', fields.DateField()),
                ('closed_to', fields.DateField()),
                ('per_town', fields.IntField()),
                ('rubric_day', fields.DateField()),
                ('seed_source', fields.CharField(max_length=300)),
                ('seed_known_after', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('commitment', fields.CharField(max_length=64)),
                ('document', fields.TextField(unique=False)),
                ('objects', fields.IntField()),
                ('state', fields.CharField(default='COMMITTED', max_length=10)),
                ('seed', fields.CharField(null=True, max_length=400)),
                ('result', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('void_reason', fields.CharField(default='', max_length=400)),
                ('committed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('drawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'case_review_rounds', 'app': 'case_reviews', 'pk_attr': 'id', 'table_description': 'Round of file reviews that an office organises, committed to before its seed is known.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='ReviewedFile',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('round_id', fields.UUIDField()),
                ('round_title', fields.CharField(max_length=200)),
                ('rubric_day', fields.DateField()),
                ('case_id', fields.UUIDField()),
                ('case_number', fields.CharField(max_length=80)),
                ('body_id', fields.UUIDField()),
                ('state', fields.CharField(default='DRAWN', max_length=12)),
                ('score_tenths', fields.IntField(null=True)),
                ('vetoed', fields.BooleanField(default=False)),
                ('grade', fields.CharField(null=True, max_length=12)),
                ('result_on', fields.DateField(null=True)),
                ('object_by', fields.DateField(null=True)),
                ('objection', fields.CharField(default='', max_length=2000)),
                ('objected_on', fields.DateField(null=True)),
                ('answer', fields.CharField(default='', max_length=2000)),
                ('answered_on', fields.DateField(null=True)),
                ('revised', fields.BooleanField(default=False)),
                ('correct_by', fields.DateField(null=True)),
                ('owed_on', fields.DateField(null=True)),
                ('corrected_on', fields.DateField(null=True)),
                ('returned', fields.CharField(default='', max_length=400)),
                ('accepted_by', fields.CharField(default='', max_length=120)),
                ('excluded', fields.CharField(default='', max_length=400)),
                ('closed_on', fields.DateField(null=True)),
                ('drawn_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reviewed_files', 'app': 'case_reviews', 'pk_attr': 'id', 'table_description': 'File of a closed case that was drawn, owned by the town of the case.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(REVIEWS),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

# The question is about enterprises now.  Nobody has written an answer before, so that no row has to
# be turned from premises to enterprises.
DUPLICATES = """
set local lock_timeout = '5s';
alter table enterprises add foreign key (tenant_id, merged_into)
    references enterprises (tenant_id, id);
alter table enterprises add constraint enterprises_merged_are_closed
    check (merged_into is null or (status = 'CLOSED' and merged_into <> id));
create index enterprises_merged on enterprises (tenant_id, merged_into)
    where merged_into is not null;
alter table duplicate_answers drop constraint duplicate_answers_tenant_id_first_id_fkey;
alter table duplicate_answers drop constraint duplicate_answers_tenant_id_second_id_fkey;
alter table duplicate_answers drop constraint duplicate_answers_ordered;
alter table duplicate_answers add foreign key (tenant_id, first_id)
    references enterprises (tenant_id, id);
alter table duplicate_answers add foreign key (tenant_id, second_id)
    references enterprises (tenant_id, id);
alter table duplicate_answers add constraint duplicate_answers_ordered check (first_id < second_id);
alter table duplicate_answers add constraint duplicate_answers_kept
    check (same = (kept_id is not null) and kept_id in (first_id, second_id));
revoke delete on duplicate_answers from anshang_app;
"""


class Migration(migrations.Migration):
    dependencies = [('register', '0004_waiting')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='DuplicateAnswer',
            options={'table': 'duplicate_answers', 'app': 'register', 'pk_attr': 'id', 'table_description': 'Answer to the question whether two enterprises are one.'},
        ),
        ops.AddField(
            model_name='DuplicateAnswer',
            name='kept_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Enterprise',
            name='merged_into',
            field=fields.UUIDField(null=True),
        ),
        ops.RunSQL(DUPLICATES),
    ]

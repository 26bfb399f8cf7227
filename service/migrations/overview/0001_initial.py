from tortoise import migrations
from tortoise.migrations import operations as ops
from tenants.ids import new_id
from tortoise import fields

COLUMNS = ('enterprises', 'ungraded', 'general', 'major', 'overdue', 'supervised', 'red', 'orange',
           'yellow', 'blue')
OPEN = "state not in ('CLOSED', 'DISMISSED', 'MERGED')"
COUNTED = {
    'enterprises': ("''::text", {'enterprises': "status = 'OPERATING'"}),
    'hazards': ('line', {
        'ungraded': f'grade is null and {OPEN}',
        'general': f"grade = 'GENERAL' and {OPEN}",
        'major': f"grade = 'MAJOR' and {OPEN}",
        'overdue': "state = 'OVERDUE'",
        'supervised': f'supervised_on is not null and {OPEN}',
    }),
    'risk_points': ('line', {one: f"colour = '{one.upper()}'"
                             for one in ('red', 'orange', 'yellow', 'blue')}),
}
"""What each row of a table counts for, by the column of the tally."""

FOUNDATION = """
select app.protect('town_tallies');
alter table town_tallies add constraint town_tallies_once unique (tenant_id, line);
revoke delete on town_tallies from anshang_app;
"""

def tally(table: str) -> str:
    """Triggers by which one statement changes the tallies once, however many rows it touches.

    The head of the town's audit chain is locked first: every command takes it, so two commands
    never wait for one another.
    """
    line, measures = COUNTED[table]
    sums = ', '.join(
        f"coalesce(sum(weight) filter (where {measures[one]}), 0)::int as {one}"
        if one in measures else f'0 as {one}' for one in COLUMNS)
    changed = ' or '.join(f'{one} <> 0' for one in measures)
    columns = ', '.join(COLUMNS)
    added = ', '.join(f'{one} = t.{one} + excluded.{one}' for one in measures)
    read = ['tenant_id', 'district_id', *sorted({'enterprises': {'status'}, 'hazards':
            {'line', 'grade', 'state', 'supervised_on'}, 'risk_points': {'line', 'colour'}}[table])]
    fields = ', '.join(read)
    sources = {'insert': f'select 1 as weight, {fields} from come',
               'delete': f'select -1 as weight, {fields} from gone'}
    sources['update'] = f"{sources['insert']} union all {sources['delete']}"
    parts = []
    for act, source in sources.items():
        referencing = {'insert': 'new table as come', 'delete': 'old table as gone',
                       'update': 'old table as gone new table as come'}[act]
        parts.append(f"""
create function app.tally_{table}_{act}() returns trigger language plpgsql as $$
begin
    perform 1 from public.audit_heads h where h.tenant_id in (
        select tenant_id from ({source}) c group by tenant_id, {line}
        having {' or '.join(f"coalesce(sum(weight) filter (where {m}), 0) <> 0" for m in measures.values())})
        order by h.tenant_id for update;
    insert into public.town_tallies as t (id, tenant_id, district_id, line, {columns})
    select gen_random_uuid(), d.* from (
        select tenant_id, (array_agg(district_id order by weight desc))[1], {line} as line, {sums}
        from ({source}) c group by tenant_id, {line} order by tenant_id, line) d
    where {changed}
    on conflict (tenant_id, line) do update set {added};
    return null;
end $$;
create trigger tally_{act} after {act} on {table} referencing {referencing}
    for each statement execute function app.tally_{table}_{act}();
""")
    return ''.join(parts)


# Rows that exist already are counted once, by the owner, who otherwise sees as little as others.
BACKFILL = """
do $$ declare t text; begin
    foreach t in array array['enterprises', 'hazards', 'risk_points', 'town_tallies'] loop
        execute format('alter table %I no force row level security', t);
    end loop;
end $$;
""" + ''.join(f"""
insert into town_tallies as t (id, tenant_id, district_id, line, {', '.join(COLUMNS)})
select gen_random_uuid(), tenant_id, (array_agg(district_id))[1], {line},
    {', '.join(f"count(*) filter (where {measures[one]})" if one in measures else '0' for one in COLUMNS)}
from {table} group by tenant_id, {line}
on conflict (tenant_id, line) do update set
    {', '.join(f'{one} = t.{one} + excluded.{one}' for one in measures)};
""" for table, (line, measures) in COUNTED.items()) + """
do $$ declare t text; begin
    foreach t in array array['enterprises', 'hazards', 'risk_points', 'town_tallies'] loop
        execute format('alter table %I force row level security', t);
    end loop;
end $$;
"""

OVERVIEW = FOUNDATION + BACKFILL + ''.join(tally(table) for table in COUNTED)


class Migration(migrations.Migration):
    initial = True
    dependencies = [('tenants', '0001_initial'), ('core', '0001_initial'), ('register', '0001_initial'), ('hazards', '0002_extensions_and_sorting'), ('risks', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='TownTally',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('line', fields.CharField(max_length=40)),
                ('enterprises', fields.IntField(default=0)),
                ('ungraded', fields.IntField(default=0)),
                ('general', fields.IntField(default=0)),
                ('major', fields.IntField(default=0)),
                ('overdue', fields.IntField(default=0)),
                ('supervised', fields.IntField(default=0)),
                ('red', fields.IntField(default=0)),
                ('orange', fields.IntField(default=0)),
                ('yellow', fields.IntField(default=0)),
                ('blue', fields.IntField(default=0)),
            ],
            options={'table': 'town_tallies', 'app': 'overview', 'pk_attr': 'id', 'table_description': 'Tally of one town and line of business, which triggers keep current.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(OVERVIEW),
    ]

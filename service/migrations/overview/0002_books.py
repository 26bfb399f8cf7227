from tortoise import migrations
from tortoise.migrations import operations as ops

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

def tally(table: str) -> str:
    """Bodies of the triggers that change the tallies once a statement, whatever it touches.

    The head of the town's audit chain is held first, and begun where there is none: every command
    takes it, so two commands never wait for one another.
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
        parts.append(f"""
create or replace function app.tally_{table}_{act}() returns trigger language plpgsql as $$
begin
    perform app.hold_books(b.tenant_id, b.district_id) from (
        select tenant_id, (array_agg(district_id order by weight desc))[1] as district_id
        from ({source}) c group by tenant_id, {line}
        having {' or '.join(f"coalesce(sum(weight) filter (where {m}), 0) <> 0" for m in measures.values())}
        order by tenant_id) b;
    insert into public.town_tallies as t (id, tenant_id, district_id, line, {columns})
    select gen_random_uuid(), d.* from (
        select tenant_id, (array_agg(district_id order by weight desc))[1], {line} as line, {sums}
        from ({source}) c group by tenant_id, {line} order by tenant_id, line) d
    where {changed}
    on conflict (tenant_id, line) do update set {added};
    return null;
end $$;
""")
    return ''.join(parts)


TALLIES = ''.join(tally(table) for table in COUNTED)


class Migration(migrations.Migration):
    dependencies = [('overview', '0001_initial'), ('core', '0003_books')]

    initial = False

    operations = [ops.RunSQL(TALLIES)]

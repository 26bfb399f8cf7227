from tortoise import migrations
from tortoise.migrations import operations as ops

# What was dismissed as a false report, or merged into another, is no hazard.
COUNTED = "state not in ('DISMISSED', 'MERGED')"
MENDED = {
    "hazard_closure": f"""
        select tenant_id, count(*) filter (where state = 'CLOSED') as numerator,
            count(*) as denominator
        from hazards where found_on between app.since() and app.until() and {COUNTED}
        group by tenant_id""",
    "hazard_on_time": f"""
        select tenant_id, count(*) filter (where closed_on <= due_on) as numerator,
            count(*) as denominator
        from hazards where due_on between app.since() and app.until() and {COUNTED}
        group by tenant_id""",
    "hazard_recurrence": """
        select h.tenant_id, count(*) filter (where exists (select from hazards again
                where again.tenant_id = h.tenant_id and again.recurrence_of = h.id
                    and again.state not in ('DISMISSED', 'MERGED'))) as numerator,
            count(*) as denominator
        from hazards h where h.closed_on between app.since() and app.until()
            and h.state not in ('DISMISSED', 'MERGED')
        group by h.tenant_id""",
    "major_five_conditions": f"""
        select tenant_id, count(*) filter (where plan_responsible <> '' and plan_measures <> ''
                and plan_funds_fen is not null and plan_finish_on is not null
                and plan_contingency <> '') as numerator,
            count(*) as denominator
        from hazards where grade = 'MAJOR' and found_on <= app.until()
            and (closed_on is null or closed_on > app.until()) and {COUNTED}
        group by tenant_id""",
}
IN_OFFICE = "in_office_from <= app.until() and (%s.in_office_to is null or %s.in_office_to > app.until())"


def in_office(person: str) -> str:
    """Whether the person of that alias is in office on the last day of the period."""
    return f"{person}.{IN_OFFICE % (person, person)}"


ADDED = {
    "deaths_commerce": """
        select t.id as tenant_id, coalesce(sum(a.deaths), 0)::bigint as numerator,
            null::bigint as denominator
        from tenants t left join accidents a on a.tenant_id = t.id
            and (a.occurred_at at time zone 'Asia/Shanghai')::date
                between app.since() and app.until()
        where t.kind <> 'DISTRICT' group by t.id""",
    "report_latency": """
        select a.tenant_id, count(*) filter (where a.concealed_at is null
                and a.reported_at - a.known_at <= make_interval(hours => r.amount::int))
                as numerator,
            count(*) as denominator
        from accidents a
        cross join lateral (select (a.occurred_at at time zone 'Asia/Shanghai')::date as day) d
        cross join lateral (select l.amount from law_rules l where l.rule = 'ACCIDENT_REPORT'
            and l.topic = '' and l.valid_from <= d.day
            and (l.valid_to is null or l.valid_to > d.day)
            order by l.valid_from desc limit 1) r
        where d.day between app.since() and app.until() group by a.tenant_id""",
    "routine_completion": """
        select tenant_id, count(*) filter (where state = 'DONE') as numerator,
            count(*) as denominator
        from routine_checks where due_on between app.since() and app.until()
        group by tenant_id""",
    "plates_current": f"""
        select v.tenant_id, count(*) filter (where {in_office("a")} and {in_office("i")}
                and {in_office("h")}) as numerator,
            count(*) as denominator
        from responsibility_plates v
        join premises p on p.tenant_id = v.tenant_id and p.id = v.premises_id
        join enterprises e on e.tenant_id = p.tenant_id and e.id = p.enterprise_id
        join responsible_persons a on a.tenant_id = v.tenant_id and a.id = v.admin_head_id
        join responsible_persons i on i.tenant_id = v.tenant_id and i.id = v.industry_head_id
        join responsible_persons h on h.tenant_id = v.tenant_id and h.id = v.enterprise_head_id
        where v.state = 'CURRENT' and p.status <> 'CLOSED' and e.status <> 'CLOSED'
        group by v.tenant_id""",
    "half_cover": f"""
        with named as (
            select distinct v.tenant_id, h.person_id, v.premises_id
            from responsibility_plates v
            cross join lateral (values (v.admin_head_id), (v.industry_head_id)) h (person_id)
            join responsible_persons p on p.tenant_id = v.tenant_id and p.id = h.person_id
            where v.valid_from <= app.until() and (v.valid_to is null or v.valid_to > app.until())
                and {in_office("p")})
        select n.tenant_id, count(*) filter (where exists (select from guidance_visits g
                where g.tenant_id = n.tenant_id and g.person_id = n.person_id
                    and g.premises_id = n.premises_id and g.counts
                    and g.day between app.since() and app.until())) as numerator,
            count(*) as denominator
        from named n group by n.tenant_id""",
    "supervision_on_time": """
        select tenant_id, count(*) filter (where delisted_on <= deadline) as numerator,
            count(*) as denominator
        from supervision_orders where listed_on is not null
            and deadline between app.since() and app.until() group by tenant_id""",
    "loop_closed": """
        select tenant_id, count(*) filter (where state in ('CLOSED', 'CASE_FILED')) as numerator,
            count(*) as denominator
        from inspections where rectify_until between app.since() and app.until()
        group by tenant_id""",
    "post_coverage": """
        with newest as (
            select distinct on (tenant_id, post_id, kind) tenant_id, post_id, kind, valid_to
            from post_cards where valid_from <= app.until()
            order by tenant_id, post_id, kind, number desc),
        complete as (
            select tenant_id, post_id from newest where valid_to >= app.until()
            group by tenant_id, post_id having count(*) = 4)
        select p.tenant_id, count(c.post_id) as numerator, count(*) as denominator
        from staff_posts p
        left join complete c on c.tenant_id = p.tenant_id and c.post_id = p.id
        where p.opened_on <= app.until() and (p.closed_on is null or p.closed_on > app.until())
        group by p.tenant_id""",
    "understood": """
        select tenant_id, count(*) filter (where passed) as numerator, count(*) as denominator
        from card_checks where checked_on between app.since() and app.until()
        group by tenant_id""",
}

VIEWS = "".join(
    f"create or replace view indicator.{code} with (security_invoker = true) as {query};"
    f"grant select on indicator.{code} to anshang_app;"
    for code, query in (MENDED | ADDED).items()
)


class Migration(migrations.Migration):
    dependencies = [('indicators', '0001_initial'), ('hazards', '0002_extensions_and_sorting'),
                    ('accidents', '0001_initial'), ('post_cards', '0001_initial'),
                    ('duties', '0001_initial'), ('law', '0001_initial'),
                    ('routine_checks', '0001_initial'), ('responsibility', '0001_initial'),
                    ('guidance', '0001_initial'), ('supervision', '0001_initial'),
                    ('inspections', '0001_initial')]

    operations = [ops.RunSQL(VIEWS)]

"""The alarm about inspections that find nothing (低产出预警): the same officer, one enterprise.

Descriptive only: it asks for an explanation and feeds no score.  Three times in a year is the
practice of one city, so the number is a setting of the tenant.
"""

from datetime import timedelta
from uuid import UUID

from service import audit, clock, outbox
from service.administration.queries import setting
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.inspections.records import Inspection, LowYieldAlarm
from service.texts import bounded
from tenants.records import owned
from tenants.wall import current

DAYS = 365  # calendar days looked back

_STREAKS = """
select o.officer_id, count(distinct i.id) as visits
from inspection_officers o
join inspections i on i.tenant_id = o.tenant_id and i.id = o.inspection_id
where i.tenant_id = $1 and i.enterprise_id = $2 and i.state = 'NO_ISSUE' and o.round = 0
    and o.officer_id in (select officer_id from inspection_officers
        where tenant_id = $1 and inspection_id = $3 and round = 0)
    and o.day > greatest($4::date, coalesce((select max(a.raised_on) from low_yield_alarms a
        where a.tenant_id = $1 and a.officer_id = o.officer_id and a.enterprise_id = $2),
        '-infinity'::date))
group by o.officer_id having count(distinct i.id) >= $5
order by o.officer_id
"""


async def watch(row: Inspection) -> None:
    """Raise an alarm for each officer of a visit whose streak has grown too long."""
    assert row.on_site_day is not None
    most = await setting(row.owner, "inspection.low_yield_visits", row.on_site_day)
    since = row.on_site_day - timedelta(days=DAYS)
    found = await current().fetch(_STREAKS, row.tenant_id, row.enterprise_id, row.id, since, most)
    for streak in found:
        alarm = await LowYieldAlarm.create(
            id=new_id(),
            **owned(row.owner),
            officer_id=streak["officer_id"],
            enterprise_id=row.enterprise_id,
            body_id=row.body_id,
            visits=streak["visits"],
            raised_on=row.on_site_day,
        )
        await audit.record("inspections.low_yield", row.owner, "LowYieldAlarm", alarm.id)
        await outbox.emit("inspections.low_yield", row.owner, {"alarm": str(alarm.id)})


async def explain(acting: UUID | None, alarm_id: UUID, explanation: str) -> LowYieldAlarm:
    """The body explains why nothing was found; the count begins anew.

    Raises:
        NotFound: no such alarm in this scope.
        Forbidden: another body's.
        Conflict: explained already.
    """
    alarm = await LowYieldAlarm.filter(id=alarm_id).select_for_update().get_or_none()
    if alarm is None or alarm.tenant_id not in current().scope.writable:
        raise NotFound("no such alarm", path=("input", "alarmId"))
    if alarm.body_id != acting:
        raise Forbidden("the officer's body explains")
    if alarm.explained_on is not None:
        raise Conflict("the alarm is explained already", path=("input", "alarmId"))
    alarm.explanation = bounded(explanation, "explanation", 2000, 6)
    alarm.explained_by = current().scope.actor
    alarm.explained_on = clock.legal_day(clock.now())
    await alarm.save()
    await audit.record("inspections.low_yield_explained", alarm.owner, "LowYieldAlarm", alarm.id)
    await outbox.emit("inspections.low_yield_explained", alarm.owner, {"alarm": str(alarm.id)})
    return alarm

"""Joint measures in the schema: executing bodies see their orders, report and confirm."""

from datetime import date

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.administration import Body
from api.blacklist import BlacklistMeasure, require_list
from api.context import Info
from api.nodes import node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.blacklist import measures, records
from service.blacklist.rules import BodyId, MeasureState
from tenants.rights import Right, Role, Subject


@strawberry.input(description="Filters of the list of measures; all given must hold")
class BlacklistMeasureWhere:
    """Every filter is optional."""

    state: MeasureState | None = strawberry.field(
        default=None, description="Where the measure stands"
    )
    executing_body_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Body that executes the measure"
    )
    overdue: bool | None = strawberry.field(
        default=None, description="Indicates that the lifting should have been confirmed by now"
    )


@strawberry.input(description="Measure that the caller's body applies from a day on")
class RecordMeasureExecutionInput(KeyedInput):
    """Input of `recordMeasureExecution`."""

    measure_id: relay.GlobalID = strawberry.field(description="Measure of the act")
    executed_on: date = strawberry.field(description="Day since which it is applied")
    note: str = strawberry.field(description="How it is applied, 2 to 400 characters")


@strawberry.input(description="Measure that the caller's body no longer applies")
class ConfirmMeasureLiftingInput(KeyedInput):
    """Input of `confirmMeasureLifting`."""

    measure_id: relay.GlobalID = strawberry.field(description="Measure of the act")
    lifted_on: date = strawberry.field(description="Day on which it was lifted")
    note: str = strawberry.field(description="How it was lifted, 2 to 400 characters")


def _body(info: Info) -> BodyId | None:
    body = info.context.principal.body_id
    return BodyId(body) if body else None


async def _execute(info: Info, given: RecordMeasureExecutionInput) -> BlacklistMeasure:
    measure = node_id(given.measure_id, BlacklistMeasure, "measureId")
    row = await measures.record_execution(measure, _body(info), given.executed_on, given.note)
    return BlacklistMeasure.of(row)


async def _lift(info: Info, given: ConfirmMeasureLiftingInput) -> BlacklistMeasure:
    measure = node_id(given.measure_id, BlacklistMeasure, "measureId")
    row = await measures.confirm_lifting(measure, _body(info), given.lifted_on, given.note)
    return BlacklistMeasure.of(row)


_READS = (Subject.BLACKLIST, Right.READ_OWN)
_CODES = ("WRONG_STATE", "NOT_EXECUTING_BODY")


@strawberry.type
class MeasureMutation:
    """What executing bodies report."""

    record_measure_execution = act(
        "recordMeasureExecution", "Report that a joint measure is applied",
        RecordMeasureExecutionInput, ("measure", BlacklistMeasure), _execute,
        needs=_READS, codes=_CODES,
    )  # fmt: skip
    confirm_measure_lifting = act(
        "confirmMeasureLifting", "Confirm that a joint measure is no longer applied",
        ConfirmMeasureLiftingInput, ("measure", BlacklistMeasure), _lift,
        needs=_READS, codes=_CODES,
    )  # fmt: skip


@strawberry.type
class MeasureQuery:
    """Questions about joint measures."""

    @strawberry.field(description="Joint measures that the caller may see, newest first")
    async def blacklist_measures(
        self,
        info: Info,
        where: BlacklistMeasureWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BlacklistMeasure]:
        """One page; an enterprise sees those against itself."""
        require_list(info)
        chosen, principal = where or BlacklistMeasureWhere(), info.context.principal
        found = records.BlacklistMeasure.all()
        if principal.role is Role.ENTERPRISE:
            found = found.filter(enterprise_id=principal.enterprise_id)
        if chosen.state is not None:
            found = measures.standing(found, chosen.state)
        if chosen.executing_body_id is not None:
            body = node_id(chosen.executing_body_id, Body, "executingBodyId")
            found = found.filter(executing_body_id=body)
        if chosen.overdue is not None:
            found = measures.overdue(found, clock.legal_day(clock.now()), chosen.overdue)
        return await page(found, BlacklistMeasure.of, first=first, after=after, key="created_at")

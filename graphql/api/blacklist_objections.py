"""Objections in the schema: the party says what is wrong, the deciding body answers."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.blacklist import BlacklistCase, case_of_row, may_see, require_list
from api.blacklist_case import CaseAct, case_of, check_party, decider
from api.context import Info
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import clock
from service.blacklist import objections, queries, records
from service.blacklist.rules import ObjectionOutcome
from tenants.rights import Right, Role, Subject, allows

strawberry.enum(
    ObjectionOutcome,
    name="BlacklistObjectionOutcome",
    description="How an objection ended after it was verified",
)


@strawberry.type(description="Objection (异议) of a party to what is public about it")
class BlacklistObjection(RowNode, relay.Node):
    """One objection; its words are null for those who may read states only."""

    model = records.BlacklistObjection

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.BlacklistObjection]
    lodged_on: date = strawberry.field(description="Day on which it was lodged")
    due_on: date | None = strawberry.field(
        description="Last day to answer, null while a year's holidays are not published"
    )
    outcome: ObjectionOutcome | None = strawberry.field(
        description="How it ended, null while it waits for its answer"
    )
    answered_on: date | None = strawberry.field(description="Day of the answer")

    @strawberry.field(description="What the party says is wrong")
    def claim(self, info: Info) -> str | None:
        """Null unless the caller may read content."""
        return self.row.claim if _reads_words(info) else None

    @strawberry.field(description="Reasons of the answer")
    def answer(self, info: Info) -> str | None:
        """Null until it was answered, or unless the caller may read content."""
        return (self.row.answer or None) if _reads_words(info) else None

    @strawberry.field(description="Indicates that the answer is owed or came after its last day")
    def overdue(self) -> bool:
        """The last day itself is not late."""
        return objections.is_late(self.row, clock.legal_day(clock.now()))

    @strawberry.field(description="Case whose publication it is about")
    async def blacklist_case(self, info: Info) -> BlacklistCase | None:
        """Loaded for all objections of the page in one statement."""
        return await case_of_row(info, self.row.case_id)

    @classmethod
    def of(cls, row: records.BlacklistObjection) -> "BlacklistObjection":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            lodged_on=row.lodged_on,
            due_on=row.due_on,
            outcome=ObjectionOutcome(row.outcome) if row.outcome else None,
            answered_on=row.answered_on,
        )

    @classmethod
    async def resolve_nodes(
        cls, *, info: Any, node_ids: Iterable[str], required: bool = False
    ) -> Any:
        """The objections in scope that the caller may know of, in the order asked."""
        found = await super().resolve_nodes(info=info, node_ids=node_ids, required=required)
        return [one if one and may_see(info, one.row.enterprise_id) else None for one in found]


def _reads_words(info: Info) -> bool:
    return allows(info.context.principal.role, Subject.BLACKLIST, Right.READ_OWN)


@strawberry.input(description="What the party says is wrong with its publication")
class ObjectToBlacklistingInput(CaseAct):
    """Input of `objectToBlacklisting`."""

    claim: str = strawberry.field(description="What is wrong and why, 2 to 2000 characters")


@strawberry.input(description="Answer to an objection after it was verified")
class AnswerBlacklistObjectionInput(KeyedInput):
    """Input of `answerBlacklistObjection`."""

    objection_id: relay.GlobalID = strawberry.field(description="Objection that is answered")
    outcome: ObjectionOutcome = strawberry.field(description="How it ends")
    answer: str = strawberry.field(
        description="Reasons, 2 to 2000 characters; stated in public where the entry is withdrawn"
    )
    cause: str | None = strawberry.field(
        default=None, description="Corrected cause, for a correction"
    )
    basis: str | None = strawberry.field(
        default=None, description="Corrected legal basis, for a correction"
    )


async def _object(info: Info, given: ObjectToBlacklistingInput) -> BlacklistObjection:
    await check_party(info, case_of(given))
    return BlacklistObjection.of(await objections.lodge(case_of(given), given.claim))


async def _answer(info: Info, given: AnswerBlacklistObjectionInput) -> dict[str, Any]:
    row, case = await objections.answer(
        node_id(given.objection_id, BlacklistObjection, "objectionId"),
        decider(info),
        given.outcome,
        given.answer,
        cause=given.cause,
        basis=given.basis,
    )
    return {"objection": BlacklistObjection.of(row), "blacklist_case": BlacklistCase.of(case)}


@strawberry.type
class ObjectionMutation:
    """Acts about objections."""

    object_to_blacklisting = act(
        "objectToBlacklisting", "Object to what is public; the answer is due within a set time",
        ObjectToBlacklistingInput, ("objection", BlacklistObjection), _object,
        needs=(Subject.BLACKLIST, Right.READ_OWN), codes=("WRONG_STATE", "CONFLICT"),
    )  # fmt: skip
    answer_blacklist_objection = act(
        "answerBlacklistObjection", "Answer an objection: correct, withdraw or refuse",
        AnswerBlacklistObjectionInput, ("objection", BlacklistObjection), _answer,
        needs=(Subject.BLACKLIST, Right.READ_OWN), codes=("WRONG_STATE", "NOT_DECIDING_BODY"),
        also={"blacklist_case": (BlacklistCase, "Case after the act")},
    )  # fmt: skip


@strawberry.type
class ObjectionQuery:
    """Questions about objections."""

    @strawberry.field(description="Objections that the caller may see, newest first")
    async def blacklist_objections(
        self,
        info: Info,
        open: Annotated[
            bool | None, strawberry.argument(description="Indicates that the answer is owed")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[BlacklistObjection]:
        """One page; an enterprise sees its own."""
        require_list(info)
        principal = info.context.principal
        own = principal.enterprise_id if principal.role is Role.ENTERPRISE else None
        found = queries.objections(waiting=open, enterprise_id=own)
        return await page(found, BlacklistObjection.of, first=first, after=after, key="created_at")

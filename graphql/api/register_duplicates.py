"""Likely duplicates in the schema: pairs to ask about, the clerk's answer, and what was merged."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import node_id
from api.paging import First, check_first
from api.register import Enterprise
from api.reverse import adds_to
from service.register import merging, pairing, records
from service.register.duplicates import Reason
from service.register.merging import Verdict
from tenants.rights import Right, Role, Subject

strawberry.enum(Verdict, name="DuplicateVerdict", description="What a clerk says of two entries")
strawberry.enum(Reason, name="DuplicateReason", description="Why two entries may be one")

PAIRS_DEFAULT = 20
READS = (Subject.REGISTER, Right.WRITE)


@strawberry.type(description="Two entries of the register that may be one enterprise")
class LikelyDuplicate:
    """One question to the clerk."""

    first: Enterprise = strawberry.field(description="The older entry")
    second: Enterprise = strawberry.field(description="The newer entry")
    score: int = strawberry.field(description="How likely, 50 to 100")
    reasons: list[Reason] = strawberry.field(description="Why, the gravest first")


@strawberry.type(description="Pairs that nobody has answered yet")
class LikelyDuplicates:
    """The likeliest first; what is answered makes room."""

    total_count: int = strawberry.field(description="Number of all pairs")
    pairs: list[LikelyDuplicate] = strawberry.field(description="The likeliest pairs")


@adds_to(Enterprise)
class DuplicatesOfEnterprise:
    """See `api.reverse`."""

    @strawberry.field(description="Entry into which this one was merged, null where it was not")
    async def merged_into(root: Enterprise, info: Info) -> Enterprise | None:
        """Loaded for all enterprises of a page in two statements."""

        async def load(keys: list[UUID]) -> list[records.Enterprise | None]:
            found = await merging.merged_into(keys)
            return [found.get(key) for key in keys]

        if info.context.principal.role is Role.ENTERPRISE:  # it sees one entry, its own
            return None
        row = await info.context.loader("merged_into", load).load(root.id)
        return Enterprise.of(row) if row else None

    @strawberry.field(description="Entries that were merged into this one, oldest first")
    async def merged_from(root: Enterprise, info: Info) -> list[Enterprise]:
        """Loaded for all enterprises of a page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.Enterprise]]:
            found = await merging.merged_from(keys)
            return [found[key] for key in keys]

        if info.context.principal.role is Role.ENTERPRISE:
            return []
        rows = await info.context.loader("merged_from", load).load(root.id)
        return [Enterprise.of(row) for row in rows]


@strawberry.type
class DuplicateQuery:
    """Questions that only a person can answer."""

    @strawberry.field(description="Entries of the town that may be one enterprise, likeliest first")
    async def likely_duplicates(self, info: Info, first: First = PAIRS_DEFAULT) -> LikelyDuplicates:
        """In two statements for any number of pairs; for those who may answer."""
        info.context.require(*READS)
        shown, total = await pairing.likely(info.context.home, check_first(first))
        wanted = {one for pair in shown for one in (pair.first, pair.second)}
        rows = {row.id: row for row in await records.Enterprise.filter(id__in=list(wanted))}
        return LikelyDuplicates(
            total_count=total,
            pairs=[
                LikelyDuplicate(
                    first=Enterprise.of(rows[pair.first]),
                    second=Enterprise.of(rows[pair.second]),
                    score=pair.score,
                    reasons=list(pair.reasons),
                )
                for pair in shown
            ],
        )


@strawberry.input(description="Answer to the question whether two entries are one enterprise")
class AnswerDuplicateInput(KeyedInput):
    """Input of `answerDuplicate`."""

    first_id: relay.GlobalID = strawberry.field(description="One entry")
    second_id: relay.GlobalID = strawberry.field(description="The other entry")
    verdict: Verdict = strawberry.field(description="Whether they are one")
    kept_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Of two that are one the entry that stays; the other is closed"
    )
    reason: str = strawberry.field(description="Why, at most 400 characters")


async def _answer(info: Info, input: AnswerDuplicateInput) -> dict[str, Any]:
    first = node_id(input.first_id, Enterprise, "firstId")
    second = node_id(input.second_id, Enterprise, "secondId")
    kept = node_id(input.kept_id, Enterprise, "keptId") if input.kept_id else None
    await merging.answer(first, second, input.verdict, input.reason, kept)
    row = await records.Enterprise.get(id=kept or first)
    return {"enterprise": Enterprise.of(row)}


@strawberry.type
class DuplicateMutation:
    """The clerk's answer."""

    answer_duplicate: Any = act(
        "answerDuplicate",
        "Say whether two entries are one enterprise; one is merged into the other, or the pair is"
        " not asked about again",
        AnswerDuplicateInput, ("enterprise", Enterprise), _answer, needs=READS,
        codes=("CONFLICT",),
    )  # fmt: skip

"""What clerks and the committee ask of a full register, through the schema, as they would."""

import statistics
import time
from typing import Any

from tortoise.backends.asyncpg.client import TransactionWrapper

from api.context import Context
from api.schema import schema
from tenants.directory import committee_scope
from tenants.principal import Principal
from tenants.rights import Role
from tenants.scope import Owner, Scope

REPEATS = 15
_LIST = """query L($where: EnterpriseWhere, $orderBy: EnterpriseOrder) {
  enterprises(where: $where, orderBy: $orderBy, first: 20) { totalCount
    edges { node { id name creditCode risk status premises { id address } } } } }"""
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "list": (_LIST, {}),
    "by_name": (_LIST, {"orderBy": "NAME"}),
    "search_characters": (_LIST, {"where": {"search": "龙湖东南"}}),
    "search_common": (_LIST, {"where": {"search": "公司"}}),
    "search_pinyin": (_LIST, {"where": {"search": "longhudong"}}),
    "search_initials": (_LIST, {"where": {"search": "lhdn"}}),
    "search_code": (_LIST, {"where": {"search": "91990112MA01"}}),
    "duplicates": (
        "{ likelyDuplicates(first: 20) { totalCount pairs { score first { id } second { id } } } }",
        {},
    ),
    "tiers": ("{ supervisionTierCounts { first undecided } }", {}),
    "grids": ("{ gridCoverage { premises orphanPremises } }", {}),
}


HAZARDS: dict[str, tuple[str, dict[str, Any]]] = {
    "hazards": (
        """query H($where: HazardWhere) { hazards(where: $where, first: 20) { totalCount
          edges { node { id state grade dueOn premises { name } enterprise { name } } } } }""",
        {},
    ),
    "hazards_overdue": (
        """query H($where: HazardWhere) { hazards(where: $where, first: 20) {
          edges { node { id state grade dueOn premises { name } enterprise { name } } } } }""",
        {"where": {"state": "OVERDUE"}},
    ),
}
COMMITTEE: dict[str, tuple[str, dict[str, Any]]] = {
    "committee_summary": (
        """{ townSummaries { town { name } enterprises overdue supervised
          openHazards { ungraded general major } risks { red orange yellow blue } } }""",
        {},
    ),
    "committee_counts": (
        """{ hazardCounts { town { name } found open overdue
          onTime { numerator denominator value } } }""",
        {},
    ),
}


async def asked(owner: Owner) -> dict[str, Any]:
    """Median ms of each question of the town's clerk, and how many statements it ran."""
    return await _ask(_clerk(owner), QUESTIONS)


async def asked_of_hazards(owner: Owner) -> dict[str, Any]:
    """The same of a town with many hazards, and of the committee over all its towns."""
    scope = await committee_scope(owner.district_id, "bench")
    committee = Principal("account:office", Role.COMMITTEE, scope, "测试")
    return await _ask(_clerk(owner), HAZARDS) | await _ask(committee, COMMITTEE)


def _clerk(owner: Owner) -> Principal:
    return Principal("account:bench", Role.TENANT_ADMIN, Scope.of_tenant(owner, "bench"), "测试")


async def _ask(
    clerk: Principal, questions: dict[str, tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, (document, variables) in questions.items():
        times = []
        counted = _Counted()
        for repeat in range(REPEATS + 1):
            begun = time.perf_counter()
            with counted:
                result = await schema.execute(document, variables, Context(clerk))
            if result.errors:
                raise RuntimeError(f"{name}: {result.errors[0].message}")
            if repeat:
                times.append(time.perf_counter() - begun)
        figures[f"{name}_ms"] = round(statistics.median(times) * 1000, 1)
        figures[f"{name}_statements"] = counted.statements // (REPEATS + 1)
    return figures


class _Counted:
    """Counts the statements that models and queries run inside its block."""

    _NAMES = ("execute_query", "execute_query_dict")

    def __init__(self) -> None:
        self.statements = 0
        self._before: dict[str, Any] = {}

    def __enter__(self) -> None:
        for name in self._NAMES:
            self._before[name] = getattr(TransactionWrapper, name)
            setattr(TransactionWrapper, name, self._counting(self._before[name]))

    def __exit__(self, *_: object) -> None:
        for name, original in self._before.items():
            setattr(TransactionWrapper, name, original)

    def _counting(self, original: Any) -> Any:
        async def run(wrapper: Any, *values: Any, **named: Any) -> Any:
            self.statements += 1
            return await original(wrapper, *values, **named)

        return run

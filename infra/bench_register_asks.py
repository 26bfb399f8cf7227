"""What clerks and the committee ask of a full register, through the schema, as they would."""

import statistics
import time
from typing import Any

from tortoise.backends.asyncpg.client import TransactionWrapper

from api.context import Context
from api.schema import schema
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
    "tiers": ("{ supervisionTierCounts { first undecided } }", {}),
    "grids": ("{ gridCoverage { premises orphanPremises } }", {}),
}


async def asked(owner: Owner) -> dict[str, Any]:
    """Median ms of each question of the town's clerk, and how many statements it ran."""
    clerk = Principal("account:bench", Role.TENANT_ADMIN, Scope.of_tenant(owner, "bench"), "测试")
    figures: dict[str, Any] = {}
    for name, (document, variables) in QUESTIONS.items():
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

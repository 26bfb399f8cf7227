"""What every server of the API's benchmark is asked, in its own words, and what is true."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from infra.bench_api_load import Request, WrongAnswer, post
from infra.bench_api_rows import Bench

KEY = b"0" * 32
"""Stands in a written request for the idempotency key."""

ACROSS = ("committee", "live")
"""Cases that a committee asks, of all its towns."""
ALL = ("anshang", "limit", "postgraphile", "mercurius")
CASES: dict[str, tuple[str, ...]] = {
    "point": ALL,
    "page": ALL,
    "committee": ("anshang", "limit"),
    "live": ("anshang", "limit", "mercurius"),
    "write": ("anshang", "limit"),
}
"""Which servers are asked; peers do not count by town, nor write with audit and outbox."""

DOCUMENTS: dict[tuple[str, str], str] = {
    ("point", "anshang"): "query Point($code: String!) { enterprise(creditCode: $code)"
    " { creditCode name industryCode aboveQuota risk } }",
    ("point", "postgraphile"): "query Point($code: String!, $tenant: UUID!) {"
    " enterprisByTenantIdAndCreditCode(tenantId: $tenant, creditCode: $code)"
    " { creditCode name industryCode aboveQuota risk } }",
    ("point", "mercurius"): "query Point($code: String!) { enterprise(creditCode: $code)"
    " { creditCode name industryCode aboveQuota risk } }",
    ("page", "anshang"): "query Page { enterprises(first: 50) { edges { node {"
    " creditCode name risk hazards(first: 5) { edges { node {"
    " state grade description foundOn history { step state } } } } } } } }",
    ("page", "postgraphile"): "query Page($tenant: UUID!) { allEnterprises(first: 50,"
    " orderBy: PRIMARY_KEY_DESC, condition: {tenantId: $tenant}) { edges { node {"
    " creditCode name risk hazardsByTenantIdAndEnterpriseId(first: 5,"
    " orderBy: [CREATED_AT_DESC, PRIMARY_KEY_DESC]) { edges { node { state grade description"
    " foundOn hazardEventsByTenantIdAndHazardId(orderBy: PRIMARY_KEY_ASC)"
    " { nodes { step state } } } } } } } } }",
    ("page", "mercurius"): "query Page { enterprises(first: 50) { creditCode name risk"
    " hazards { state grade description foundOn history { step state } } } }",
    ("committee", "anshang"): "query Committee { townSummaries { town { name } enterprises"
    " openHazards { ungraded general major } overdue } }",
    ("live", "anshang"): "query Live { hazardCounts { town { name } found major overdue } }",
    ("live", "mercurius"): "query Live { towns { town found major overdue } }",
    ("write", "anshang"): "mutation Report($input: ReportHazardInput!) { reportHazard("
    "input: $input) { hazard { state } errors { code message } } }",
}


def requests(case: str, name: str, bench: Bench, port: int) -> list[Request]:
    """What this server is asked in turn."""
    if case == "write":
        return [_written(name, bench, premises, port) for premises in bench.premises]
    return [_read(case, name, bench, code, port) for code in bench.codes]


def _read(case: str, name: str, bench: Bench, code: str, port: int) -> Request:
    if name == "limit":
        return Request(code, post(f"/{case}", orjson.dumps({"code": code}), port))
    variables: dict[str, Any] = {"code": code} if case == "point" else {}
    if name == "postgraphile":
        variables["tenant"] = str(bench.town.tenant_id)
    body = orjson.dumps({"query": DOCUMENTS[case, name], "variables": variables})
    token = bench.committee_token if case in ACROSS else bench.town_token
    headers = {"Authorization": f"Bearer {token}"} if name == "anshang" else {}
    return Request(code, post("/graphql", body, port, headers))


def _written(name: str, bench: Bench, premises: UUID, port: int) -> Request:
    if name == "limit":
        body = orjson.dumps({"premises": str(premises), "key": KEY.decode()})
        return Request("write", post("/write", body, port))
    given = {
        "premisesId": _global("Premises", premises),
        "category": "FIRE",
        "description": "疏散通道堆放货物",
        "idempotencyKey": KEY.decode(),
    }
    body = orjson.dumps({"query": DOCUMENTS["write", name], "variables": {"input": given}})
    return Request(
        "write", post("/graphql", body, port, {"Authorization": f"Bearer {bench.town_token}"})
    )


def _global(kind: str, identity: UUID) -> str:
    return b64encode(f"{kind}:{identity}".encode()).decode()


class Truth:
    """What the limit answered, and every other server's answers in its shape."""

    def __init__(self, case: str) -> None:
        self.case = case
        self.rows: dict[str, Any] = {}
        self.bytes: dict[tuple[str, str], bytes] = {}

    def learn(self, server: str, name: str, status: int, body: bytes) -> None:
        """Keep the first answer, once it is what the limit says.

        Raises:
            WrongAnswer: it is not.
        """
        answer = orjson.loads(body) if status == 200 else None
        if server != "limit" and isinstance(answer, dict) and answer.get("errors"):
            raise WrongAnswer(f"{server} {self.case}: {answer['errors']}")
        shape: Callable[[Any], Any] = SHAPES.get((self.case, server), lambda given: given)
        try:
            found = answer if server == "limit" else shape(answer["data"])  # type: ignore[index]
        except (TypeError, KeyError) as error:
            raise WrongAnswer(f"{server} {self.case}: {status} {body[:300]!r}") from error
        if not found or self.rows.setdefault(name, found) != found:
            raise WrongAnswer(f"{server} {self.case} {name}: {str(found)[:300]} is not true")
        self.bytes[server, name] = body

    def judge(self, server: str) -> Callable[[str, int, bytes], None]:
        """The judge of every later answer of a server."""

        def same(name: str, status: int, body: bytes) -> None:
            if status != 200 or body != self.bytes[server, name]:
                raise WrongAnswer(f"{server} {self.case} {name}: {status} {body[:300]!r}")

        def written(name: str, status: int, body: bytes) -> None:
            answer = orjson.loads(body)
            done = answer.get("written") or answer["data"]["reportHazard"]["hazard"]
            if status != 200 or not done:
                raise WrongAnswer(f"{server}: {body[:300]!r}")

        return written if self.case == "write" else same


def _nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def _ours(data: Any) -> Any:
    return [{**one, "hazards": _nodes(one["hazards"])} for one in _nodes(data["enterprises"])]


def _graphile(data: Any) -> Any:
    return [
        {
            "creditCode": one["creditCode"],
            "name": one["name"],
            "risk": one["risk"],
            "hazards": [
                {
                    **{k: v for k, v in hazard.items() if not k.startswith("hazardEvents")},
                    "history": hazard["hazardEventsByTenantIdAndHazardId"]["nodes"],
                }
                for hazard in _nodes(one["hazardsByTenantIdAndEnterpriseId"])
            ],
        }
        for one in _nodes(data["allEnterprises"])
    ]


SHAPES: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("point", "anshang"): lambda data: data["enterprise"],
    ("point", "mercurius"): lambda data: data["enterprise"],
    ("point", "postgraphile"): lambda data: data["enterprisByTenantIdAndCreditCode"],
    ("page", "anshang"): _ours,
    ("page", "postgraphile"): _graphile,
    ("page", "mercurius"): lambda data: data["enterprises"],
    ("committee", "anshang"): lambda data: [
        {**one, "town": one["town"]["name"]} for one in data["townSummaries"]
    ],
    ("live", "anshang"): lambda data: [
        {**one, "town": one["town"]["name"]} for one in data["hazardCounts"]
    ],
    ("live", "mercurius"): lambda data: data["towns"],
}
"""Other servers' answers in the shape of the limit's."""

"""Benchmarks by name: each is a module with `run(…) -> dict` of figures."""

import json
from importlib import import_module
from typing import Any

from service.errors import Invalid

BENCHES = {
    "api": "infra.bench_api",
    "joint": "infra.bench_joint",
    "plan": "infra.bench_plan",
    "prevention": "infra.bench_prevention",
    "provision": "infra.bench_provision",
    "publish": "infra.bench_publish",
    "publish-scale": "infra.bench_publish_scale",
    "isolation": "infra.bench_isolation",
    "evidence": "infra.bench_evidence",
    "evidence-lossy": "infra.bench_evidence_lossy",
    "evidence-chaos": "infra.bench_evidence_chaos",
    "register": "infra.bench_register",
    "webhooks": "infra.bench_webhooks",
    "console": "infra.bench_console",
    "hostile": "infra.bench_hostile",
}


def measure(name: str, case: str = "", *, minutes: float = 0, as_json: bool = False) -> None:
    """Run one benchmark and print its figures; `minutes` is for those that go on as long as told.

    Raises:
        Invalid: no such benchmark.
    """
    if name not in BENCHES:
        raise Invalid(f"no benchmark {name}; choose from {', '.join(sorted(BENCHES))}")
    module = import_module(BENCHES[name])
    chosen: dict[str, Any] = {"minutes": minutes} if minutes else {}
    figures: dict[str, Any] = module.run(case, **chosen) if case else module.run(**chosen)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:36} {value}")

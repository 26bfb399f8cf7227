"""A process of the API holds what an answer needs, and loads the rest when it is first used."""

import subprocess
import sys

HEAVY = (
    "numpy",
    "ortools",
    "pyvrp",
    "xlsxwriter",
    "boto3",
    "botocore.client",
    "icalendar",
    "pypinyin",
    "typst",
    "PIL",
    "faker",
    "dramatiq",
    "opentelemetry.sdk",
    "httpx2",
    "authlib",
    "joserfc",
    "redis",
    "limits",
    "jinja2",
    "segno",
    "python_calamine",
    "h3",
    "botocore",
    "tortoise.migrations",
)


def test_starting_the_api_loads_nothing_that_few_requests_need() -> None:
    asked = f"import sys, api.app; print([one for one in {HEAVY!r} if one in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ".:graphql", "PATH": ""},
    )

    assert done.stdout.strip() == "[]"

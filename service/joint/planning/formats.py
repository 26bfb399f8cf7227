"""Reading and writing `anshang.joint/1` and `anshang.plan/1`, plain or gzip-compressed JSON."""

import gzip
import json
import zlib
from dataclasses import asdict, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from service.joint.planning.model import Certificate, Instance, Plan, PlannedVisit, Unserved
from service.joint.planning.parse import FormatError, parse_instance, parse_plan

INSTANCE_FORMAT = "anshang.joint/1"
PLAN_FORMAT = "anshang.plan/1"
_GZIP_MAGIC = b"\x1f\x8b"
# A compressed bomb must not fill the memory of a shared machine: a million demands take 250 MB,
# and no honest document shrinks to less than a hundredth.
MAX_BYTES = 1 << 30
MAX_RATIO = 200
_SLACK = 1 << 20


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _inflated(data: bytes) -> bytes:
    most = min(MAX_BYTES, len(data) * MAX_RATIO + _SLACK)
    with gzip.open(BytesIO(data)) as stream:
        text = stream.read(most + 1)
    if len(text) > most:
        raise FormatError("$", f"unpacks to more than {most} bytes, which is no honest document")
    return text


def _document(data: bytes) -> tuple[Any, bytes]:
    try:
        if data[:2] == _GZIP_MAGIC:
            data = _inflated(data)
        if len(data) > MAX_BYTES:
            raise FormatError("$", f"longer than {MAX_BYTES} bytes")
        return json.loads(data, parse_constant=_no_number), data
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError("$", f"damaged gzip data: {error}") from error
    except RecursionError as error:
        raise FormatError("$", "nested too deeply") from error
    except MemoryError as error:
        raise FormatError("$", "larger than the memory there is") from error
    except (UnicodeDecodeError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("$", f"not JSON: {error}") from error


def load_instance(data: bytes) -> Instance:
    """Parse and validate an instance; `sha256` is that of the uncompressed JSON text.

    Raises:
        FormatError: names the path of the first bad value.
    """
    document, text = _document(data)
    return replace(parse_instance(document), sha256=sha256(text).hexdigest())


def load_plan(data: bytes) -> Plan:
    """Parse a plan; whether it is lawful is the checker's business.

    Raises:
        FormatError: names the path of the first bad value.
    """
    return parse_plan(_document(data)[0])


def read_instance(path: Path) -> Instance:
    """`load_instance` on a file."""
    return load_instance(_bytes(path))


def read_plan(path: Path) -> Plan:
    """`load_plan` on a file."""
    return load_plan(_bytes(path))


def _bytes(path: Path) -> bytes:
    """What stands in a file, as far as it will be looked at."""
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def dump_instance(instance: Instance) -> bytes:
    """Canonical JSON text of an instance: the same instance gives the same bytes."""
    document = {
        "format": INSTANCE_FORMAT,
        "days": [day.isoformat() for day in instance.days],
        "shift": list(instance.shift),
        "travel": asdict(instance.travel),
        "bases": [asdict(base) for base in instance.bases],
        "officers": [
            {
                "id": o.id,
                "body": o.body,
                "base": o.base,
                "skills": list(o.skills),
                "certified": o.certified,
                "absent": sorted(o.absent),
            }
            for o in instance.officers
        ],
        "premises": [_premises(p) for p in instance.premises],
        "demands": [_demand(d) for d in instance.demands],
        "fixed": [_visit(v) for v in instance.fixed],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _premises(p: Any) -> dict[str, Any]:
    return {
        "id": p.id,
        "enterprise": p.enterprise,
        "tenant": p.tenant,
        "lat": p.lat,
        "lon": p.lon,
        "closed": sorted(p.closed),
        "open": list(p.open) if p.open else None,
        "min_gap_days": p.min_gap_days,
        "max_visits": p.max_visits,
        "max_visits_per_body": p.max_visits_per_body,
        "max_minutes": p.max_minutes,
    }


def _demand(d: Any) -> dict[str, Any]:
    return {
        "id": d.id,
        "body": d.body,
        "skill": d.skill,
        "premises": d.premises,
        "release": d.release,
        "due": d.due,
        "minutes": d.minutes,
        "risk": d.risk,
        "mandatory": d.mandatory,
        "exempt": d.exempt,
        **({"officers": list(d.officers)} if d.officers else {}),
    }


def _visit(v: PlannedVisit) -> dict[str, Any]:
    return {
        "premises": v.premises,
        "day": v.day,
        "start": v.start,
        "minutes": v.minutes,
        "officers": list(v.officers),
        "lead_body": v.lead_body,
        "demands": list(v.demands),
    }


def _unserved(u: Unserved) -> dict[str, str]:
    return {"demand": u.demand, "reason": u.reason}


def _certificate(c: Certificate | None) -> dict[str, Any] | None:
    return asdict(c) if c is not None else None


def dump_plan(plan: Plan) -> bytes:
    """Canonical JSON text of a plan: the same plan gives the same bytes."""
    document = {
        "format": PLAN_FORMAT,
        "visits": [_visit(v) for v in plan.visits],
        "unserved": [_unserved(u) for u in plan.unserved],
        "certificate": _certificate(plan.certificate),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def write(path: Path, data: bytes) -> None:
    """Write a document whole or not at all; a name ending in `.gz` is compressed."""
    if path.suffix == ".gz":
        data = gzip.compress(data, compresslevel=6, mtime=0)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def digest(instance: Instance) -> str:
    """SHA-256 of the text the instance came from, or of its canonical text."""
    return instance.sha256 or sha256(dump_instance(instance)).hexdigest()

"""Draw again: `python redraw.py DRAW.json SEED` prints what was drawn.  Python alone is needed.

DRAW.json is the committed document; its SHA-256 is the commitment that was published before the
seed.  Whoever is drawn is decided by the order of SHA-256(commitment | seed | stratum | object)
within each stratum, and the officers of an object by SHA-256(commitment | seed | object | officer).
"""

import json
import sys
from hashlib import sha256
from pathlib import Path


def rank(*parts: str) -> str:
    """Place of something in a draw; smallest first."""
    return sha256("\n".join(parts).encode()).hexdigest()


def redraw(document: bytes, seed: str) -> dict[str, object]:
    """The commitment, and for each drawn object its stratum and its officers."""
    commitment = sha256(document).hexdigest()
    content = json.loads(document)
    drawn = []
    for stratum in content["strata"]:
        name = stratum["name"]
        order = sorted(stratum["objects"], key=lambda one: rank(commitment, seed, name, one["id"]))
        for one in order[: stratum["take"]]:
            team = sorted(content["officers"], key=lambda o: rank(commitment, seed, one["id"], o))
            drawn.append(
                {"stratum": name, "object": one["id"], "officers": team[: content["team"]]}
            )
    return {"commitment": commitment, "seed": seed, "drawn": drawn}


if __name__ == "__main__":
    again = redraw(Path(sys.argv[1]).read_bytes(), sys.argv[2])
    json.dump(again, sys.stdout, indent=1, ensure_ascii=False)

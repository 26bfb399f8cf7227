"""How far the witnesses have followed the caller's log: what its operator looks at."""

from datetime import datetime
from enum import Enum

import strawberry

from api.context import Info
from service.publication import witnessing
from tenants.rights import Right, Subject


@strawberry.enum(description="Why a witness has not cosigned the present checkpoint")
class LogWitnessProblem(Enum):
    """Codes of `service.publication.witnessing`."""

    UNREACHABLE = "UNREACHABLE"
    LOG_NOT_KNOWN = "LOG_NOT_KNOWN"
    KEY_NOT_TRUSTED = "KEY_NOT_TRUSTED"
    FORK = "FORK"
    AHEAD = "AHEAD"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    REFUSED = "REFUSED"


@strawberry.type(description="Witness of the public log, and how far it has followed")
class LogWitness:
    """One configured witness."""

    name: str = strawberry.field(description="Name that it cosigns under")
    key: str = strawberry.field(description="Key that verifies its cosignatures, name+hash+key")
    size: str = strawberry.field(
        description="Number of events in the largest log it is known to have seen, a decimal string"
    )
    current: bool = strawberry.field(
        description="Indicates that it cosigned the present checkpoint"
    )
    cosigned_at: datetime | None = strawberry.field(
        description="Timestamp of its last cosignature, by its own clock"
    )
    asked_at: datetime | None = strawberry.field(description="When it was last asked, timestamp")
    problem: LogWitnessProblem | None = strawberry.field(
        description="Why it did not cosign when it was last asked; null when it did"
    )


@strawberry.type(description="Witnesses of the public log of the caller's office")
class LogWitnessing:
    """All configured witnesses, and whether enough of them cosigned."""

    origin: str = strawberry.field(description="Name of the log")
    size: str = strawberry.field(description="Number of events in it, a decimal string")
    quorum: int = strawberry.field(
        description="How many witnesses must have cosigned, as the operator set it"
    )
    cosigned: int = strawberry.field(description="How many cosigned the present checkpoint")
    reached: bool = strawberry.field(description="Indicates that the quorum is reached")
    witnesses: list[LogWitness] = strawberry.field(description="In the order of the settings")


@strawberry.type
class WitnessingQuery:
    """What an operator asks."""

    @strawberry.field(
        description="Witnesses of the public log of the caller's office; null when it has none yet"
    )
    async def log_witnessing(self, info: Info) -> LogWitnessing | None:
        """From the tables, without asking a witness."""
        info.context.require(Subject.AUDIT, Right.READ_OWN)
        found = await witnessing.standing(info.context.home)
        if found is None:
            return None
        return LogWitnessing(
            origin=found.origin,
            size=str(found.size),
            quorum=found.quorum,
            cosigned=found.cosigned,
            reached=found.cosigned >= found.quorum,
            witnesses=[
                LogWitness(
                    name=one.key.name,
                    key=str(one.key),
                    size=str(one.size),
                    current=one.current,
                    cosigned_at=one.cosigned_at,
                    asked_at=one.asked_at,
                    problem=LogWitnessProblem(one.problem) if one.problem else None,
                )
                for one in found.witnesses
            ],
        )

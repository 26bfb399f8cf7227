"""Opening who a natural person is: for the body of the case, a stated purpose and a receipt."""

from uuid import UUID

from service import receipts
from service.cases import persons
from service.cases.steps import locked
from service.errors import Conflict


async def reveal(
    acting: UUID | None, case_id: UUID, purpose: str, reader_name: str
) -> tuple[str, str]:
    """Number and address of the person, once the town has a receipt of who reads it and why.

    Raises:
        NotFound, Forbidden: no such case, or another body's.
        Conflict: the party is an enterprise.
        Invalid: the purpose says nothing.
    """
    case = await locked(case_id, acting)
    if not case.person_sealed:
        raise Conflict("the party of this case is no natural person", path=("input", "caseId"))
    await receipts.leave(case.owner, reader_name, "PenaltyCase", case.id, purpose)
    return persons.opened(case.person_sealed)

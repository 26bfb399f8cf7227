"""What can be asked about officers."""

from datetime import date

from service.officers.records import Officer


async def certified(day: date) -> list[Officer]:
    """Active officers in scope whose card is valid on `day`, in order of their ids."""
    return await Officer.filter(active=True, card_valid_to__gte=day).order_by("id")

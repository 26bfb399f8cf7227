"""What a resolver knows about its request: who asks, what they may, and how rows are batched."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from service.errors import Forbidden
from service.identity.budget import BudgetExhausted, Left, budgets
from service.settings import settings
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows
from tenants.scope import Owner

if TYPE_CHECKING:
    from api.documents import Document

Authenticate = Callable[[str], Awaitable[Principal]]
Loader = Callable[[list[UUID]], Awaitable[list[Any]]]


class Context:
    """One request: its principal, its parsed document and its data loaders."""

    def __init__(
        self,
        principal: Principal,
        *,
        request_id: str = "",
        address: str = "",
        headers: Mapping[str, str] | None = None,
        renew: Callable[[], Awaitable[Principal]] | None = None,
    ) -> None:
        self.principal = principal
        self.request_id = request_id
        self.address = address
        self.headers = headers or {}
        self.query = ""
        """Text of `document`: the operations of one socket share this context."""
        self.document: Document | None = None
        self.cost: dict[str, int] = {}
        self.confidential = False
        """The answer shows a secret and is not kept as it is."""
        self.operation = ""
        """Name of the operation, for the figures of applications."""
        self.left: Left | None = None
        """What remains of the budget, once this request has paid."""
        self.unpaid: BudgetExhausted | None = None
        """Why it could not, asked once however many tiers look at the request."""
        self._renew = renew
        self._loaders: dict[str, DataLoader[UUID, Any]] = {}
        self._shared: dict[str, dict[UUID, Any]] = {}

    def require(self, subject: Subject, right: Right, *circumstances: str) -> None:
        """Refuse the act unless the principal's role carries the right.

        `circumstances` are the capabilities of the moment (`tenants.rights.Capability`); the
        scopes of an application's token are added.

        Raises:
            Forbidden: it does not.
        """
        held = self.principal.grants.union(circumstances)
        if not allows(self.principal.role, subject, right, capabilities=held):
            raise Forbidden(
                f"a {self.principal.role.value} may not {right.value} {subject.value} objects"
            )

    async def pay(self, cost: dict[str, int]) -> None:
        """Spend the cost of the request from the application's budget, once; people have none.

        Raises:
            BudgetExhausted: there is not enough left.
        """
        self.cost = cost
        if self.unpaid is not None:
            raise self.unpaid
        if self.principal.role is not Role.APP or self.left is not None:
            return
        home = self.principal.scope.home
        town = str(home.tenant_id) if home else ""
        per_hour = settings().app_points_per_hour
        points = cost["requested"]
        try:
            self.left = await budgets().spend(
                self.principal.key, town, points, per_hour, self.operation
            )
        except BudgetExhausted as refusal:
            self.unpaid = refusal
            raise

    @property
    def costs(self) -> dict[str, int]:
        """The entry `cost` of the answer's extensions."""
        if self.left is None:
            return self.cost
        return {**self.cost, "budget": self.left.limit, "remaining": self.left.remaining}

    async def renewed(self) -> Principal:
        """The principal as of now, for what runs longer than a request.

        Raises:
            SafetyError: the token has expired or was revoked meanwhile.
        """
        if self._renew is not None:
            self.principal = await self._renew()
        return self.principal

    @property
    def home(self) -> Owner:
        """The tenant whose desk the principal sits at.

        Raises:
            Forbidden: the principal belongs to none.
        """
        if self.principal.scope.home is None:
            raise Forbidden("sign in as a member of a town, a department or a committee first")
        return self.principal.scope.home

    def shared(self, name: str) -> dict[UUID, Any]:
        """Rows of the request by id, for a loader that works on rows already read."""
        return self._shared.setdefault(name, {})

    def loader(self, name: str, load: Loader) -> DataLoader[UUID, Any]:
        """The request's batch loader of that name; `load` answers in the order of its keys."""
        if name not in self._loaders:
            self._loaders[name] = DataLoader(load_fn=load)
        return self._loaders[name]


if TYPE_CHECKING:
    Info = strawberry.Info[Context, None]
else:
    Info = strawberry.Info

"""Expected refusals: what a person can mend, as opposed to a defect of ours."""


class SafetyError(Exception):
    """A refusal with a stable `code` for programs and a message that says what to do.

    Raised by rules and commands, turned into data once, at the edge.  `path` names the
    input field at fault, outermost first, and is empty when no single field is.
    """

    code = "REFUSED"

    def __init__(self, message: str, *, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class NotFound(SafetyError):
    """The object does not exist, or this principal may not know that it does."""

    code = "NOT_FOUND"


class Forbidden(SafetyError):
    """The principal's role does not carry the right this act needs."""

    code = "FORBIDDEN"


class Invalid(SafetyError):
    """An input value breaks a rule of its own, whatever the state of the world."""

    code = "INVALID"


class Conflict(SafetyError):
    """The act does not fit the present state of the object."""

    code = "CONFLICT"


class Unavailable(SafetyError):
    """A part that the answer needs cannot be reached now; the same request may succeed later."""

    code = "UNAVAILABLE"

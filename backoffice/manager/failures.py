"""What can come of a call that did not simply succeed, by what it says about the outcome.

Failure
├── NotSent              nothing left this machine
│   ├── NotConnected         the Manager could not be reached
│   └── TooLate              the lease was too short to begin
├── Answered             the Manager said no, with the contract's body
│   ├── ValidationFailed     400: nothing happened
│   ├── Unauthorized         401: the key is missing, or lacks the scope
│   │   └── OutOfScope           the same key reads: what it lacks is the scope for this
│   ├── PermissionDenied     403: the service account may not, or the group is unknown
│   ├── NotFound             404: no such login
│   ├── AlreadyApplied       409: done before, by someone
│   └── TooManyRequests      429: nothing happened; wait
└── Unknown              nothing is said about the outcome
    ├── ManagerOffline       503: the plane is down
    ├── NoAnswer             time-out, reset or cut connection
    └── Unreadable           not the contract's answer: HTML, 3xx, 5xx, half a body
"""

from typing import Any


class Failure(Exception):
    """A call to the Manager that did not simply succeed."""

    status = 0

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or self.status


class NotSent(Failure):
    pass


class NotConnected(NotSent):
    pass


class TooLate(NotSent):
    pass


class Answered(Failure):
    """Carries the Manager's words: `field`, `reason` and MetaTrader's return code where it names them."""

    def __init__(self, message: str, *, field: str = "", reason: str = "", retcode: int = 0, **more: Any) -> None:
        super().__init__(message)
        self.field, self.reason, self.retcode = field, reason, retcode
        self.original = more.get("original")
        self.retry_after = more.get("retry_after")

    @property
    def words(self) -> str:
        return f"{self.message} ({self.retcode})" if self.retcode else self.message


class ValidationFailed(Answered):
    status = 400


class Unauthorized(Answered):
    status = 401


class OutOfScope(Unauthorized):
    """A 401 alone does not say so; whoever asked has read with the same key since."""


class PermissionDenied(Answered):
    status = 403


class NotFound(Answered):
    status = 404


class AlreadyApplied(Answered):
    """`original` is what the first call made (a JSON object), or None where the provider does not keep it."""

    status = 409


class TooManyRequests(Answered):
    """`retry_after` is in seconds."""

    status = 429


class Unknown(Failure):
    pass


class ManagerOffline(Unknown):
    """`retry_after` is in seconds, or None."""

    status = 503

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoAnswer(Unknown):
    pass


class Unreadable(Unknown):
    pass


BY_CODE: dict[tuple[int, str], type[Answered]] = {
    (400, "ValidationError"): ValidationFailed,
    (401, "Unauthorized"): Unauthorized,
    (403, "PermissionDenied"): PermissionDenied,
    (404, "NotFound"): NotFound,
    (409, "AlreadyApplied"): AlreadyApplied,
    (429, "TooManyRequests"): TooManyRequests,
}

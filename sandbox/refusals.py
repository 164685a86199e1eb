"""The contract's ways to say no: each is an exception that knows its status, its code and its JSON body."""

from typing import Any

PARAMETERS = 3
PERMISSIONS = 8
NOT_FOUND = 13
LOGIN_EXISTS = 3004
INVALID_PASSWORD = 3006
DIFFERENT_CURRENCY = 3010
NO_MONEY = 10019


class Refused(Exception):
    """The call was not carried out; `details` and `original` go into the body as they are."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        original: Any = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.details, self.original = details, original
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

    def body(self, *, request_id: str | None) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if request_id:
            error["requestId"] = request_id
        if self.details:
            error["details"] = self.details
        if self.original is not None:
            error["original"] = self.original
        return {"error": error}


def invalid(field: str, message: str, *, reason: str | None = None, retcode: int = PARAMETERS) -> Refused:
    details: dict[str, Any] = {"field": field, "mtRetcode": retcode}
    if reason:
        details["reason"] = reason
    return Refused(400, "ValidationError", message, details=details)


def unauthorized(message: str) -> Refused:
    return Refused(401, "Unauthorized", message)


def denied(message: str, *, reason: str | None, field: str | None = None) -> Refused:
    named = {"reason": reason, "field": field}
    details: dict[str, Any] = {name: value for name, value in named.items() if value}
    return Refused(403, "PermissionDenied", message, details=details and {**details, "mtRetcode": PERMISSIONS})


def unknown_group(group: object) -> Refused:
    return denied(f"group {group!a} is not known", reason="unknownGroup", field="group")


def not_found(what: str) -> Refused:
    return Refused(404, "NotFound", f"{what} is not known", details={"mtRetcode": NOT_FOUND})


def already_applied(original: Any) -> Refused:
    return Refused(409, "AlreadyApplied", "already applied", original=original)


def too_many(*, retry_after: int) -> Refused:
    return Refused(429, "TooManyRequests", "slow down", retry_after=retry_after)


def offline(*, retry_after: int | None) -> Refused:
    return Refused(503, "ManagerOffline", "the management plane is unavailable", retry_after=retry_after)

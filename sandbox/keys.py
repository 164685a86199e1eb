"""The demo credentials and what each may do; they open nothing but a sandbox on a loopback address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    scopes: frozenset[str]


def _key(name: str, scopes: str) -> Key:
    return Key(name, frozenset(scopes.split()))


# Published on purpose: the sandbox listens on 127.0.0.1 only and moves nobody's money.
KEYS = {
    "demo-web-key": _key("web", "accounts:read funds:read reports:read"),
    "demo-accounts-key": _key("accounts", "accounts:read accounts:write accounts:password"),
    "demo-funding-key": _key("funding", "funds:read funds:write accounts:read"),
    "demo-reporting-key": _key("reporting", "reports:read funds:read accounts:read"),
}


def bearer(authorization: str) -> Key | None:
    scheme, _, credential = authorization.partition(" ")
    return KEYS.get(credential.strip()) if scheme.lower() == "bearer" else None

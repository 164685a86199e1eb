"""Where mail goes, from one address: `smtp://`, `smtp+tls://`, `smtps://`, `console:` or `file:///folder`."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BACKENDS = "django.core.mail.backends"
# By scheme its port, and how it is encrypted.
SERVERS = {"smtp": (25, ""), "smtp+tls": (587, "EMAIL_USE_TLS"), "smtps": (465, "EMAIL_USE_SSL")}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECONDS = 10
TAKES = "it takes smtp+tls://user:password@host:587, smtps://…, smtp://host, console: or file:///folder"


def parsed(url: str) -> dict[str, Any]:
    """Django's settings of mail; raises ImproperlyConfigured, in words that do not hold the password."""
    if not url:
        return {"EMAIL_BACKEND": f"{BACKENDS}.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"EMAIL_URL is no address; {TAKES}.") from None
    if parts.scheme == "console" and url in ("console:", "console://"):
        return {"EMAIL_BACKEND": f"{BACKENDS}.console.EmailBackend"}
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and parts.path != "/":
        Path(parts.path).mkdir(parents=True, exist_ok=True)
        return {"EMAIL_BACKEND": f"{BACKENDS}.filebased.EmailBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme not in SERVERS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"EMAIL_URL is not understood; {TAKES}. A password is written as in an address: @ is %40."
        )
    return _server(parts.scheme, parts.hostname, port, user=parts.username, password=parts.password)


def _server(scheme: str, host: str, port: int | None, *, user: str | None, password: str | None) -> dict[str, Any]:
    usual, encrypted = SERVERS[scheme]
    if bool(user) != bool(password):
        raise ImproperlyConfigured("EMAIL_URL names a user without a password, or a password without a user.")
    if password and not encrypted and host not in LOOPBACK:
        raise ImproperlyConfigured("EMAIL_URL would send its password in clear; use smtp+tls:// or smtps://.")
    server = {"EMAIL_BACKEND": f"{BACKENDS}.smtp.EmailBackend", "EMAIL_HOST": host, "EMAIL_PORT": port or usual}
    signs_in = {"EMAIL_HOST_USER": unquote(user or ""), "EMAIL_HOST_PASSWORD": unquote(password or "")}
    return {**server, **signs_in, "EMAIL_TIMEOUT": SECONDS, **({encrypted: True} if encrypted else {})}

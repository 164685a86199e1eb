"""Codes of an app (TOTP): the seed, sealed with whose it is, and which half minute a code is of."""

import base64
import hmac
import secrets
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import qrcode
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from qrcode.image.svg import SvgPathImage

from backoffice.safety.sealing import opened, seal

PERIOD, DIGITS, BYTES = 30, 6, 20
# A phone's clock may be half a minute off, in either direction; a code counts once all the same.
AROUND = (0, -1, 1)


def new_seed() -> str:
    return base64.b32encode(secrets.token_bytes(BYTES)).decode()


def sealed(seed: str, *, by: Any) -> str:
    return seal(seed, of=f"totp:{by.pk}", keys=settings.SEAL_KEYS)


def unsealed(token: str, *, by: Any) -> str:
    return opened(token, of=f"totp:{by.pk}", keys=settings.SEAL_KEYS)


def app_of(by: Any) -> Authenticator | None:
    return Authenticator.objects.filter(user=by, type=Authenticator.Type.TOTP).first()


def step_of(seed: str, code: str, *, now: datetime) -> int | None:
    """The half minute that this is the code of, among those around now; None where it is none of theirs."""
    wanted = [step_at(now) + near for near in AROUND] if code.isascii() else []
    return next((step for step in wanted if hmac.compare_digest(code_at(seed, step), code)), None)


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD


def code_at(seed: str, step: int) -> str:
    return str(format_hotp_value(hotp_value(seed, step)))


def address(seed: str, *, by: Any) -> str:
    """What an app reads from the picture: whose it is, and where."""
    issuer = f"Countersign {settings.MANAGER_ENVIRONMENT}".strip()
    label = quote(f"{issuer}:{by.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': issuer}, quote_via=quote)}"


def picture(text: str) -> str:
    """A QR code as an address of its own; the content policy takes pictures as data, and no markup of a library's."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()

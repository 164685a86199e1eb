"""The WSGI application that granian serves; on unsafe settings, or on a database without its guards or of another environment, it does not start."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  # Django must be set up before
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.db import connection  # noqa: E402  # Django must be set up before

from backoffice.audit import client_keys, guards, pin  # noqa: E402
from backoffice.database import standing  # noqa: E402
from backoffice.governance import founding  # noqa: E402
from backoffice.safety import checks  # noqa: E402

if settings.PROCESS != "web" and not settings.DEMO:
    raise ImproperlyConfigured("The web starts with PROCESS=web, so that it holds no key that writes.")
checks.insist()
guards.insist(connection)
standing.tell()
pin.insist()
client_keys.insist()
if not settings.DEMO:
    founding.insist()
connection.close()

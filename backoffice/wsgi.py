"""The WSGI application that granian serves; on a database without its guards it does not start."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()

from django.db import connection  # noqa: E402  # Django must be set up before

from backoffice.audit import guards  # noqa: E402

guards.insist(connection)
connection.close()

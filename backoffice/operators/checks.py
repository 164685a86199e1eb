"""Django's system check of sign-in: what counts failed tries must count for all processes."""

from typing import Any

from django.conf import settings
from django.core import checks

OF_ONE_PROCESS = ("LocMemCache", "DummyCache")


@checks.register(checks.Tags.security)
def counts_for_all(**_: Any) -> list[checks.CheckMessage]:
    if not str(settings.CACHES["default"]["BACKEND"]).endswith(OF_ONE_PROCESS):
        return []
    words = "The cache is one process's own, so that each would let somebody guess anew."
    return [checks.Error(words, hint="Set CACHE_URL to a Redis that all share.", id="operators.cache")]

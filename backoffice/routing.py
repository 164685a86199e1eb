"""Which database a table lives in: the cache has a file of its own on a laptop, everything else the default."""

from typing import Any

CACHE_TABLES = "django_cache"


class Router:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "cache" if model._meta.app_label == CACHE_TABLES else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "cache") == (app_label == CACHE_TABLES)

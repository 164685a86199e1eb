"""What Django's own report of a failure may hold: where it happened, and nothing that anybody typed, held or was given."""

import re
from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Hides the values of forms, cookies and variables whoever asks, and every setting that may hold a password."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|URL|CACHES|DATABASES|SEAL", flags=re.IGNORECASE
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return self._hidden(request.POST) if request else {}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        return self._hidden(request.COOKIES) if request else {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return self._hidden(tb_frame.f_locals).items()

    def _hidden(self, values: Any) -> dict[str, Any]:
        return dict.fromkeys(values, self.cleansed_substitute)

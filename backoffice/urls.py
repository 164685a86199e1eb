"""Every address of the house; each view declares its own access."""

from django.conf import settings
from django.urls import include, path

from backoffice import probes
from backoffice.access import EVERYONE, access, public
from backoffice.audit import views as audit
from backoffice.safety.reports_of_browsers import csp_report
from backoffice.ui import urls as ui

# The gallery knows nothing of roles; its views are declared here.
for gallery in ui.urlpatterns:
    access(*EVERYONE)(gallery.callback)

handler500 = "backoffice.ui.errors.failed"

urlpatterns = [
    path("", include("backoffice.operations.urls")),
    path("", include("backoffice.governance.urls")),
    path("accounts/", include("accounts.urls")),
    path("funding/", include("funding.urls")),
    path("audit/", audit.trail, name="trail"),
    path("", include("backoffice.operators.urls")),
    path("livez", public(probes.livez), name="livez"),
    path("readyz", public(probes.readyz), name="readyz"),
    path("csp-reports/", public(csp_report, methods=("POST",)), name="csp_report"),
    # Made-up data to look at while one builds; no part of what is deployed.
    *([path("_ui/", include(ui))] if settings.DEMO else []),
]

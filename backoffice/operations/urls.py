"""The desk's addresses."""

from django.urls import path

from backoffice.operations.views import acts, connections, exceptions, pages, policy

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("approvals/", pages.approvals, name="approvals"),
    path("exceptions/", exceptions.desk, name="exceptions"),
    path("policy/", policy.desk, name="policy"),
    path("connections/", connections.desk, name="connections"),
    path("connections/<str:lane>/pause/", connections.pause, name="pause"),
    path("connections/<str:lane>/reopening/", connections.reopening, name="reopening"),
    path("connections/<str:lane>/reopening/confirmation/", connections.confirmation, name="reopening_confirmation"),
    path("operations/", pages.operations, name="operations"),
    path("operations/<uuid:pk>/", pages.operation, name="operation"),
    path("operations/<uuid:pk>/approval/", acts.approval, name="approval"),
    path("operations/<uuid:pk>/rejection/", acts.rejection, name="rejection"),
    path("operations/<uuid:pk>/return/", acts.returning, name="return"),
    path("operations/<uuid:pk>/cancellation/", acts.cancellation, name="cancellation"),
    path("operations/<uuid:pk>/resolution/", acts.proposal, name="resolution"),
    path("operations/<uuid:pk>/resolution/confirmation/", acts.confirmation, name="confirmation"),
    path("operations/<uuid:pk>/resolution/refusal/", acts.declining, name="declining"),
]

"""The desk's addresses."""

from django.urls import path

from backoffice.operations.views import acts, calendar, connections, exceptions, listing, maintenance, pages, restores

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("approvals/", pages.approvals, name="approvals"),
    path("exceptions/", exceptions.desk, name="exceptions"),
    path("exceptions/proposals/", exceptions.proposals, name="proposals"),
    path("exceptions/confirmations/", exceptions.confirmations, name="confirmations"),
    path("calendar/", calendar.month, name="calendar"),
    path("connections/", connections.desk, name="connections"),
    path("connections/<str:lane>/pause/", connections.pause, name="pause"),
    path("connections/<str:lane>/reopening/", connections.reopening, name="reopening"),
    path("connections/<str:lane>/reopening/confirmation/", connections.confirmation, name="reopening_confirmation"),
    path("connections/maintenance/", maintenance.plan, name="maintenance"),
    path("connections/maintenance/<int:pk>/withdrawal/", maintenance.withdrawal, name="maintenance_withdrawal"),
    path("connections/<str:lane>/maintenance/end/", maintenance.end, name="maintenance_end"),
    path(
        "connections/<str:lane>/maintenance/end/confirmation/",
        maintenance.confirmation,
        name="maintenance_end_confirmation",
    ),
    path("connections/restores/<int:pk>/reopening/", restores.proposal, name="restore_reopening"),
    path("connections/restores/<int:pk>/reopening/confirmation/", restores.confirmation, name="restore_confirmation"),
    path("connections/restores/<int:pk>/reopening/refusal/", restores.declining, name="restore_declining"),
    path("operations/", listing.operations, name="operations"),
    path("operations/<uuid:pk>/", pages.operation, name="operation"),
    path("operations/<uuid:pk>/approval/", acts.approval, name="approval"),
    path("operations/<uuid:pk>/rejection/", acts.rejection, name="rejection"),
    path("operations/<uuid:pk>/return/", acts.returning, name="return"),
    path("operations/<uuid:pk>/cancellation/", acts.cancellation, name="cancellation"),
    path("operations/<uuid:pk>/assignment/", acts.taking, name="assignment"),
    path("operations/<uuid:pk>/assignment/end/", acts.handing_back, name="assignment_end"),
    path("operations/<uuid:pk>/resolution/", acts.proposal, name="resolution"),
    path("operations/<uuid:pk>/resolution/confirmation/", acts.confirmation, name="confirmation"),
    path("operations/<uuid:pk>/resolution/refusal/", acts.declining, name="declining"),
]

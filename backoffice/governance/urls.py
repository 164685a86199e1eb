"""The addresses at which the rules themselves are changed."""

from django.urls import path

from backoffice.governance.views import absences, access, changes, clients, coverage, people, policy, year

urlpatterns = [
    path("changes/", changes.listing, name="changes"),
    path("changes/<uuid:pk>/", changes.change, name="change"),
    path("changes/<uuid:pk>/agreement/", changes.agreement, name="change_agreement"),
    path("changes/<uuid:pk>/refusal/", changes.refusal, name="change_refusal"),
    path("changes/<uuid:pk>/withdrawal/", changes.withdrawal, name="change_withdrawal"),
    path("people/", people.listing, name="people"),
    path("people/addition/", people.addition, name="person_addition"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/grant/", people.grant, name="person_grant"),
    path("people/<int:pk>/revocation/", people.revocation, name="person_revocation"),
    path("people/<int:pk>/deactivation/", people.deactivation, name="person_deactivation"),
    path("people/<int:pk>/email/", people.email, name="person_email"),
    path("people/<int:pk>/link/", people.link, name="person_link"),
    path("people/<int:pk>/reset/", people.reset, name="person_reset"),
    path("people/<int:pk>/password/", people.password, name="person_password"),
    path("clients/erasures/", clients.erasures, name="erasures"),
    path("clients/erasures/proposal/", clients.proposal, name="erasure_proposal"),
    path("coverage/", coverage.desk, name="coverage"),
    path("delegations/proposal/", absences.proposal, name="delegation_proposal"),
    path("access/", access.desk, name="access"),
    path("access/people/", access.people, name="access_people"),
    path("access/rights/", access.rights, name="access_rights"),
    path("access/reviews/", access.review, name="access_review"),
    path("policy/proposal/", policy.proposal, name="policy_proposal"),
    path("policy/simulation/", policy.simulation, name="policy_simulation"),
    path("calendar/proposal/", year.proposal, name="year_proposal"),
]

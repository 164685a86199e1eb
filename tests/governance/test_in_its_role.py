"""A change of the rules as the web's own role of PostgreSQL carries it out: from the last agreement to its effect."""

import pytest

from backoffice.access import Role
from backoffice.audit.models import Edit
from backoffice.database.privileges import WEB
from backoffice.governance import changes
from backoffice.governance.addresses import OperatorEmail
from backoffice.governance.people import OperatorDeactivate
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.governance.second_factors import FactorsReset
from backoffice.operators.models import Operator
from tests.governance.house import found, fresh, proposed
from tests.in_roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
MADE = {
    "grant": lambda: RoleGrant(operator="carl", role=Role.FINANCE),
    "revocation": lambda: RoleRevoke(operator="fay", role=Role.FINANCE),
    "deactivation": lambda: OperatorDeactivate(operator="nils"),
    "email": lambda: OperatorEmail(
        operator="nils", before=Operator.objects.get(username="nils").email, email="n@firm.example"
    ),
    "reset": lambda: FactorsReset(operator="nils"),
}


@pytest.mark.parametrize("name", MADE)
def test_the_last_agreement_has_its_effect(
    name, house_roles, ada, amir, cora, mia, nils, carl, chen, fay, filip, signed_in
):
    found()
    change = proposed(MADE[name](), ada)
    for who in (amir, cora):
        change.refresh_from_db()
        seen, client = changes.seen_of(change), signed_in(who)
        with as_role(WEB):
            assert client.post(f"/changes/{change.pk}/agreement/", {"seen": seen}).status_code == 302

    change.refresh_from_db()
    assert change.state == "applied"
    assert (Role.FINANCE in fresh(carl).roles) == (name == "grant")
    assert Edit.objects.exists()

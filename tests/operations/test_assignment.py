"""Whose a case is: taken, taken over, handed back; said in the trail, and in nobody's way."""

import pytest
from django.http import QueryDict

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import assignment, exceptions
from backoffice.operations.desk import Refusal
from backoffice.operations.models import Assignment, Operation
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(mia, carl):
    return rows.exception(mia, carl)


def post(client, operation, act="assignment/", **fields):
    return client.post(f"/operations/{operation.pk}/{act}", fields)


def whose(operation):
    held = assignment.owner(rows.fresh(operation))
    return held.username if held else None


def order(client, view):
    return [row.operation.pk for row in client.get("/exceptions/", {"view": view}).context["rows"]]


def test_a_case_is_taken_taken_over_and_handed_back_and_the_trail_says_so(case, carl, chen, sandbox, signed_in):
    his, hers = signed_in(carl), signed_in(chen)

    assert post(his, case, seen="").status_code == 302
    assert whose(case) == "carl"
    assert post(hers, case, seen="carl").status_code == 302
    assert whose(case) == "chen"
    assert post(hers, case, "assignment/end/").status_code == 302
    assert whose(case) is None

    said = Entry.objects.filter(action__in=[assignment.TAKEN, assignment.HANDED_BACK]).order_by("seq")
    assert [(entry.action, entry.operator_id, '"before":"Carl"' in entry.detail) for entry in said] == [
        ("operation.taken", "carl", False),
        ("operation.taken", "chen", True),
        ("operation.handed_back", "chen", False),
    ]


def test_who_is_too_late_is_told_whose_it_is(case, carl, chen, sandbox, signed_in):
    post(signed_in(chen), case, seen="")

    response = post(signed_in(carl), case, seen="")

    assert (response.status_code, whose(case)) == (409, "chen")
    assert "It is Chen’s by now." in play.page(response)
    assert Entry.objects.filter(action="operation.act_refused", operator_id="carl").exists()


def test_what_was_handed_back_meanwhile_can_simply_be_taken(case, carl, chen):
    assignment.take(case.pk, by=chen, seen="")
    assignment.hand_back(case.pk, by=chen)

    assignment.take(case.pk, by=carl, seen="chen")

    assert whose(case) == "carl"


def test_it_keeps_nobody_else_from_acting(mia, carl, chen, sandbox, signed_in, settings):
    settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 0, 0
    case = rows.exception(mia, carl)
    assignment.take(case.pk, by=carl, seen="")
    fields = {"outcome": "not_applied", "reason_code": "NOT_AT_MT5"}

    assert post(signed_in(chen), case, "resolution/", **fields).status_code == 302
    assert whose(case) == "carl"


def test_the_makers_person_and_who_is_no_supervisor_do_not_take_it(case, mia, carl, vera, chen, signed_in):
    with unit():
        Grant.objects.create(operator=mia, role=Role.SUPERVISOR)

    assert post(signed_in(mia), case, seen="").status_code == 409
    assert post(signed_in(vera), case, seen="").status_code == 403
    assignment.take(case.pk, by=carl, seen="")
    with pytest.raises(Refusal, match="not yours"):
        assignment.hand_back(case.pk, by=chen)
    with pytest.raises(Refusal, match="yours already"):
        assignment.take(case.pk, by=carl, seen="carl")
    assert whose(case) == "carl"


def test_one_human_with_two_sign_ins_is_one_owner(case, carl):
    with unit():
        twin = Operator.objects.create(username="twin", name="Carl", operator_id="twin", person=carl.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)
    assignment.take(case.pk, by=carl, seen="")

    (row,), _ = exceptions.rows(QueryDict(), operator=Operator.objects.get(pk=twin.pk))
    with pytest.raises(Refusal, match="yours already"):
        assignment.take(case.pk, by=twin, seen="carl")
    assignment.hand_back(case.pk, by=twin)

    assert row.is_mine
    assert whose(case) is None


def test_only_an_exception_is_somebodys(mia, carl):
    for operation in (rows.awaiting(mia), rows.queued(mia, carl)):
        with pytest.raises(Refusal, match="nothing to see to"):
            assignment.take(operation.pk, by=carl, seen="")


def test_it_speaks_of_the_state_in_which_it_was_taken(case, carl, chen, signed_in):
    """A request that was somebody's before it became an exception is nobody's case."""
    assignment.take(case.pk, by=carl, seen="")
    Assignment.objects.filter(operation=case).update(state=State.AWAITING_APPROVAL)

    assert whose(case) is None
    assert order(signed_in(carl), "mine") == []
    assert order(signed_in(carl), "unowned") == [case.pk]
    assignment.take(case.pk, by=chen, seen="")
    assert whose(case) == "chen"


def test_mine_comes_first_and_each_view_holds_its_own(mia, carl, chen, signed_in):
    first, second, third = (rows.exception(mia, carl, login=n) for n in (1, 2, 3))
    assignment.take(third.pk, by=carl, seen="")
    assignment.take(second.pk, by=chen, seen="")
    client = signed_in(carl)

    assert order(client, "") == [third.pk, first.pk, second.pk]
    assert order(client, "mine") == [third.pk]
    assert order(client, "unowned") == [first.pk]
    shown = play.page(client.get("/exceptions/"))
    assert "<strong>You</strong>" in shown
    assert "<bdi>Chen</bdi>" in shown
    assert shown.count('aria-label="Take ') == 1


def test_taking_it_on_the_desk_leads_back_there_and_nowhere_else(case, mia, carl, signed_in):
    client, other = signed_in(carl), rows.exception(mia, carl, login=2)

    assert post(client, case, seen="", back="/exceptions/?view=late").headers["Location"] == "/exceptions/?view=late"
    for away in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        Assignment.objects.filter(operation=other).update(to=None)
        assert post(client, other, seen="", back=away).headers["Location"] == f"/operations/{other.pk}/"


def test_a_second_click_is_told_so_and_changes_nothing(case, carl, sandbox, signed_in):
    client = signed_in(carl)
    post(client, case, seen="")
    at = Assignment.objects.get().at

    assert post(client, case, seen="").status_code == 409
    assert Assignment.objects.get().at == at


def test_the_page_of_a_case_says_whose_it_is_while_others_act(case, carl, chen, sandbox, signed_in):
    client = signed_in(carl)
    page = client.get(f"/operations/{case.pk}/")
    assert "Nobody sees to it yet" in play.page(page)

    assignment.take(case.pk, by=chen, seen="")

    asked = {"version": page.context["version"]}
    live = client.get(f"/operations/{case.pk}/", asked, headers={"HX-Request": "true"})
    assert "<bdi>Chen</bdi></strong> sees to it" in play.page(live)
    assert "Take it over" in play.page(live)
    assert Operation.objects.get(pk=case.pk).version == case.version

"""The pages on which the rules themselves are changed: each works, refuses whom it should, and survives bad input."""

import re

import pytest

from backoffice.access import Role
from backoffice.governance import changes
from backoffice.governance.models import Change
from backoffice.governance.policy import current, written
from backoffice.governance.roles import RoleGrant
from backoffice.operations.models import Policy
from backoffice.operators.models import Operator
from tests import play
from tests.desk import with_factor
from tests.emptying import guards_aside
from tests.governance import house
from tests.governance.house import WHY, agree, fresh, proposed
from tests.operations import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    house.found()
    return {who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)}


@pytest.fixture
def at(cast, signed_in):
    """`at("ada")` is a client of hers."""
    return lambda name: signed_in(cast[name])


def words(response):
    return " ".join(play.page(response).split())


def seen_on(client, change):
    return re.search(r'name="seen" value="(\w{64})"', client.get(f"/changes/{change.pk}/").content.decode())[1]


def decide(client, change, act="agreement", **typed):
    return client.post(f"/changes/{change.pk}/{act}/", {"seen": seen_on(client, change), "reason": ""} | typed)


def grant(who, by, role=Role.FINANCE):
    return proposed(RoleGrant(operator=who.operator_id, role=role), by)


def test_a_role_is_proposed_agreed_to_by_two_and_held(at, carl):
    answer = at("ada").post(f"/people/{carl.pk}/grant/", {"role": "finance", "reason": WHY})
    change = Change.objects.get()
    assert answer.headers["Location"] == f"/changes/{change.pk}/"

    for name in ("amir", "cora"):
        page = words(at(name).get(f"/changes/{change.pk}/"))
        assert "Roles of Carl (carl)" in page
        assert "finance, supervisor" in page
        assert decide(at(name), change).status_code == 302

    assert fresh(carl).roles == {Role.SUPERVISOR, Role.FINANCE}
    assert "In force" in words(at("vera").get(f"/changes/{change.pk}/"))


def test_the_second_click_changes_nothing(at, carl, ada):
    change = grant(carl, ada)
    client = at("amir")
    seen = seen_on(client, change)
    decide(client, change)

    answer = client.post(f"/changes/{change.pk}/agreement/", {"seen": seen})

    assert answer.status_code == 409
    assert "You have agreed to it; it waits for compliance" in words(answer)


def test_a_stale_page_is_answered_with_the_new_one(at, carl, ada, amir, cora):
    change = grant(carl, ada)
    client = at("amir")
    seen = seen_on(client, change)
    agree(grant(carl, ada, Role.AUDITOR), amir, cora)

    answer = client.post(f"/changes/{change.pk}/agreement/", {"seen": seen})

    assert answer.status_code == 409
    assert "What you saw is not what stands here" in words(answer)
    assert "auditor, finance, supervisor" in words(answer)


def test_a_refusal_says_why_and_ends_it(at, carl, ada):
    change = grant(carl, ada)
    assert decide(at("cora"), change, "refusal", reason="no").status_code == 422

    decide(at("cora"), change, "refusal", reason="He is a supervisor already.")

    page = words(at("ada").get(f"/changes/{change.pk}/"))
    assert "Refused" in page
    assert "He is a supervisor already." in page


def test_who_proposed_it_reads_why_they_cannot_agree_and_may_withdraw(at, carl, ada):
    change = grant(carl, ada)
    page = words(at("ada").get(f"/changes/{change.pk}/"))
    assert "You proposed it; two others agree to it." in page

    at("ada").post(f"/changes/{change.pk}/withdrawal/")

    assert Change.objects.get().state == "withdrawn"


def test_people_shows_each_with_their_roles_and_what_is_proposed(at, carl, ada):
    grant(carl, ada)

    page = words(at("vera").get("/people/"))

    assert "Carl" in page
    assert "supervisor" in page
    assert "Change proposed" in page
    assert "too few people" not in page


def test_people_says_for_what_there_are_too_few(at, cast, carl):
    with guards_aside():
        Operator.objects.filter(pk=carl.pk).update(is_active=False)

    assert "Only Chen could approve" in words(at("ada").get("/people/"))


def test_a_refused_proposal_is_said_on_the_page_with_409(at, chen):
    answer = at("ada").post(f"/people/{chen.pk}/revocation/", {"role": "supervisor", "reason": WHY})

    assert answer.status_code == 409
    assert "After this, only Carl could approve" in words(answer)


def test_ones_own_page_offers_nothing(at, ada):
    page = words(at("ada").get(f"/people/{ada.pk}/"))

    assert "This is you" in page
    assert "Grant a role" not in page
    answer = at("ada").post(f"/people/{ada.pk}/deactivation/", {"reason": WHY})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("grant", {"role": "king"}),
        ("revocation", {"role": "finance"}),
        ("link", {"other": "nobody"}),
        ("deactivation", {"reason": "x"}),
        ("email", {"email": ""}),
        ("email", {"email": "carl"}),
        ("email", {"email": "c\u0430rl@firm.example"}),
    ],
)
def test_what_is_no_change_is_422(act, typed, at, carl):
    answer = at("ada").post(f"/people/{carl.pk}/{act}/", {"reason": WHY} | typed)

    assert answer.status_code == 422
    assert not Change.objects.exists()


def test_a_leavers_open_items_are_listed(at, mia):
    rows.awaiting(mia)

    assert re.search(r"Operations they made</dt> <dd><bdi>1</bdi>", words(at("ada").get(f"/people/{mia.pk}/")))


NEWCOMER = {"name": "Zoe Ray", "username": "zoe", "operator_id": "op-zoe", "email": "", "human": "new", "reason": WHY}


def test_somebody_is_added_gets_a_password_once_and_signs_in(at, ada, amir, cora, client):
    assert at("ada").post("/people/addition/", NEWCOMER).status_code == 302
    agree(Change.objects.get(), amir, cora)
    zoe = Operator.objects.get(username="zoe")

    shown = at("ada").post(f"/people/{zoe.pk}/password/")

    password = re.search(r"<code>(\S{31})</code>", shown.content.decode())[1]
    assert "no-store" in shown.headers["Cache-Control"]
    assert client.post("/sign-in/", {"login": "zoe", "password": password}).status_code == 302
    again = at("ada").post(f"/people/{zoe.pk}/password/")
    assert again.status_code == 409
    assert "has signed in already" in words(again)


def test_an_address_is_changed_by_three_who_see_both(at, carl):
    old = carl.email
    at("ada").post(f"/people/{carl.pk}/email/", {"email": "carl@firm.example", "reason": WHY})
    change = Change.objects.get()

    for name in ("amir", "cora"):
        page = words(at(name).get(f"/changes/{change.pk}/"))
        assert "E-mail of Carl (carl)" in page
        assert old in page
        assert "carl@firm.example" in page
        assert fresh(carl).email == old
        decide(at(name), change)

    assert fresh(carl).email == "carl@firm.example"
    assert "carl@firm.example" in words(at("vera").get(f"/people/{carl.pk}/"))


def test_an_address_that_is_theirs_already_or_ones_own_is_409(at, carl, ada):
    again = at("ada").post(f"/people/{carl.pk}/email/", {"email": carl.email, "reason": WHY})
    own = at("ada").post(f"/people/{ada.pk}/email/", {"email": "ada@firm.example", "reason": WHY})

    assert (again.status_code, own.status_code) == (409, 409)
    assert "This is their address already." in words(again)
    assert not Change.objects.exists()


def test_a_first_password_is_changed_before_anything_else(at, ada, amir, cora, client):
    at("ada").post("/people/addition/", NEWCOMER)
    agree(Change.objects.get(), amir, cora)
    zoe = Operator.objects.get(username="zoe")
    agree(proposed(RoleGrant(operator="op-zoe", role=Role.AUDITOR), ada), amir, cora)
    shown = at("ada").post(f"/people/{zoe.pk}/password/").content.decode()
    password = re.search(r"<code>(\S{31})</code>", shown)[1]
    client.post("/sign-in/", {"login": "zoe", "password": password})
    with_factor(client)
    for address in ("/", "/people/", "/changes/", "/sessions/", "/audit/"):
        assert client.get(address).headers["Location"] == "/sign-in/password/", address
    assert client.post("/sessions/all/end/").headers["Location"] == "/sign-in/password/"
    assert "was made for you" in words(client.get("/sign-in/password/"))

    new = {"oldpassword": password, "password1": "quite another phrase", "password2": "quite another phrase"}
    answer = client.post("/sign-in/password/", new)

    assert answer.status_code == 302
    assert "was made for you" not in words(client.get("/people/"))
    assert client.get("/audit/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "Zoe Ray"},
        {"operator_id": "op zoe"},
        {"human": "nobody"},
        {"name": ""},
        {"name": "Zo\u202ee"},
        {"email": "zoe@firm"},
        {"email": "z\u043ee@firm.example"},
        {"reason": "short"},
    ],
)
def test_a_sign_in_that_is_none_is_422(wrong, at):
    assert at("ada").post("/people/addition/", NEWCOMER | wrong).status_code == 422
    assert not Change.objects.exists()


def test_the_policy_page_shows_what_is_proposed_and_who_may_proposes(at, ada):
    assert "Propose a change" in words(at("ada").get("/policy/"))
    assert "Propose a change" not in words(at("carl").get("/policy/"))
    text = written(current()).replace("Deposit of 50,000 USD or more", "Deposit of 50,000 USD and more")

    at("ada").post("/policy/proposal/", {"rules": text, "note": "Said more clearly."})

    assert "Publish version 2 of the policy: proposed by Ada" in words(at("carl").get("/policy/"))
    assert "Deposit of 50,000 USD and more" in words(at("cora").get(f"/changes/{Change.objects.get().pk}/"))


def test_a_policy_is_published_through_the_pages(at, carl):
    text = written([{"number": "1", "words": "Two on all", "kinds": ["*"], "needs": [["supervisor"], ["supervisor"]]}])
    at("ada").post("/policy/proposal/", {"rules": text, "note": "Two people on each."})
    change = Change.objects.get()

    for name in ("cora", "amir"):
        decide(at(name), change)

    assert Policy.objects.count() == 2
    assert "Two on all" in words(at("carl").get("/policy/"))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[1]", "nonsense", "[" * 3000, '[{"number": "1"}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": "all"}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "when": 5}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "when": {"fact": "usd"}}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "why": 5}]',
        '[{"number": ["1"], "words": "x", "kinds": ["*"], "needs": []}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [["king"]]}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [[["supervisor"]]]}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "when": [{"fact": ["usd"], "at_least": "1"}]}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "when": [{"fact": "maker_role", "one_of": [["a"]]}]}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "when": [{"fact": "usd", "at_least": NaN}]}]',
        '[{"number": "1", "words": "x", "kinds": ["*"], "needs": [], "unless": [null]}]',
        '[{"number": "1", "words": "a", "kinds": ["*"], "needs": []}, {"number": "1", "words": "b", "kinds": ["*"], "needs": []}]',
        '[{"number": "1", "words": "a\\u202eb", "kinds": ["*"], "needs": []}]',
        '[{"number": "\\ud800", "words": "x", "kinds": ["*"], "needs": []}]',
    ],
)  # fmt: skip
def test_a_text_that_is_no_policy_is_422_and_says_why(text, at):
    answer = at("ada").post("/policy/proposal/", {"rules": text, "note": "Two people on each."})

    assert answer.status_code == 422
    assert "Please look again" in words(answer)
    assert not Change.objects.exists()


def test_the_editor_simulates_and_proposes_nothing(at, mia):
    rows.awaiting(mia)
    text = written([{"number": "1", "words": "Two on all", "kinds": ["*"], "needs": [["supervisor"], ["supervisor"]]}])

    page = words(
        at("ada").post(
            "/policy/proposal/", {"rules": text, "note": "Two people on each.", "simulate": "1", "days": "30"}
        )
    )

    assert "Of the last 30 days’ 1 operations 1 would have needed more people." in page
    assert not Change.objects.exists()


def test_who_sees_no_operations_is_led_to_none(at, mia, ada):
    operation = rows.awaiting(mia)
    text = written([{"number": "1", "words": "Two on all", "kinds": ["*"], "needs": [["supervisor"], ["supervisor"]]}])
    at("ada").post("/policy/proposal/", {"rules": text, "note": "Two people on each."})
    address = f"/policy/simulation/?change={Change.objects.get().pk}&days=30"

    for name, leads in (("amir", False), ("cora", True)):
        shown = at(name).get(address).content.decode()
        assert operation.reference in shown
        assert (f"/operations/{operation.pk}/" in shown) == leads
        assert "Amelia" not in shown


@pytest.mark.parametrize("query", ["", "?change=x&days=3", "?change=00000000-0000-0000-0000-000000000000&days=3"])
def test_a_simulation_of_nothing_is_404(query, at):
    assert at("cora").get(f"/policy/simulation/{query}").status_code == 404


@pytest.mark.parametrize("days", ["0", "93", "x", "9" * 40, ""])
def test_a_simulation_is_of_one_to_92_days(days, at, ada):
    change = proposed(RoleGrant(operator="carl", role=Role.FINANCE), ada)
    assert at("cora").get(f"/policy/simulation/?change={change.pk}&days=3").status_code == 404
    text = written([{"number": "1", "words": "Two", "kinds": ["*"], "needs": [["supervisor"], ["supervisor"]]}])
    at("ada").post("/policy/proposal/", {"rules": text, "note": "Two people on each."})
    change = Change.objects.get(kind="policy.publish")

    assert at("cora").get(f"/policy/simulation/?change={change.pk}&days={days}").status_code == 422


YEAR = {
    "weekdays": ["0", "1", "2", "3", "4"], "opens": "09:00", "closes": "18:00", "until_wire": "12:00",
    "until_withdrawal": "13:00", "closed": "2027-05-03 May Day\n2027-01-01 New Year's Day",
    "short": "2027-12-24 09:00-13:00 Christmas Eve", "reason": WHY,
}  # fmt: skip


def test_a_year_is_entered_once_three_agree_and_holds(at, amir, cora):
    assert at("ada").post("/calendar/proposal/?year=2027", YEAR).status_code == 302
    change = Change.objects.get()
    page = words(at("cora").get(f"/changes/{change.pk}/"))
    for told in ("Mon 3 May", "Closed: May Day", "Fri 24 Dec", "09:00–13:00: Christmas Eve", "Closed: Christmas Day"):
        assert told in page, told
    assert "Enter 2027 in the business calendar: proposed by Ada" in words(at("mia").get("/calendar/"))

    agree(change, amir, cora)

    shown = words(at("mia").get("/calendar/?month=2027-05"))
    assert "May Day" in shown
    assert "version 1, entered by <bdi>Ada</bdi>" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": "9"}, {"closes": "08:00"}, {"weekdays": []}, {"weekdays": ["7"]}, {"until_wire": "25:00"},
        {"closed": "3 May"}, {"closed": "2027-02-30 No day"}, {"closed": "2027-05-03 May\n2027-05-03 Day"},
        {"closed": "2027-05-03 09:00-10:00 Short"}, {"short": "2027-12-24 Christmas Eve"},
        {"short": "2027-12-24 13:00-09:00 Back"}, {"reason": ""},
    ],
)  # fmt: skip
def test_a_year_that_is_none_is_422(wrong, at):
    assert at("ada").post("/calendar/proposal/?year=2027", YEAR | wrong).status_code == 422
    assert not Change.objects.exists()


@pytest.mark.parametrize("wrong", [{"closed": "2028-05-03 May Day"}, {"short": "2027-05-03 09:00-13:00 Both"}])
def test_a_year_that_contradicts_itself_is_said_so(wrong, at):
    answer = at("ada").post("/calendar/proposal/?year=2027", YEAR | wrong)

    assert answer.status_code == 409
    assert "A day is" in words(answer)


@pytest.mark.parametrize("year", ["", "0", "1999", "99999", "٢٠٢٧", "x"])
def test_an_address_that_names_no_year_is_of_this_one(year, at):
    assert at("ada").get("/calendar/proposal/", {"year": year}).status_code == 200


def test_the_list_says_what_waits_for_whom(at, carl, ada):
    change = grant(carl, ada)

    assert "You" in words(at("cora").get("/changes/"))
    agreed = changes.agree(change.pk, by=Operator.objects.get(username="amir"), seen=changes.seen_of(change))
    assert agreed.is_open
    assert "compliance" in words(at("ada").get("/changes/"))

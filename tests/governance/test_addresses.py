"""An e-mail address is changed by three persons, and both addresses are told, once."""

from datetime import timedelta

import pytest
from django.core import mail

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.governance import addresses, changes
from backoffice.governance.addresses import OperatorEmail
from backoffice.governance.models import Change
from backoffice.governance.tasks import tell_addresses
from backoffice.mail import sending
from backoffice.mail.models import Letter
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Operator
from tests.emptying import guards_aside
from tests.governance.house import agree, found, fresh, proposed

pytestmark = pytest.mark.django_db
NEW = "carl@firm.example"


@pytest.fixture(autouse=True)
def _letters(settings):
    settings.EMAIL_BACKEND, settings.SENDS_MAIL = "django.core.mail.backends.locmem.EmailBackend", True


def moved(who, to, three):
    ada, *others = three
    return agree(proposed(OperatorEmail(operator=who.operator_id, before=fresh(who).email, email=to), ada), *others)


def told():
    """Who got which letter: its address, and whether it says that letters come there."""
    tell_addresses()
    sending.send()
    return [(each.to[0], "at this address" in each.body) for each in mail.outbox]


def test_three_persons_change_an_address(everybody, three, carl):
    change = moved(carl, NEW, three)

    assert fresh(carl).email == NEW
    entry = Entry.objects.get(action="change.applied", object_id=str(change.pk))
    assert '"kind":"operator.email"' in entry.detail
    assert Entry.objects.filter(action="record.edited", object_type="operator", object_id=str(carl.pk)).exists()


def test_one_of_the_founding_three_gets_their_first_one(amir, cora):
    third = {"name": "Aya", "operator_id": "aya", "roles": [Role.ADMINISTRATOR], "password": "x" * 16}
    aya = Operator.objects.enrol(username="aya", **third)
    ada = Operator.objects.enrol(username="ada", **third | {"name": "Ada", "operator_id": "ada"})
    found()
    change = proposed(OperatorEmail(operator="ada", before="", email="ada@firm.example"), amir)
    with pytest.raises(Refusal, match="It is about you"):
        changes.agree(change.pk, by=ada, seen=changes.seen_of(change))

    agree(change, aya, cora)

    assert told() == [("ada@firm.example", True)]


def test_both_addresses_are_told_once(everybody, three, carl):
    old = carl.email
    moved(carl, NEW, three)

    assert sorted(told()) == sorted([(NEW, True), (old, False)])
    assert len(told()) == 2
    assert not any(
        NEW in entry.detail or old in entry.detail for entry in Entry.objects.filter(action__startswith="mail.")
    )


def test_who_had_no_address_is_told_at_the_new_one_alone(everybody, three, carl):
    with guards_aside():
        Operator.objects.filter(pk=carl.pk).update(email="")

    moved(carl, NEW, three)

    assert told() == [(NEW, True)]


def test_changed_twice_before_anybody_looks_each_old_one_is_told(everybody, three, carl):
    old = carl.email
    moved(carl, NEW, three)
    moved(carl, "carl@third.example", three)

    assert sorted(told()) == sorted(
        [(old, False), (NEW, False), ("carl@third.example", True), ("carl@third.example", True)]
    )


def test_nothing_old_is_told_and_nothing_while_mail_is_off(everybody, three, carl, settings, monkeypatch):
    moved(carl, NEW, three)
    settings.SENDS_MAIL = False
    assert addresses.tell() == 0
    settings.SENDS_MAIL = True
    day_later = clock.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(addresses.clock, "now", lambda: day_later)

    assert addresses.tell() == 0
    assert not Letter.objects.exists()


def test_an_address_that_moved_meanwhile_is_not_agreed_to(everybody, three, carl):
    ada, amir, cora = three
    change = proposed(OperatorEmail(operator="carl", before=carl.email, email=NEW), ada)
    with guards_aside(), unit():
        Operator.objects.filter(pk=carl.pk).update(email="other@firm.example")
    agree(change, amir)

    with pytest.raises(Refusal, match="Carl has another address by now"):
        agree(change, cora)

    assert fresh(carl).email == "other@firm.example"
    assert Change.objects.get().state == "proposed"

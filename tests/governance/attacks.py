"""Raw SQL against governance: roles, sign-ins, humans, rules and years without three people; each is stopped by its guard."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Max

from backoffice.access import Role
from backoffice.audit import clients, clock
from backoffice.audit.client_guards import ERASURE, KEY
from backoffice.audit.models import ClientKey, Erasure
from backoffice.audit.unit import unit
from backoffice.governance import changes, passwords
from backoffice.governance.addresses import OperatorEmail
from backoffice.governance.amendments import Amendment
from backoffice.governance.clients import ClientErase
from backoffice.governance.models import Change, FirstPassword, Founding, Vote
from backoffice.governance.people import OperatorAdd, OperatorLink
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.operations.canonical import hash_of
from backoffice.operators.models import Grant, Operator
from tests.emptying import guards_aside
from tests.governance.house import agree, found, granted, proposed
from tests.operations import rows
from tests.operations.attacks import TRUE, Attack, Scene, change, copy, delete, literal
from tests.operations.policy_attacks import insert, literal_text, policy, rule

CHANGE, VOTE, GRANT, OPERATOR = "governance_change", "governance_vote", "operators_grant", "operators_operator"
NOW, OPEN = "CURRENT_TIMESTAMP", {"state": "'proposed'", "ended_at": "NULL"}


def again(s: Scene, **other: str) -> str:
    """The withdrawn change proposed anew, but for what is given."""
    return copy(s["withdrawn"], **({"id": literal(uuid4())} | OPEN | other))


def of_payload(amendment: Amendment) -> dict[str, str]:
    text = amendment.canonical()
    return {
        "kind": f"'{amendment.kind}'",
        "about": f"'{amendment.about}'",
        "payload": literal_text(text),
        "payload_hash": f"'{hash_of(text)}'",
    }


def word(of: Change, by: Operator, seat: str, *, how: str = "INSERT", **other: Any) -> str:
    fields = {
        "change_id": literal(of.pk),
        "by_id": by.pk,
        "person": literal(by.person_id),
        "seat": f"'{seat}'",
        "verb": "'agreement'",
        "payload_hash": f"'{of.payload_hash}'",
        "seen": "''",
        "reason": "''",
        "at": NOW,
    }
    return f"{how} INTO {VOTE} ({', '.join(all_ := fields | other)}) VALUES ({', '.join(map(str, all_.values()))})"


def both(of: Change, s: Scene) -> list[str]:
    return [word(of, s["amir"], "administrator"), word(of, s["cora"], "compliance")]


def applied(of: Change, *, number: int = 0, ended_at: str = NOW) -> str:
    following = (Change.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return change(of, f"state = 'applied', number = {number or following}, ended_at = {ended_at}")


def held(who: Operator, role: str, *, verb: str = "INSERT", **other: Any) -> str:
    return insert(GRANT, verb=verb, **({"operator_id": who.pk, "role": f"'{role}'"} | other))


def sign_in(of: Operator, *, verb: str = "INSERT", **other: str) -> str:
    return copy(of, verb=verb, **({"id": "9999", "username": "'x'", "operator_id": "'x'"} | other))


def letter(to: Operator, **other: str) -> str:
    times = {"made_at": NOW, "next_at": NOW}
    return insert(
        "mail_letter",
        id=literal(uuid4()),
        to_id=to.pk,
        subject="''",
        text="''",
        tries=0,
        failure="''",
        **times,
        **other,
    )


def client_key(*, verb: str = "INSERT", **other: Any) -> str:
    fields = {"id": literal(uuid4()), "environment": f"'{settings.MANAGER_ENVIRONMENT}'", "login": 4713}
    return insert(KEY, verb=verb, **(fields | {"sealed": "'x'", "under": "'x'", "made_at": NOW} | other))


def erasure(of: ClientKey, *, verb: str = "INSERT", **other: Any) -> str:
    fields = {"key": literal(of.pk), "environment": f"'{of.environment}'", "login": of.login, "at": NOW}
    return insert(ERASURE, verb=verb, **(fields | other))


def erasing(login: int) -> Change:
    """The newest change by which this client was to be erased."""
    return Change.objects.filter(about=f"client:{login}").latest("number")


def first_grant(of: Operator) -> Grant:
    return of.grants.first()


def forged(amendment: Amendment, by: Operator) -> None:
    """An applied change that three people agreed to, although the code would never have let them."""
    text = amendment.canonical()
    last, now = Change.objects.aggregate(last=Max("number"))["last"] or 0, clock.now()
    fields = {"kind": amendment.kind, "about": amendment.about, "payload": text, "payload_hash": hash_of(text)}
    ended = {"state": "applied", "ended_at": now, "number": last + 1, "proposed_at": now, "lapses_at": now}
    by_whom = {"author": by, "author_person": by.person_id}
    Change.objects.create(id=uuid4(), effect="{}", reason="", **fields, **ended, **by_whom)


NORA = {"username": "nora", "called": "Nora", "email": "nora@countersign.example", "is_new_person": False}


def nora(s: Scene, email: str) -> list[str]:
    """The sign-in that three people agreed to, with this address."""
    return [sign_in(s["nils"], username="'nora'", operator_id="'op-nora'", email=f"'{email}'")]


def back(s: Scene) -> list[str]:
    """Mia's address was changed, and changed back; the first of these changes is used again."""
    three = (s["amir"], s["cora"])
    here, there = s["mia"].email, "mia@elsewhere.example"
    for before, email in ((here, there), (there, here)):
        agree(proposed(OperatorEmail(operator="mia", before=before, email=email), s["ada"]), *three)
    return [change(s["mia"], f"email = '{there}'")]


def replay(s: Scene) -> list[str]:
    """Nils was an auditor once, by a change that three people agreed to, and is none any more."""
    return [held(s["nils"], "auditor")]


ATTACKS: dict[str, Attack] = {
    "change_start": lambda s: [again(s, state="'applied'", number="99", ended_at=NOW)],
    "change_hash": lambda s: [again(s, payload_hash=f"'{'0' * 64}'")],
    "change_about": lambda s: [again(s, about="'role:vera:supervisor'")],
    "change_author": lambda s: [again(s, author_id=str(s["cora"].pk), author_person=literal(s["cora"].person_id))],
    "change_of_oneself": lambda s: [again(s, **of_payload(RoleGrant(operator="ada", role="auditor")))],
    "governance_change_no_delete": lambda s: [delete(s["withdrawn"])],
    "change_frozen": lambda s: [change(s["open"], "reason = 'x'")],
    "change_over": lambda s: [change(s["withdrawn"], "state = 'proposed', ended_at = NULL")],
    "change_agreed": lambda s: [applied(s["open"])],
    "change_author_still": lambda s: [*both(s["orphan"], s), applied(s["orphan"])],
    "change_veto": lambda s: [
        *both(s["open"], s), word(s["open"], s["cyd"], "compliance", verb="'refusal'"), applied(s["open"])
    ],
    "change_in_time": lambda s: [*both(s["open"], s), applied(s["open"], ended_at="lapses_at")],
    "change_number": lambda s: [*both(s["open"], s), applied(s["open"], number=999)],
    "change_refused": lambda s: [change(s["open"], f"state = 'refused', ended_at = {NOW}")],
    "change_expired": lambda s: [change(s["open"], f"state = 'expired', ended_at = {NOW}")],
    "word_author": lambda s: [word(s["open"], s["ada"], "administrator")],
    "word_target": lambda s: [word(s["of_cora"], s["cora"], "compliance")],
    "word_seat": lambda s: [word(s["open"], s["mia"], "compliance")],
    "word_pending": lambda s: [word(s["withdrawn"], s["amir"], "administrator")],
    "word_hash": lambda s: [word(s["open"], s["amir"], "administrator", payload_hash=f"'{'0' * 64}'")],
    "governance_vote_no_update": lambda s: [change(Vote.objects.first(), "verb = 'refusal'")],
    "governance_vote_no_delete": lambda s: [delete(Vote.objects.first())],
    "founding_people": lambda s: [insert("governance_founding", number=2, at=NOW, how="''")],
    "governance_founding_no_update": lambda s: [change(Founding.objects.get(), "how = 'x'")],
    "governance_founding_no_delete": lambda s: [delete(Founding.objects.get())],
    "governance_firstpassword_no_update": lambda s: [change(FirstPassword.objects.get(), "mark = 'x'")],
    "governance_firstpassword_no_delete": lambda s: [delete(FirstPassword.objects.get())],
    "grant_agreed": lambda s: [held(s["mia"], "supervisor")],
    "grant_revoked": lambda s: [delete(first_grant(s["carl"]))],
    "grant_unmixed": lambda s: [held(s["ada"], "auditor")],
    "grant_stays": lambda s: [change(first_grant(s["fay"]), "role = 'supervisor'")],
    "operator_added": lambda s: [sign_in(s["carl"])],
    "operator_ended": lambda s: [change(s["idle"], f"is_active = {TRUE()}")],
    "operator_person": lambda s: [change(s["nils"], f"person_id = {literal(s['chen'].person_id)}")],
    "operator_clear": lambda s: [change(s["mia"], f"person_id = {literal(s['nils'].person_id)}")],
    "operator_unmixed": lambda s: [change(s["vera"], f"person_id = {literal(s['ada'].person_id)}")],
    "operator_address": lambda s: [change(s["mia"], "email = 'carl@evil.example'")],
    "letter_address": lambda s: [letter(s["mia"], address="'carl@evil.example'")],
    "client_key_new": lambda s: [client_key(id=literal(s["erasure"].key))],
    "client_key_sealed": lambda s: [client_key(sealed="''")],
    "client_key_stays": lambda s: [change(s["key"], "sealed = 'x'")],
    "client_key_destroyed": lambda s: [delete(s["key"])],
    "audit_erasure_no_update": lambda s: [change(s["erasure"], "login = 4712")],
    "audit_erasure_no_delete": lambda s: [delete(s["erasure"])],
    "erasure_agreed": lambda s: [erasure(s["key"], change=literal(s["open"].pk))],
    "erasure_of_key": lambda s: [erasure(s["key"], login=4712, change=literal(erasing(4712).pk))],
    "policy_proposed": lambda s: [rule(2), policy(s, 2)],
    "year_proposed": lambda s: [_year()],
}  # fmt: skip
REPLACEMENTS: dict[str, Attack] = {
    "audit_clientkey_no_replace": lambda s: [client_key(verb="INSERT OR REPLACE", login=s["key"].login)],
    "audit_erasure_no_replace": lambda s: [
        erasure(ClientKey.objects.get(login=4711), verb="INSERT OR REPLACE", change=literal(s["erasure"].change))
    ],
    "change_alone": lambda s: [_replacing_open(s)],
    "governance_change_no_replace": lambda s: [copy(s["withdrawn"], verb="INSERT OR REPLACE", **OPEN)],
    "governance_vote_no_replace": lambda s: [
        word(s["open"], s["amir"], "administrator"),
        word(s["open"], s["amir"], "administrator", how="INSERT OR REPLACE", verb="'refusal'"),
    ],
    "governance_founding_no_replace": lambda s: [
        insert("governance_founding", verb="INSERT OR REPLACE", number=1, at=NOW, how="'x'")
    ],
    "governance_firstpassword_no_replace": lambda s: [
        copy(FirstPassword.objects.get(), verb="INSERT OR REPLACE", mark="'x'")
    ],
    "operators_grant_no_replace": lambda s: [
        held(s["fay"], "auditor", verb="INSERT OR REPLACE", id=first_grant(s["carl"]).pk)
    ],
    "operators_operator_no_replace": lambda s: [
        sign_in(s["nils"], verb="INSERT OR REPLACE", username="'carl'", operator_id="'op-zoe'", email="''")
    ],
    "operator_beside": lambda s: [f"UPDATE OR REPLACE {OPERATOR} SET username = 'carl' WHERE id = {s['vera'].pk}"],
}


def _year() -> str:
    return insert("calendar_year", year=2027, version=1, rules="''", entered_at=NOW, entered_by="''", reason="''")


def _replacing_open(s: Scene) -> str:
    return copy(s["open"], verb="INSERT OR REPLACE", id=literal(uuid4()), reason="'another'")


def scene(cast: dict[str, Operator]) -> Scene:
    """A founded house with changes in every state that the attacks start from."""
    ada, amir, cora = cast["ada"], cast["amir"], cast["cora"]
    third = {"name": "Aya", "operator_id": "aya", "roles": [Role.ADMINISTRATOR], "password": "x" * 16}
    second = {"name": "Cyd", "operator_id": "cyd", "roles": [Role.COMPLIANCE], "password": "x" * 16}
    aya = Operator.objects.enrol(username="aya", **third)
    made: Scene = {"cyd": Operator.objects.enrol(username="cyd", **second)}
    with unit():
        made["idle"] = Operator.objects.create(
            username="idle", name="Idle", operator_id="idle", person=cast["fay"].person, is_active=False
        )
        passwords.keep_mark(made["idle"], by=None, now=clock.now())
    found()
    made["of_fay"] = granted(cast["fay"], Role.AUDITOR, by=ada, others=(amir, cora))
    _came_and_went(cast["nils"], ada, amir, cora)
    made["orphan"] = proposed(RoleGrant(operator="filip", role=Role.AUDITOR), aya)
    made["open"] = proposed(RoleGrant(operator="carl", role=Role.FINANCE), ada)
    made["of_cora"] = proposed(RoleGrant(operator="cora", role=Role.AUDITOR), ada)
    made["withdrawn"] = changes.withdraw(proposed(RoleGrant(operator="vera", role=Role.FINANCE), ada).pk, by=ada)
    made["key"] = ClientKey.objects.get(login=rows.awaiting(cast["mia"]).login)
    made["erasure"] = _erased(ada, amir, cora)
    with guards_aside():
        Operator.objects.filter(pk=aya.pk).update(is_active=False)
        forged(RoleGrant(operator="ada", role=Role.AUDITOR), amir)
        forged(OperatorLink(operator="mia", person=str(cast["nils"].person_id)), ada)
        forged(OperatorLink(operator="vera", person=str(ada.person_id)), amir)
        forged(OperatorAdd(operator="op-nora", person=str(cast["nils"].person_id), **NORA), ada)
        add = {"username": "carl", "called": "Zoe", "email": "", "is_new_person": False}
        forged(ClientErase(logins="4712"), ada)
        forged(OperatorAdd(operator="op-zoe", person=str(cast["nils"].person_id), **add), ada)
    return made | cast


def _erased(ada: Operator, amir: Operator, cora: Operator) -> Erasure:
    """A client who was erased, and about whom something is written again."""
    with unit():
        clients.keys_of([4711])
    agree(proposed(ClientErase(logins="4711"), ada), amir, cora)
    with unit():
        clients.keys_of([4711])
    return Erasure.objects.get()


def _came_and_went(who: Operator, ada: Operator, amir: Operator, cora: Operator) -> None:
    granted(who, Role.AUDITOR, by=ada, others=(amir, cora))
    agree(proposed(RoleRevoke(operator=who.operator_id, role=Role.AUDITOR), ada), amir, cora)


def tried() -> dict[str, Attack]:
    return ATTACKS | (REPLACEMENTS if connection.vendor == "sqlite" else {})

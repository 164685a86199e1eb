"""What no raw SQL may have without an applied change that says it: a role, a sign-in, its human and address, a policy, a year, an absence.

The newest applied change about something is what holds, so that no old one is used twice. Until a house is founded its
first people are enrolled freely; from then on there is no other way.
"""

from backoffice.access import Role
from backoffice.audit.client_guards import ERASURE, KEY
from backoffice.audit.guards import Guard, not_replaced, register
from backoffice.governance.guards import CHANGE, FOUNDING, GRANT, OPERATOR, VOTE, is_person, said
from backoffice.operations.states import LIVE

POLICY, YEAR, OPERATION = "operations_policy", "calendar_year", "operations_operation"
DELEGATION, LETTER = "operations_delegation", "mail_letter"
FOUNDED = f"EXISTS (SELECT 1 FROM {FOUNDING})"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    people = [*_roles(), *_sign_ins(vendor, differs), *_humans(vendor, differs), *_addresses(vendor, differs)]
    return [*people, *_rules(vendor), *_absences(vendor), *_erasures(vendor)]


def _newest(about: str, what: str = "c.kind") -> str:
    """Of the newest applied change about something its kind, or what else is asked for; empty where there is none."""
    newest = f"SELECT {what} FROM {CHANGE} c WHERE c.about = {about} AND c.state = 'applied'"
    return f"COALESCE(({newest} ORDER BY c.number DESC LIMIT 1), '')"


def _roles() -> list[Guard]:
    def about(row: str) -> str:
        return f"'role:' || (SELECT operator_id FROM {OPERATOR} WHERE id = {row}.operator_id) || ':' || {row}.role"

    granted, revoked = _newest(about("NEW")), _newest(about("OLD"))
    theirs = (
        f"SELECT 1 FROM {OPERATOR} me JOIN {OPERATOR} o ON o.person_id = me.person_id "
        f"JOIN {GRANT} g ON g.operator_id = o.id WHERE me.id = NEW.operator_id AND (o.is_active OR o.id = me.id)"
    )
    administers = f"'{Role.ADMINISTRATOR}'"
    mixed = f"EXISTS ({theirs} AND (g.role = {administers}) <> (NEW.role = {administers}))"
    return [
        Guard("grant_agreed", GRANT, "INSERT", f"{granted} <> 'role.grant'", "three people grant a role", FOUNDED),
        Guard("grant_revoked", GRANT, "DELETE", f"{revoked} <> 'role.revoke'", "three people revoke a role", FOUNDED),
        Guard("grant_unmixed", GRANT, "INSERT", mixed, "an administrator holds no other role"),
        Guard("grant_stays", GRANT, "UPDATE", "1 = 1", "a grant is not changed"),
        not_replaced(GRANT, "id", "operator_id role"),
    ]


def _sign_ins(vendor: str, differs: str) -> list[Guard]:
    added = (
        f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.about = 'operator:' || NEW.operator_id AND c.state = 'applied' "
        f"AND c.kind = 'operator.add' AND {said(vendor, 'username', 'c')} = NEW.username "
        f"AND {said(vendor, 'email', 'c')} = NEW.email "
        f"AND {is_person(vendor, 'NEW.person_id', said(vendor, 'person', 'c'))})"
    )
    ended = _newest("'operator:' || OLD.operator_id")
    # SQLite's UPDATE OR REPLACE would delete whoever has the name, and ask no trigger.
    renamed = "NEW.username <> OLD.username OR NEW.id <> OLD.id"
    taken = (
        f"NEW.id <> OLD.id OR EXISTS (SELECT 1 FROM {OPERATOR} o WHERE o.username = NEW.username AND o.id <> NEW.id)"
    )
    switched = f"NEW.is_active {differs} OLD.is_active"
    return [
        Guard("operator_added", OPERATOR, "INSERT", f"NOT {added}", "three people add a sign-in", FOUNDED),
        Guard(
            "operator_ended",
            OPERATOR,
            "UPDATE",
            f"NOT (OLD.is_active AND {ended} = 'operator.deactivate')",
            "three people deactivate a sign-in, and nobody wakes one",
            f"{switched} AND {FOUNDED}",
        ),
        not_replaced(OPERATOR, "id", "username", "operator_id"),
        Guard("operator_beside", OPERATOR, "UPDATE", taken, "the name is another's", renamed, ("sqlite",)),
    ]


def _humans(vendor: str, differs: str) -> list[Guard]:
    """Who is which human: a maker who became another person could check what they made."""
    moved = f"NEW.person_id {differs} OLD.person_id"
    to = _newest("'link:' || OLD.operator_id", said(vendor, "person", "c"))
    live = ", ".join(f"'{state}'" for state in sorted(LIVE))
    makes = f"EXISTS (SELECT 1 FROM {OPERATION} WHERE maker_person = OLD.person_id AND state IN ({live}))"
    roles = (
        f"SELECT g.role = '{Role.ADMINISTRATOR}' AS administers FROM {OPERATOR} o JOIN {GRANT} g ON g.operator_id = o.id "
        "WHERE (o.person_id = NEW.person_id AND o.is_active) OR o.id = NEW.id"
    )
    mixed = f"(SELECT COUNT(DISTINCT r.administers) FROM ({roles}) AS r) > 1"
    return [
        Guard(
            "operator_person",
            OPERATOR,
            "UPDATE",
            f"NOT ({is_person(vendor, 'NEW.person_id', to)})",
            "a sign-in stays with its human, unless three people link it to another",
            moved,
        ),
        Guard("operator_clear", OPERATOR, "UPDATE", makes, "they have operations that are not over", moved),
        Guard("operator_unmixed", OPERATOR, "UPDATE", mixed, "an administrator holds no other role", moved),
    ]


def _addresses(vendor: str, differs: str) -> list[Guard]:
    """Whoever could move an address would be told what is another's, and sign in through the provider in their place."""
    before, after = (_newest("'email:' || OLD.operator_id", said(vendor, name, "c")) for name in ("before", "email"))
    agreed = f"{before} = OLD.email AND {after} = NEW.email"
    moved = f"NEW.email {differs} OLD.email AND {FOUNDED}"
    was_theirs = (
        f"EXISTS (SELECT 1 FROM {CHANGE} c JOIN {OPERATOR} o ON o.id = NEW.to_id "
        f"WHERE c.about = 'email:' || o.operator_id AND c.state = 'applied' AND {said(vendor, 'before', 'c')} = NEW.address)"
    )
    elsewhere = "NEW.address <> ''"
    return [
        Guard("operator_address", OPERATOR, "UPDATE", f"NOT ({agreed})", "three people change an address", moved),
        Guard("letter_address", LETTER, "INSERT", f"NOT {was_theirs}", "this was never their address", elsewhere),
    ]


def _rules(vendor: str) -> list[Guard]:
    def agreed(who: str, seat: Role) -> str:
        return (
            f"EXISTS (SELECT 1 FROM {VOTE} v WHERE v.change_id = c.id AND v.verb = 'agreement' "
            f"AND v.seat = '{seat}' AND v.by_id = NEW.{who}_id)"
        )

    published = (
        f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.about = 'policy' AND c.state = 'applied' "
        f"AND c.author_id = NEW.author_id AND {said(vendor, 'digest', 'c')} = NEW.digest "
        f"AND {said(vendor, 'number', 'c')} = CAST(NEW.number AS TEXT) "
        f"AND {agreed('administrator', Role.ADMINISTRATOR)} AND {agreed('compliance', Role.COMPLIANCE)})"
    )
    entered = (
        f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.about = 'calendar:' || NEW.year AND c.state = 'applied' "
        f"AND {said(vendor, 'version', 'c')} = CAST(NEW.version AS TEXT) "
        f"AND {said(vendor, 'rules_text', 'c')} = NEW.rules)"
    )
    return [
        Guard(
            "policy_proposed",
            POLICY,
            "INSERT",
            f"NOT {published}",
            "no such version was agreed to",
            f"NEW.number <> 1 AND {FOUNDED}",
        ),
        Guard("year_proposed", YEAR, "INSERT", f"NOT {entered}", "no such year was agreed to", FOUNDED),
    ]


def _absences(vendor: str) -> list[Guard]:
    """Whoever says that somebody else is away, and who decides for them; each change has its effect once."""

    def known(row: str) -> str:
        return f"COALESCE((SELECT operator_id FROM {OPERATOR} WHERE id = NEW.{row}_id), '')"

    def at(name: str) -> str:
        """A time of the payload as the column has it."""
        text = said(vendor, name, "c")
        return f"({text})::timestamptz" if vendor == "postgresql" else f"strftime('%Y-%m-%d %H:%M:%S', {text})"

    agreed = (
        f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.id = NEW.change AND c.state = 'applied' AND c.kind = 'delegation.make' "
        f"AND {said(vendor, 'operator', 'c')} = {known('of')} AND {said(vendor, 'to', 'c')} = {known('to')} "
        f"AND c.author_id = NEW.made_by_id AND {at('starts_at')} <= NEW.starts_at AND {at('ends_at')} = NEW.ends_at)"
    )
    words = "three people say that somebody else is away"
    return [Guard("delegation_agreed", DELEGATION, "INSERT", f"NOT {agreed}", words, "NEW.change IS NOT NULL")]


def _erasures(vendor: str) -> list[Guard]:
    """Which key of which client, by a change that names the login; and each change once, for no client comes back by it."""
    named = f"(' ' || {said(vendor, 'logins', 'c')} || ' ') LIKE ('% ' || NEW.login || ' %')"
    agreed = f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.id = NEW.change AND c.state = 'applied' AND c.kind = 'client.erase' AND {named})"
    key = f"EXISTS (SELECT 1 FROM {KEY} k WHERE k.id = NEW.key AND k.environment = NEW.environment AND k.login = NEW.login)"
    return [
        Guard("erasure_agreed", ERASURE, "INSERT", f"NOT {agreed}", "three people have a client erased"),
        Guard("erasure_of_key", ERASURE, "INSERT", f"NOT {key}", "there is no such key of this client"),
    ]


register(guards)

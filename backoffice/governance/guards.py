"""Governance in the database itself: a change is frozen, has three distinct persons, and none of them is whom it is about."""

from backoffice.access import Role
from backoffice.audit.guards import Guard, append_only, kept, not_replaced, register
from backoffice.operations.guards import not_theirs

CHANGE, VOTE, FOUNDING = "governance_change", "governance_vote", "governance_founding"
OPERATOR, GRANT = "operators_operator", "operators_grant"
FROZEN = "id kind about payload payload_hash effect reason author_id author_person proposed_at lapses_at".split()
ABOUT = {
    "policy.publish": "'policy'",
    "client.erase": "'client:' || {logins}",
    "calendar.year": "'calendar:' || {year}",
    "operator.add": "'operator:' || {operator}",
    "operator.deactivate": "'operator:' || {operator}",
    "operator.email": "'email:' || {operator}",
    "operator.link": "'link:' || {operator}",
    "delegation.make": "'delegation:' || {operator}",
    "factors.reset": "'factors:' || {operator}",
    "role.grant": "'role:' || {operator} || ':' || {role}",
    "role.revoke": "'role:' || {operator} || ':' || {role}",
}


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return [*_born(vendor), *_ended(vendor, differs), *_votes(vendor), *_founding()]


def said(vendor: str, name: str, of: str = "NEW") -> str:
    """A field of a change's payload, as text."""
    if vendor == "postgresql":
        return f"({of}.payload::json ->> '{name}')"
    return f"CAST(json_extract({of}.payload, '$.{name}') AS TEXT)"


def is_person(vendor: str, column: str, text: str) -> str:
    """That a column holds the person whom a text names."""
    return f"{column}::text = {text}" if vendor == "postgresql" else f"{column} = REPLACE({text}, '-', '')"


def _targets(vendor: str, person: str, of: str) -> str:
    """That a change is about this person: by their person's id, or by an operator id of theirs."""
    named = (
        f"EXISTS (SELECT 1 FROM {OPERATOR} t WHERE t.operator_id = {said(vendor, 'operator', of)} "
        f"AND t.person_id = {person})"
    )
    return f"({named} OR COALESCE({is_person(vendor, person, said(vendor, 'person', of))}, 1 = 0))"


def _born(vendor: str) -> list[Guard]:
    hashed = (
        "encode(sha256(convert_to(NEW.payload, 'UTF8')), 'hex')"
        if vendor == "postgresql"
        else "lower(SHA256(NEW.payload))"
    )
    fields = {name: said(vendor, name) for name in ("operator", "role", "year", "logins")}
    about = " ".join(f"WHEN '{kind}' THEN {text.format(**fields)}" for kind, text in ABOUT.items())
    elsewhere = f"NEW.about <> CASE NEW.kind {about} END OR NEW.kind <> {said(vendor, 'kind')}"
    beside = f"EXISTS (SELECT 1 FROM {CHANGE} c WHERE c.about = NEW.about AND c.state = 'proposed')"
    return [
        Guard("change_start", CHANGE, "INSERT", "NEW.state <> 'proposed'", "a change begins as a proposal"),
        Guard("change_hash", CHANGE, "INSERT", f"NEW.payload_hash <> {hashed}", "the hash is not the payload's"),
        Guard("change_about", CHANGE, "INSERT", elsewhere, "it is about something else"),
        Guard(
            "change_author",
            CHANGE,
            "INSERT",
            not_theirs("author_id", "author_person", (Role.ADMINISTRATOR,)),
            "an administrator proposes it",
        ),
        Guard(
            "change_of_oneself",
            CHANGE,
            "INSERT",
            _targets(vendor, "NEW.author_person", "NEW"),
            "nobody changes their own",
        ),
        Guard("change_alone", CHANGE, "INSERT", beside, "it is proposed already", vendors=("sqlite",)),
        *kept(CHANGE),
        not_replaced(CHANGE, "id"),
    ]


def _ended(vendor: str, differs: str) -> list[Guard]:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    seats = (
        f"(SELECT COUNT(DISTINCT v.seat) FROM {VOTE} v "
        f"JOIN {OPERATOR} o ON o.id = v.by_id AND o.person_id = v.person AND o.is_active "
        f"JOIN {GRANT} g ON g.operator_id = o.id AND g.role = v.seat "
        "WHERE v.change_id = NEW.id AND v.verb = 'agreement' AND v.payload_hash = OLD.payload_hash "
        f"AND v.person <> OLD.author_person AND NOT {_targets(vendor, 'v.person', 'OLD')})"
    )
    refusal = f"EXISTS (SELECT 1 FROM {VOTE} v WHERE v.change_id = NEW.id AND v.verb = 'refusal')"
    author = not_theirs("author_id", "author_person", (Role.ADMINISTRATOR,))
    applied = "NEW.state = 'applied'"
    last = f"(SELECT COALESCE(MAX(number), 0) FROM {CHANGE})"
    return [
        Guard("change_frozen", CHANGE, "UPDATE", changed, "what was proposed is frozen"),
        Guard("change_over", CHANGE, "UPDATE", "OLD.state <> 'proposed'", "it is over"),
        Guard("change_agreed", CHANGE, "UPDATE", f"{seats} < 2", "two others agree to it", applied),
        Guard("change_author_still", CHANGE, "UPDATE", author, "its author is no administrator any more", applied),
        Guard("change_veto", CHANGE, "UPDATE", refusal, "somebody refused it", applied),
        Guard("change_in_time", CHANGE, "UPDATE", "NEW.ended_at >= OLD.lapses_at", "it has expired", applied),
        Guard("change_number", CHANGE, "UPDATE", f"NEW.number <> {last} + 1", "changes follow each other", applied),
        Guard("change_refused", CHANGE, "UPDATE", f"NOT {refusal}", "nobody refused it", "NEW.state = 'refused'"),
        Guard(
            "change_expired",
            CHANGE,
            "UPDATE",
            "NEW.ended_at < OLD.lapses_at",
            "it has not expired",
            "NEW.state = 'expired'",
        ),
    ]


def _votes(vendor: str) -> list[Guard]:
    of = f"SELECT 1 FROM {CHANGE} c WHERE c.id = NEW.change_id"
    author = f"EXISTS ({of} AND (c.author_person = NEW.person OR c.author_id = NEW.by_id))"
    seated = (
        f"EXISTS (SELECT 1 FROM {OPERATOR} o JOIN {GRANT} g ON g.operator_id = o.id WHERE o.id = NEW.by_id "
        "AND o.person_id = NEW.person AND o.is_active AND g.role = NEW.seat)"
    )
    seats = f"NEW.seat IN ('{Role.ADMINISTRATOR}', '{Role.COMPLIANCE}')"
    pending = f"EXISTS ({of} AND c.state = 'proposed' AND NEW.at < c.lapses_at)"
    hashed = f"EXISTS ({of} AND c.payload_hash = NEW.payload_hash)"
    about = f"EXISTS ({of} AND {_targets(vendor, 'NEW.person', 'c')})"
    return [
        Guard("word_author", VOTE, "INSERT", author, "nobody agrees to what they proposed"),
        Guard("word_target", VOTE, "INSERT", about, "nobody decides on a change of themselves"),
        Guard("word_seat", VOTE, "INSERT", f"NOT ({seated} AND {seats})", "the word is another person's"),
        Guard("word_pending", VOTE, "INSERT", f"NOT {pending}", "it is not pending"),
        Guard("word_hash", VOTE, "INSERT", f"NOT {hashed}", "the word is on another payload"),
        *append_only(VOTE, "id", "change_id person"),
    ]


def _founding() -> list[Guard]:
    def persons(role: Role) -> str:
        return (
            f"(SELECT COUNT(DISTINCT o.person_id) FROM {OPERATOR} o JOIN {GRANT} g ON g.operator_id = o.id "
            f"WHERE o.is_active AND g.role = '{role}')"
        )

    few = f"NEW.number <> 1 OR {persons(Role.ADMINISTRATOR)} < 2 OR {persons(Role.COMPLIANCE)} < 1"
    return [
        Guard("founding_people", FOUNDING, "INSERT", few, "a house begins with those who can govern it"),
        *append_only(FOUNDING, "number"),
        *append_only("governance_firstpassword", "id"),
        *append_only("governance_coveragecheck", "id", "day"),
    ]


register(guards)

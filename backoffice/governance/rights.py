"""Who may do what, read off the declarations that let people in, in the words of the trade."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import get_resolver

from backoffice.access import Access, Role, declared

# What one does at each address, by its name; whoever adds an address says here what it is for.
DOINGS: dict[str, dict[str, str]] = {
    "Operations": {
        "operations": "Operations: the list",
        "operation": "An operation: its page",
        "search": "Search",
        "evidence": "Download evidence",
        "comments": "Comment on an operation",
        "cancellation": "Cancel one's own request, or what waits to be sent",
    },
    "Approvals": {
        "approvals": "Approvals: what waits for a decision",
        "decision": "What a checker saw when they decided",
        "next": "Take the next unclaimed",
        "claim": "Say that one is looking",
        "claim_end": "Say that one is not looking any more",
        "approval": "Approve",
        "rejection": "Reject",
        "return": "Return to the maker",
        "approvals_approval": "Approve several at once",
        "approvals_rejection": "Reject several at once",
    },
    "Bundles": {
        "bundles": "Bundles: the list",
        "bundle": "A bundle: its page",
        "new_bundle": "Put requests into a bundle",
        "bundle_decision": "What a checker saw of a bundle when they decided",
        "bundle_approval": "Approve a bundle",
        "bundle_rejection": "Reject a bundle",
        "bundle_return": "Return a bundle to its maker",
        "bundle_cancellation": "Cancel one's own bundle",
        "bundle_comments": "Comment on a bundle",
        "bundle_claim": "Say that one is looking at a bundle",
        "bundle_claim_end": "Say that one is not looking at a bundle any more",
    },
    "Exceptions": {
        "exceptions": "Exceptions: the list",
        "assignment": "Take a case, or take it over",
        "assignment_end": "Hand a case back",
        "resolution": "Propose how a case ended",
        "confirmation": "Confirm how a case ended",
        "declining": "Decline such a proposal",
        "proposals": "Propose for several cases at once",
        "confirmations": "Confirm several cases at once",
    },
    "Accounts": {
        "accounts": "Look an account up",
        "account": "An account: its page",
    },
    "Funding": {
        "funding.deposit": "Ask for a deposit",
        "funding.withdrawal": "Ask for a withdrawal",
        "funding.credit": "Ask for credit in or out",
        "funding.correction": "Ask for a correction",
        "funding.bonus": "Ask for a bonus",
        "funding.charge": "Ask for a charge",
        "funding.negative_balance_reset": "Ask for a negative balance reset",
    },
    "MT5 connections": {
        "connections": "MT5 connections: how they stand",
        "pause": "Pause a connection, alone and at once",
        "reopening": "Propose to reopen a connection",
        "reopening_confirmation": "Confirm that it is reopened",
        "maintenance": "Plan maintenance",
        "maintenance_withdrawal": "Withdraw planned maintenance",
        "maintenance_end": "Propose to end maintenance early",
        "maintenance_end_confirmation": "Confirm that it ends",
        "restore_reopening": "After a restored backup: propose to reopen",
        "restore_confirmation": "After a restored backup: confirm it",
        "restore_declining": "After a restored backup: decline it",
    },
    "Rules": {
        "policy": "Policy: the rules in force",
        "policy_proposal": "Propose a policy",
        "policy_simulation": "Simulate a policy",
        "calendar": "Calendar: working days and hours",
        "year_proposal": "Propose a year of the calendar",
        "changes": "Changes of the rules: the list",
        "change": "A change of the rules: its page",
        "change_agreement": "Agree to a change",
        "change_refusal": "Refuse a change",
        "change_withdrawal": "Withdraw one's own change",
    },
    "People": {
        "people": "People: the list",
        "person": "A person: their page",
        "person_addition": "Propose a new sign-in",
        "person_grant": "Propose a role for somebody",
        "person_revocation": "Propose to take a role away",
        "person_deactivation": "Propose that somebody leaves",
        "person_email": "Propose another e-mail address for somebody",
        "person_link": "Propose that two sign-ins are one human's",
        "person_password": "Make a first password",
        "person_reset": "Propose that somebody enrols a second factor anew",
        "delegations": "Delegations: who decides for whom",
        "own_delegation": "Have another decide for oneself",
        "delegation_withdrawal": "End one's own delegation",
        "delegation_proposal": "Propose that somebody is away",
        "coverage": "Coverage: whether there are people enough",
    },
    "Control": {
        "trail": "Audit trail",
        "erasures": "Erased clients: the list",
        "erasure_proposal": "Propose to erase a client",
        "access": "Access: who may do what",
        "access_people": "Export people and their roles",
        "access_rights": "Export what each role may do",
        "access_review": "Record the review of access",
    },
    "Oneself": {
        "home": "My work",
        "account_change_password": "Change one's own password",
        "second_factor": "One's own second factors",
        "second_factor_app": "Add a code app",
        "second_factor_passkey": "Add a passkey",
        "second_factor_codes": "Make recovery codes anew",
        "second_factor_removal": "Remove one of one's own second factors",
        "sessions": "Where one is signed in",
        "session_end": "End one of one's own sessions",
        "sessions_end_others": "End all one's other sessions",
        "sessions_end_all": "End all one's sessions",
        "account_logout": "Sign out",
        "gallery": "The gallery of what pages are made of",
    },
}
# Below it stand made-up pages, which are everybody's; one line speaks for all of them.
BELOW = "_ui/"


@dataclass(frozen=True)
class Right:
    """One thing that is done at an address: who may do it, and whether it changes anything."""

    section: str
    name: str
    words: str
    roles: frozenset[Role]
    acts: bool

    @property
    def verb(self) -> str:
        return "acts" if self.acts else "looks"

    def cells(self) -> list[str]:
        return [self.verb if role in self.roles else "" for role in Role]


@cache
def rights() -> tuple[Right, ...]:
    """Everything that takes a role, in the order of the table above. Raises KeyError for an address without words."""
    found = [_right(name, access) for name, access in addresses() if access and access.roles is not None]
    places = {name: place for place, name in enumerate(name for words in DOINGS.values() for name in words)}
    return tuple(sorted(found, key=lambda right: places[right.name]))


def addresses() -> Iterator[tuple[str, Access | None]]:
    """Each address of the house by its name, with what its view declares."""
    for name, route, view in _walk(get_resolver().url_patterns, ""):
        if not route.startswith(BELOW) or name == "gallery":
            yield name, declared(view)


def _walk(patterns: Any, before: str) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield pattern.name, route, pattern.callback


def _right(name: str, access: Access) -> Right:
    section = next((section for section, words in DOINGS.items() if name in words), "")
    return Right(section, name, DOINGS[section][name], access.roles or frozenset(), "POST" in access.methods)

"""The table of who may do what: each model × *web* and *worker*. Everything that is granted is read off here.

The owner migrates and is not in it. What stands here is what the code does and nothing to spare: a test plays the house
in these roles, and another one fails while a model is not in the table.
"""

from dataclasses import dataclass

from django.apps import apps

WEB, WORKER = "web", "worker"


@dataclass(frozen=True)
class May:
    """What a role may do to one table. `reads` and `updates` are columns with blanks between; `*` is all of them."""

    reads: str = "*"
    inserts: bool = False
    updates: str = ""
    deletes: bool = False


NOTHING = May(reads="")
READ = May()
ADD = May(inserts=True)

# What the desk sets when people move an operation, and what judging it again pins.
BY_PEOPLE = "state version moved_at position approved_at due_at lapses_at waits_for is_signed"
JUDGED = "policy_id rule_id verdict seen needs needs_signed"
# "Send again" counts as a new approval.
SENT_AGAIN = "sends key_since cleared_at last_answer"
BY_MACHINES = (
    "state version moved_at due_at lapses_at token leased_until maybe_sent "
    "sends first_sent_at last_send_at key_since cleared_at last_answer"
)
# Of what follows an approved bundle a worker says where it stands in line, and whether it is signed, as the bundle says it.
FOLLOWING = "position approved_at is_signed"
SETTLED = "settled_by_id settled_person settled_at confirmed"
STOPPED = (
    "stopped_at stopped_by_id stopped_person stopped_reason "
    "reopening_at reopening_by_id reopening_person reopening_reason reopened_by_id reopened_person"
)
PLANNED = "planned_until"
BROKEN = "paused_at reason failures strikes probe_at waits_until proved_at"
WITHDRAWN_OR_ENDED = (
    "withdrawn_at withdrawn_by_id withdrawn_person ending_at ending_by_id ending_person ending_reason "
    "ended_at ended_by_id ended_person"
)
ENDED = "ended_by_id ended_person ended_reason"
REOPENED = "reopening_at reopening_by_id reopening_person reopening_reason reopened_at reopened_by_id reopened_person"
# A worker knows people by name and role; how they sign in is none of its business.
WITHOUT_SECRETS = "id username name email operator_id person_id is_active sessions_ended"

TABLE: dict[str, tuple[May, May]] = {
    # model                         web                                                        worker
    "operations.Operation": (
        May(inserts=True, updates=f"{BY_PEOPLE} {JUDGED} {SENT_AGAIN}"),
        May(updates=f"{BY_MACHINES} {FOLLOWING}"),
    ),
    "operations.Decision": (ADD, READ),
    # Whoever is away, or stands in, ends it; so does a change of either's roles.
    "operations.Delegation": (May(inserts=True, updates=f"ended_at {ENDED}"), READ),
    "operations.Sight": (ADD, READ),
    # A worker verifies what was signed before it sends, and can sign nothing.
    "operations.Signature": (ADD, READ),
    "operations.Comment": (ADD, NOTHING),
    "operations.Attachment": (ADD, NOTHING),
    # Files are the web's to add and nobody's to change; housekeeping deletes old uploads without reading them.
    "files.File": (May(inserts=True, updates="content"), NOTHING),
    "files.Upload": (ADD, May(reads="id at", deletes=True)),
    # People decide on a bundle; a worker has its members follow, leaves out whom it must, and ends what nobody is in.
    "operations.Bundle": (
        May(inserts=True, updates="state decided_at first_position"),
        May(updates="state decided_at settled_at"),
    ),
    "operations.Member": (ADD, May(updates="left_at left_why")),
    "operations.BundleDecision": (ADD, READ),
    # Who looks at what decides nothing, and is forgotten.
    "operations.Claim": (May(inserts=True, updates="*", deletes=True), NOTHING),
    "operations.Resolution": (May(inserts=True, updates=SETTLED), READ),
    "operations.Need": (ADD, READ),
    "operations.Judgement": (ADD, READ),
    "operations.Assignment": (May(inserts=True, updates="state to_id at"), READ),
    "operations.Counter": (May(inserts=True, updates="value"), READ),
    "operations.Attempt": (READ, ADD),
    "operations.Answer": (READ, ADD),
    # What two supervisors mark as booked is counted by the web.
    "operations.Tally": (May(inserts=True, updates="count amount"), May(inserts=True, updates="count amount")),
    "operations.Lane": (May(inserts=True, updates=f"{STOPPED} {PLANNED}"), May(inserts=True, updates=BROKEN)),
    "operations.Maintenance": (May(inserts=True, updates=WITHDRAWN_OR_ENDED), READ),
    "operations.Restore": (May(updates=REOPENED), ADD),
    # Commands of housekeeping and of the lanes' workers enter rates and findings.
    "operations.Rate": (READ, ADD),
    "operations.Finding": (READ, ADD),
    # Rules, years, people and roles are the web's to write, and guards refuse what no applied change says.
    "operations.Policy": (ADD, READ),
    "operations.RuleText": (ADD, READ),
    "calendar.Year": (ADD, READ),
    "governance.Change": (May(inserts=True, updates="state ended_at number"), May(updates="state ended_at")),
    "governance.Vote": (ADD, READ),
    "governance.Founding": (READ, READ),
    # Housekeeping checks the days ahead.
    "governance.CoverageCheck": (READ, ADD),
    "governance.FirstPassword": (ADD, NOTHING),
    # Housekeeping tells people, and says how mail stands.
    "mail.Letter": (READ, May(inserts=True, updates="tries next_at sent_at given_up_at failure")),
    "mail.Notice": (NOTHING, ADD),
    "mail.Post": (READ, May(inserts=True, updates="is_on looked_at failure failing_since")),
    "audit.Entry": (ADD, ADD),
    # Only what people write about a client is sealed, and people write on the web; the owner seals the keys anew.
    # Housekeeping writes down outside which were destroyed, and looks whether one is back.
    "audit.ClientKey": (May(inserts=True, deletes=True), May(reads="id login")),
    "audit.Erasure": (ADD, May(reads="key")),
    # The pin is the owner's: whoever could move it could stop the house.
    "audit.Pin": (READ, READ),
    # People and their roles change on the web, and each change of them leaves an edit.
    "audit.Edit": (ADD, NOTHING),
    "operators.Person": (ADD, May(reads="id name")),
    "operators.Operator": (
        May(inserts=True, updates="password last_login email is_active person_id sessions_ended"),
        May(reads=WITHOUT_SECRETS),
    ),
    "operators.Grant": (May(inserts=True, deletes=True), READ),
    # How people sign in is the web's alone; a worker knows nothing of it.
    "operators.Sitting": (May(inserts=True, updates="seen_at factor ended_at ended_how"), NOTHING),
    "operators.Proof": (May(inserts=True, updates="spent_at"), NOTHING),
    "operators.KeyUse": (May(inserts=True, updates="counter"), NOTHING),
    "operators.Draft": (May(inserts=True, updates="fields at", deletes=True), NOTHING),
    "mfa.Authenticator": (May(inserts=True, updates="data", deletes=True), NOTHING),
    # The library writes every column of a known identity at each sign-in; a guard keeps whose it is.
    "socialaccount.SocialAccount": (
        May(inserts=True, updates="user_id provider uid extra_data last_login date_joined"),
        NOTHING,
    ),
    # The provider is named by the settings, and its tokens are not kept.
    "socialaccount.SocialApp": (NOTHING, NOTHING),
    "socialaccount.SocialToken": (NOTHING, NOTHING),
    # A restored database ends all sessions, without reading them.
    "sessions.Session": (
        May(inserts=True, updates="session_data expire_date", deletes=True),
        May(reads="", deletes=True),
    ),
    "account.EmailAddress": (NOTHING, NOTHING),
    "account.EmailConfirmation": (NOTHING, NOTHING),
    "contenttypes.ContentType": (READ, NOTHING),
    # Django's own permissions are not used: roles stand in `access.py`.
    "auth.Permission": (NOTHING, NOTHING),
    "auth.Group": (NOTHING, NOTHING),
    "auth.Group_permissions": (NOTHING, NOTHING),
}


def tables_of(role: str) -> dict[str, May]:
    """What one role may do, by the name of the table. Raises KeyError while a model is not in the table above."""
    column = (WEB, WORKER).index(role)
    every = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: TABLE[model._meta.label][column] for model in every if model._meta.managed}

"""Raw SQL against what people were told, and what the coverage checks found; each is stopped by its guard."""

from uuid import uuid4

from backoffice.audit import clock
from backoffice.governance.models import CoverageCheck
from backoffice.mail.models import Letter, Notice
from backoffice.mail.telling import Item, News
from tests.operations.attacks import Attack, Scene, change, copy, delete


def letter(s: Scene) -> Letter:
    """Of which there is a notice; the same for one attack after another."""
    told = Letter.objects.exclude(notices=None)
    if not told.exists():
        item = Item(key="operation:1", level="remind", heading="Waiting for you", text="DEP-1", path="/")
        news = News([item])
        news.add(s["carl"], item)
        news.tell("{}")
    return told.get()


def notice(s: Scene) -> Notice:
    return letter(s).notices.get()


def unread(s: Scene) -> Letter:
    """A letter of which no notice is."""
    now = clock.now()
    return Letter.objects.create(id=uuid4(), to=s["carl"], subject="x", text="x", made_at=now, next_at=now)  # type: ignore[no-any-return]


def checked(s: Scene) -> CoverageCheck:
    now = clock.now()
    made: CoverageCheck
    made, _ = CoverageCheck.objects.get_or_create(day=now.date(), defaults={"at": now, "text": '{"short":{}}'})
    return made


SENT = "sent_at = CURRENT_TIMESTAMP"
ATTACKS: dict[str, Attack] = {
    "letter_frozen": lambda s: [change(letter(s), "text = 'Approve it.'")],
    "letter_over": lambda s: [change(sent := letter(s), SENT), change(sent, "sent_at = NULL")],
    "mail_letter_no_delete": lambda s: [delete(unread(s))],
    "mail_notice_no_update": lambda s: [change(notice(s), "level = 'breached'")],
    "mail_notice_no_delete": lambda s: [delete(notice(s))],
    "governance_coveragecheck_no_update": lambda s: [change(checked(s), "text = '{}'")],
    "governance_coveragecheck_no_delete": lambda s: [delete(checked(s))],
}
REPLACEMENTS: dict[str, Attack] = {
    "mail_letter_no_replace": lambda s: [copy(letter(s), verb="INSERT OR REPLACE", text="'Approve it.'")],
    "mail_notice_no_replace": lambda s: [copy(notice(s), verb="INSERT OR REPLACE", item="'operation:2'")],
    "governance_coveragecheck_no_replace": lambda s: [copy(checked(s), verb="INSERT OR REPLACE", text="'{}'")],
}

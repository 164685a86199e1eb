"""`manage.py manager_probe`: finds out what the provider's Manager API really does, and records it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.access import Role
from backoffice.audit.where import HERE, Where
from backoffice.manager.wire import Account
from backoffice.manager.witness import Witness
from backoffice.operations import queries
from backoffice.operations.models import Lane
from backoffice.operations.probe import reading, record, report, trial
from backoffice.operations.probe.asking import Asker
from backoffice.operations.probe.judging import ERROR
from backoffice.operations.probe.moving import CENT, Mover
from backoffice.operations.probe.questions import NO_ANSWER, Found
from backoffice.operations.states import BLOCKING, State
from backoffice.operators.models import Operator
from backoffice.safety.secret import Secret

LANE = "funding"
DIGITS = 2
LONGEST_WAIT = 600
NO_LOGIN = "PROBE_LOGIN is empty: only what changes nothing was asked, and of no account."
NOT_MOVED = "Without --write nothing was moved: what a repeat does, and what the ledger keeps, was not asked."


class Command(BaseCommand):
    help = (
        "Finds out what the provider's Manager API really does, and records it. With --write it moves 0.01 into PROBE_LOGIN "
        "and out again a few times, past the queue. Exit code 1 where something found is an error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="also move 0.01 into PROBE_LOGIN and out again")
        parser.add_argument(
            "--operator", default="", help="user name of the administrator who does it; --write needs one"
        )
        parser.add_argument("--wait", type=float, default=30, help="seconds that a line may take to show; default 30")
        parser.add_argument("--show", action="store_true", help="only show what was found last")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["show"]:
            here = HERE.set(Where(device="manage.py manager_probe"))
            try:
                self._probe(**options)
            finally:
                HERE.reset(here)
        findings = queries.findings()
        self.stdout.write(report.as_json(findings) if options["json"] else report.text(findings))
        errors = sum(judgement.level == ERROR for judgement in report.judgements(findings))
        if errors and not options["show"]:
            raise CommandError(f"{errors} of what was found is an error, see above.")

    def _probe(self, *, write: bool, operator: str, wait: float, **_: Any) -> None:
        key, by, login = _key(), _administrator(operator), settings.PROBE_LOGIN
        if not 0 < wait <= LONGEST_WAIT:
            raise CommandError(f"--wait takes more than 0 and at most {LONGEST_WAIT} seconds.")
        if write and (why := why_not_write(by)):
            raise CommandError(why)
        with Witness(key) as witness:
            asker = Asker(witness, operator_id=by.operator_id if by else "")
            found = [Found("address", settings.MANAGER_URL), *_refusals(asker)]
            if write and login:
                found += self._moved(asker, login, by=by, wait=wait)
            reading.time_reads(asker, login)
            found += [*reading.ledger(asker, login), *asker.sums()]
        record.keep(found, by=by)
        if not write:
            self.stderr.write(NOT_MOVED if login else NO_LOGIN)

    def _moved(self, asker: Asker, login: int, *, by: Any, wait: float) -> list[Found]:
        account = _fit(trial.read_account(asker, login), login)
        mover = Mover(asker, login=login, currency=account.currency, by=by, wait=wait)
        try:
            found = trial.trial(mover)
        finally:
            if mover.left:
                self.stderr.write(self.style.ERROR(f"{mover.left} Put it right by hand."))
        return [*found, trial.balance(mover, before=account.balance)]


def _key() -> Secret:
    """The funding worker's key, or a CommandError that says why this process has none."""
    if settings.PROCESS not in ("", LANE):
        words = f"This process is {settings.PROCESS}, which has no key that moves money. Run it with PROCESS=funding."
        raise CommandError(words)
    if not settings.MANAGER_KEYS[LANE]:
        raise CommandError(
            "MANAGER_KEY_FUNDING is not given. Run it with PROCESS=funding, where the funding worker runs."
        )
    return settings.MANAGER_KEYS[LANE]


def _administrator(username: str) -> Any:
    if not username:
        return None
    operator = Operator.objects.filter(username=username, is_active=True).first()
    if operator is None or Role.ADMINISTRATOR not in operator.roles:
        raise CommandError(f"{username} is no active administrator.")
    return operator


def why_not_write(by: Any) -> str:
    """Why no money may be moved now, as far as our own side knows it; empty where it may."""
    if settings.PROBE_LOGIN is None:
        return "PROBE_LOGIN names no login that is set aside for this, so nothing is moved."
    if by is None:
        return "Moving money takes --operator, the user name of an active administrator."
    if Lane.objects.filter(name=LANE, stopped_at__isnull=False).exists():
        return "People have paused the funding connection, so nothing is moved."
    busy = BLOCKING | {State.QUEUED, State.AWAITING_APPROVAL}
    if queries.ours().filter(login=settings.PROBE_LOGIN, state__in=busy).exists():
        return f"An operation of login {settings.PROBE_LOGIN} is not finished, and would be mixed up with the probe's."
    return ""


def _refusals(asker: Asker) -> list[Found]:
    found = reading.refusals(asker)
    if not asker.apart and all(each.value == NO_ANSWER for each in found):
        raise CommandError("MT5 gives no answer, so nothing can be found out. Nothing was recorded.")
    return found


def _fit(account: Account | None, login: int) -> Account:
    """The account, where a hundredth can be moved in and out of it."""
    if account is None:
        raise CommandError(f"Login {login} cannot be read at MT5, so nothing is moved.")
    figures = (account.balance, account.margin_free if account.margin_free is not None else account.balance)
    if account.currency_digits != DIGITS or any(figure is None or figure < 0 for figure in figures):
        words = "needs a currency of two decimals, and neither a negative balance nor a negative free margin"
        raise CommandError(f"Login {login} {words}, or {CENT} cannot be moved in and out. Nothing was moved.")
    return account

"""`manage.py restored`: what a restore from a backup lost, as MT5's ledger tells it; or says that there was one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.manager.failures import Failure
from backoffice.operations import restored
from backoffice.operations.lost import Lost, listed
from backoffice.operations.models import Restore


class Command(BaseCommand):
    help = "Lists what MT5 holds of this house and this database does not know as booked since its restore."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--declare", action="store_true", help="say that this database was restored from a backup")
        parser.add_argument("--reason", default="", help="why; it goes into the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["declare"]:
            self._declare(options["reason"].strip())
            return
        restore = next(iter(restored.known()), None)
        if restore is None:
            self.stdout.write("No restore of this database is known.")
            return
        self.stdout.write(f"Noticed {restore.at:%Y-%m-%d %H:%M:%S} UTC: {restore.reason}")
        self.stdout.write("Nothing is sent." if restore.is_open else "It was reopened.")
        self._list(restore)

    def _declare(self, reason: str) -> None:
        if len(reason) < 8:
            raise CommandError("Declaring a restore takes a --reason of at least 8 characters.")
        restored.declare(reason=reason)
        self.stdout.write("It is on record. Nothing is sent until two people reopen the connections.")

    def _list(self, restore: Restore) -> None:
        try:
            lost = listed(restore)
        except Failure as failure:
            raise CommandError(f"MT5's ledger cannot be read now: {failure.message}") from None
        self.stdout.write(f"Since {restore.since:%Y-%m-%d %H:%M:%S} UTC MT5 holds {len(lost)} of ours not booked here.")
        for found in lost:
            self.stdout.write(_told(found))


def _told(found: Lost) -> str:
    line = found.line
    when = f"{line.time:%Y-%m-%d %H:%M:%S}" if line.time else "no time"
    amount = f"{line.amount:+,f} {line.currency or ''}".strip() if line.amount is not None else "no amount"
    who = f", asked by {line.operator_id}" if line.operator_id else ""
    return (
        f"  {found.reference}  deal {line.deal}  {line.status}  login {line.login}  {amount}  {when}{who}: {found.here}"
    )

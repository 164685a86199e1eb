"""`manage.py database_roles`: makes the roles of the web and of the workers what they should be, as the owner of the tables."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backoffice.audit import pin
from backoffice.database import roles
from backoffice.database.privileges import WEB, WORKER


class Command(BaseCommand):
    help = "Makes the PostgreSQL roles of web and workers, and grants each what it needs. Safe to repeat; run it after migrate."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--web", default="countersign_web", help="the name of the web's role")
        parser.add_argument("--worker", default="countersign_worker", help="the name of the workers' role")
        parser.add_argument("--print", action="store_true", help="say the statements, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite knows no roles; this is for PostgreSQL.")
        logins = [roles.Login(part, options[part], settings.DATABASE_PASSWORDS[part]) for part in (WEB, WORKER)]
        try:
            said = roles.statements(logins)
        except ValueError as failure:
            raise CommandError(str(failure)) from None
        if options["print"]:
            self.stdout.write("\n".join(f"{statement};" for statement in said))
            return
        # Neither role may pin the database, so that whoever owns it does.
        pin.insist()
        roles.lay(logins)
        for login in logins:
            told = "with the password that was given" if login.password else "whose password stays as it is"
            self.stdout.write(f"{login.part}: {login.name}, {told}")

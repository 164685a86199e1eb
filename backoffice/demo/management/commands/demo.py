"""`manage.py demo`: the whole house on this machine, one Ctrl+C ends it."""

import subprocess
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.demo import ports, processes
from backoffice.demo.cast import CAST, PASSWORD
from backoffice.demo.prepare import prepare
from backoffice.demo.processes import Place
from backoffice.demo.supervise import Ended, House

DEFAULTS = {"port": 8000, "manager_port": 9400, "break_port": 9401}


class Command(BaseCommand):
    help = "Runs the sandbox, the web and the workers, with the cast enrolled. Ctrl+C ends all of it."
    # The children check themselves; here it would only make the first page wait.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULTS["port"], help="of the pages")
        parser.add_argument("--manager-port", type=int, default=DEFAULTS["manager_port"], help="of the sandbox's API")
        parser.add_argument("--break-port", type=int, default=DEFAULTS["break_port"], help="of the break-it page")
        parser.add_argument("--free-ports", action="store_true", help="take free ones where these are taken")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        port, manager_port, break_port = chosen(options)
        place = Place(data=settings.DATA, port=port, manager_port=manager_port, break_port=break_port)
        try:
            with House(say=self.stdout.write) as house:
                prepare(place)
                house.start([processes.sandbox(place)])
                house.start(processes.house(place))
                self.stdout.write(welcome(place, seconds=time.monotonic() - begun))
                house.watch()
        except KeyboardInterrupt:
            self.stdout.write("\nThe demo has ended. What was done in it is kept in .data/; `make clean` forgets it.")
        except (Ended, subprocess.CalledProcessError) as failure:
            raise CommandError(f"{failure} The demo ends with it; what it said stands above.") from None


def chosen(options: dict[str, Any]) -> list[int]:
    """The three ports, in the order of DEFAULTS. A taken one is replaced if the person said so, else named together with its option."""
    wanted = {name: options[name] for name in DEFAULTS}
    taken = [name for name, port in wanted.items() if not ports.is_free(port)]
    if taken and not options["free_ports"]:
        said = ", ".join(f"{wanted[name]} (--{name.replace('_', '-')})" for name in taken)
        raise CommandError(f"Already in use: port {said}. Name another, or say --free-ports to take any that is free.")
    replaced = dict(zip(taken, ports.free(len(taken)), strict=True))
    return [replaced.get(name, port) for name, port in wanted.items()]


def welcome(place: Place, *, seconds: float) -> str:
    people = "\n".join(f"    {member.username:<8}{member.does:<14}{', '.join(member.roles)}" for member in CAST)
    return f"""
  Countersign is up after {seconds:.0f} s.

    The pages       {place.url}
    Break it        {place.break_url}
    Password        {PASSWORD}   (everybody's; the sign-in page shows their codes too)
    Mail            {mail()}

{people}

  Mia makes a deposit, Carl approves it, Vera reads what happened. Ctrl+C ends everything.
"""


def mail() -> str:
    folder = getattr(settings, "EMAIL_FILE_PATH", "")
    return f"{folder}   (as files; none leaves this machine)" if folder else "goes where EMAIL_URL says"

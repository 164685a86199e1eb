"""`manage.py demo_check`: starts the demo's processes in a place of their own and plays the main job over HTTP."""

import subprocess
import time
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from backoffice.demo import processes, scratch
from backoffice.demo.mainjob import MainJob
from backoffice.demo.prepare import prepare
from backoffice.demo.processes import Place
from backoffice.demo.supervise import Ended, House
from backoffice.demo.visitor import Astray


class Command(BaseCommand):
    help = "Plays the main job over HTTP against real processes: sandbox, web and workers. Exit code 1 where it fails."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            with scratch.place() as place:
                self._play(place)
        except (Astray, Ended, KeyError, httpx.HTTPError, subprocess.CalledProcessError) as failure:
            raise CommandError(f"The main job failed. {failure}") from None
        self.stdout.write(f"  The main job holds, in {time.monotonic() - begun:.1f} s from nothing.")

    def _play(self, place: Place) -> None:
        with House(say=self.stderr.write) as house:
            job = MainJob(place, say=self.stdout.write)
            job.step("Folders, tables and the cast", lambda: prepare(place))
            job.step("The sandbox is up", lambda: house.start([processes.sandbox(place)]))
            job.step("Web and workers are up", lambda: house.start(processes.house(place)))
            job.play()
            house.look()

"""Seals every client's key anew, with the first of CLIENT_KEYS: then the old one opens nothing here, and nothing in a backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import client_keys


class Command(BaseCommand):
    help = "Seals the keys of all clients with the first of CLIENT_KEYS, and says whether another one is still needed."

    def handle(self, *args: Any, **options: Any) -> None:
        done, shut = client_keys.seal_anew()
        self.stdout.write(f"{done} key{'' if done == 1 else 's'} sealed anew.")
        if shut:
            raise CommandError(f"{shut} cannot be opened by any of CLIENT_KEYS. Put back the key that sealed them.")
        self.stdout.write("All of them are sealed with the first of CLIENT_KEYS; no other opens any.")

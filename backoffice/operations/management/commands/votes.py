"""`manage.py votes`: every signed vote with all that was signed, a JSON object a line, for `backoffice/audit/verify_votes.py`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from backoffice.operations.telling_votes import lines


class Command(BaseCommand):
    help = "Writes all signed votes, to be verified without this software."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in lines():
            self.stdout.write(json.dumps(line, ensure_ascii=False, sort_keys=True))

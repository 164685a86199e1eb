"""`manage.py audit verify`: walks the whole chain, holds it against the checkpoints, and names the first that does not hold."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backoffice.audit import chain, checkpoints, ed25519, guards, signing, verification
from backoffice.audit.models import Entry


class Command(BaseCommand):
    help = "Verifies the audit chain, the checkpoints and the database's guards; or shows the checkpoints' public key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["verify", "public-key"])
        parser.add_argument(
            "--public-key", type=Path, help="a PEM file: the key that the checkpoints must be signed with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["act"] == "public-key":
                self.stdout.write(ed25519.public_to_pem(signing.public()).strip())
            else:
                self._verify(options["public_key"])
        except (ImproperlyConfigured, checkpoints.Unreadable, ed25519.NotAKey, OSError) as fault:
            raise CommandError(str(fault)) from None

    def _verify(self, public_key: Path | None) -> None:
        verdict = chain.verify(Entry.objects.order_by("seq").iterator(chunk_size=1000))
        if verdict.fault:
            raise CommandError(f"The chain is broken at {verdict.fault}. {verdict.entries} entries before it hold.")
        if absent := guards.missing(connection):
            raise CommandError(f"The chain holds, but {len(absent)} guards are missing: {', '.join(absent)}.")
        self._hold_against_checkpoints(public_key)
        self.stdout.write(f"The chain holds: {verdict.entries} entries, head {verdict.head[:16]}.")

    def _hold_against_checkpoints(self, public_key: Path | None) -> None:
        if not settings.CHECKPOINT_DIR and not public_key:
            self.stdout.write("CHECKPOINT_DIR is not set: the chain was held against nothing that stands outside.")
            return
        public = _public(public_key)
        outside = verification.compare(public=public)
        if outside.fault:
            raise CommandError(f"The chain holds in itself, but not against the checkpoints: {outside.fault}.")
        for fork in reversed(outside.restores):
            self.stdout.write(
                f"A restore is known: checkpointed {fork.at}, kept to entry {fork.kept.partition(':')[0]}."
            )
            self.stdout.write(f"  The entries after it, to {fork.lost.partition(':')[0]} at least, were lost then.")
        told = f"the last of entry {outside.last.seq}, key {outside.last.key}" if outside.last else "none yet"
        self.stdout.write(f"The checkpoints hold: {outside.count}, {told}.")
        if public is None:
            self.stdout.write("Their signature was not checked: name the key with --public-key.")


def _public(path: Path | None) -> bytes | None:
    """The key that was named, else this house's own; where it is not given to this process, nobody vouches for the signature."""
    if path:
        return ed25519.public_from_pem(path.read_text(encoding="ascii"))
    return signing.public() if settings.CHECKPOINT_KEY or settings.DEMO else None

"""Who is looking at what waits for a decision: a courtesy between checkers, which keeps nobody from deciding."""

from django.conf import settings
from django.db import models


class Claim(models.Model):
    """Somebody looks at an operation until `until`, unless they say so again; one row an operation, gone once it ran out.

    It stands in a table and not in a cache, since the order of the queue asks for it, and "the next that nobody looks at" is
    taken in the same statement's transaction, whatever the database and however many processes there are.
    """

    operation = models.OneToOneField(
        "operations.Operation", on_delete=models.PROTECT, primary_key=True, related_name="claim"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.by}"

"""Who is looking at what waits for a decision: a courtesy between checkers, which keeps nobody from deciding."""

from django.conf import settings
from django.db import models


class Claim(models.Model):
    """Somebody looks at what waits for one decision until `until`, unless they say so again; gone once it ran out.

    It stands in a table and not in a cache, since the order of the queue asks for it, and "the next that nobody looks at" is
    taken in the same statement's transaction, whatever the database and however many processes there are.
    """

    # The id of an operation, or of a bundle: it is either, and two minutes later it is gone.
    on = models.UUIDField(primary_key=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.on}: {self.by}"

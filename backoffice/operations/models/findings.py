"""What was found out about a provider: rows that are only ever added."""

from django.conf import settings
from django.db import models


class Finding(models.Model):
    """One answer to one question about the Manager's ways, with what was seen; the newest of a name is what holds."""

    environment = models.CharField(max_length=32)
    name = models.CharField(max_length=32)
    value = models.CharField(max_length=64)
    evidence = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["environment", "name", "-id"], name="newest_finding")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"

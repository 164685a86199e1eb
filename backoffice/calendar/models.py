"""The years that people entered. A year is entered again, never changed: its newest version holds."""

from django.db import models


class Year(models.Model):
    """One version of one year; `rules` is the text of `rules.Rules`. It holds no foreign keys: it stands below the people."""

    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    rules = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=150)
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "version"], name="year_version_once")]

    def __str__(self) -> str:
        return f"{self.year}, version {self.version}"

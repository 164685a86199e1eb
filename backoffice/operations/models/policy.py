"""The rules as they stand in the database: versions, the rules of each, and the dated rates that their bounds are read with."""

from django.conf import settings
from django.db import models
from django.db.models import Q


def _of_somebody() -> models.ForeignKey:  # type: ignore[type-arg]  # its type is the plugin's to find
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")


class Policy(models.Model):
    """One version of all rules. Never changed, never deleted; `digest` is the SHA-256 over the texts of its rules.

    The first is shipped and nobody's; each later one has an author, another administrator and one of compliance.
    """

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    note = models.TextField()
    published_at = models.DateTimeField()
    author = _of_somebody()
    administrator = _of_somebody()
    compliance = _of_somebody()

    def __str__(self) -> str:
        return f"Policy {self.number}"


class RuleText(models.Model):
    """One rule of a version in its canonical form; written before its version, which closes the list."""

    # Its version and place, `1.7`: an operation names the rule that it was judged by.
    id = models.CharField(max_length=16, primary_key=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="rules")
    place = models.PositiveIntegerField()
    needs = models.PositiveSmallIntegerField()
    # Whether who agrees signs it with a passkey.
    is_signed = models.BooleanField(default=False, db_default=False)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "place"], name="one_rule_a_place")]

    def __str__(self) -> str:
        return f"Rule {self.id}"


class Rate(models.Model):
    """What one unit of a currency is worth in USD on a day; one a day, never changed."""

    currency = models.CharField(max_length=16)
    day = models.DateField()
    usd = models.DecimalField(max_digits=24, decimal_places=12)
    source = models.CharField(max_length=64)
    entered_at = models.DateTimeField()
    entered_by = _of_somebody()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(usd__gt=0), name="positive_rate"),
            models.CheckConstraint(condition=~Q(currency="USD"), name="usd_is_usd"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"

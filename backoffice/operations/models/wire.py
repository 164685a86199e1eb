"""What machines put on record: attempts and answers, and the counter of positions."""

from django.db import models


class Attempt(models.Model):
    """One try to send, or one trace; written before the wire is touched, never changed."""

    class Purpose(models.TextChoices):
        SEND = "send", "Sent to MT5"
        TRACE = "trace", "Looked up at MT5"

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="attempts")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    token = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "token"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.at:%H:%M:%S}"


class Answer(models.Model):
    """What came back of an attempt, in the Manager's words; an attempt without one was cut off."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="answer")
    at = models.DateTimeField()
    meaning = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True)
    deal = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.words


class Counter(models.Model):
    """A number that is taken in the approving unit: a sequence would be visible out of order."""

    name = models.CharField(max_length=48, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"

"""What somebody was told, the letter that carries it, and how mail stands. A letter and what it told are never deleted."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Letter(models.Model):
    """One mail to one sign-in, as it was written; `tries` counts how often it was handed to the mail server.

    It goes to whatever is that sign-in's address when it is sent, but for one that tells somebody at their old address
    that it is theirs no more.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(blank=True, default="")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True), name="sent_or_given_up"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(sent_at__isnull=True, given_up_at__isnull=True), name="letters_to_send"
            ),
            models.Index(fields=["-made_at"], name="newest_letters"),
        ]

    def __str__(self) -> str:
        return self.subject


class Notice(models.Model):
    """That one human was told of something at one level, which happens once."""

    item = models.CharField(max_length=120)
    level = models.CharField(max_length=12)
    person = models.UUIDField()
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="notices")

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "level", "person"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.item} {self.level}"


class Post(models.Model):
    """How mail stands, as whoever sends it saw it last; there is one row. Only it is given the mail server's address."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    is_on = models.BooleanField()
    looked_at = models.DateTimeField()
    failure = models.CharField(max_length=300, blank=True)
    failing_since = models.DateTimeField(null=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return "on" if self.is_on else "off"

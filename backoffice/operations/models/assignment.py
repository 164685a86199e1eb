"""Whose an operation is: a courtesy between people, which keeps nobody else from acting."""

from django.conf import settings
from django.db import models


class Assignment(models.Model):
    """Who sees to an operation while it is in `state`; `to` is None once they handed it back.

    It is one row an operation, and speaks of one state: whoever looked at a request to approve it does not own the
    exception that it becomes a week later.
    """

    operation = models.OneToOneField(
        "operations.Operation", on_delete=models.PROTECT, primary_key=True, related_name="assignment"
    )
    state = models.CharField(max_length=20)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.to or 'nobody'}"

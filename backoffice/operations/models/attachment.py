"""Which operation names which file: the payload says so, and the row is how it is found. Only ever added."""

from typing import ClassVar

from django.db import models


class Attachment(models.Model):
    """One line of an operation's evidence, by the name that it has there."""

    operation = models.ForeignKey(
        "operations.Operation", on_delete=models.PROTECT, related_name="attachments", db_index=False
    )
    file = models.ForeignKey("files.File", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["operation", "file"], name="attached_once")]

    def __str__(self) -> str:
        return self.name

"""What is uploaded, and what is kept of it: an upload is forgotten after a day, a file that something names never."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.files.kinds import KINDS, LARGEST

TYPES = [kind.type for kind in KINDS]


class File(models.Model):
    """Bytes that something names, under their SHA-256; in the database, so that a backup has all or none.

    Only ever added, and emptied once every client whom they are about is erased.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    type = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=LARGEST), name="file_fits"),
            models.CheckConstraint(condition=Q(type__in=TYPES), name="file_is_of_a_kind"),
        ]

    def __str__(self) -> str:
        return self.sha256


class Upload(models.Model):
    """Bytes that a person uploaded and has not submitted anything with yet."""

    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    type = models.CharField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gte=1, size__lte=LARGEST), name="upload_fits")]
        indexes = [
            models.Index(fields=["person", "sha256"], name="upload_of_person"),
            models.Index(fields=["at"], name="upload_at"),
        ]

    def __str__(self) -> str:
        return self.sha256

"""How files come in: into memory, only as much as is taken, and only on a page that takes some, from whoever may use it."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from backoffice.access import declared
from backoffice.files.kinds import LARGEST

MOST = 5


class Handler(FileUploadHandler):
    """Nothing is written to a disk. What is too much is read past, so that the rest of the form arrives.

    A file of which too much came is there by name and without content, with `is_too_large` or `is_beyond` set.
    """

    count = 0

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        if not _may_send(self.request):
            raise SkipFile
        self.count += 1
        self.parts: list[bytes] = []
        self.held = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.held += len(raw_data)
        if self.count <= MOST and self.held <= LARGEST:
            self.parts.append(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:  # type: ignore[type-arg]  # Django does not say of what
        is_too_large, is_beyond = file_size > LARGEST, self.count > MOST
        content = b"" if is_too_large or is_beyond else b"".join(self.parts)
        plain = (self.field_name, self.file_name, self.content_type, file_size, self.charset)
        made = InMemoryUploadedFile(BytesIO(content), *plain, self.content_type_extra)
        made.is_too_large, made.is_beyond = is_too_large, is_beyond  # type: ignore[attr-defined]  # ours, on Django's own
        self.parts = []
        return made


def _may_send(request: Any) -> bool:
    """Parsing comes before the middleware that lets people in, so it is asked here too."""
    match = getattr(request, "resolver_match", None)
    access = declared(match.func) if match else None
    return bool(access and access.takes_files and access.roles is not None and access.allows(request.user))

"""Reads forms out of a page as a browser without JavaScript would: every field, the hidden ones too."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

# A browser sends a button only when it was the one pressed, and a file only when one was chosen.
NOT_SENT = {"submit", "button", "reset", "image", "file"}
TICKED = {"checkbox", "radio"}


@dataclass
class Form:
    """One form: where it goes, how, and what it would send if nobody typed anything; `files` by field, name and content."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, tuple[str, bytes]]] = field(default_factory=list)

    def filled(self, **typed: str) -> dict[str, str]:
        """What is sent after typing this. Raises KeyError for a field that the page does not have."""
        if unknown := typed.keys() - self.fields.keys():
            raise KeyError(f"The form at {self.action or 'this page'} has no field {', '.join(sorted(unknown))}.")
        return self.fields | typed


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select, self._area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms and "disabled" not in given:
            self._field(tag, given)

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _field(self, tag: str, given: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, given.get("name", "")
        if tag == "option" and self._select:
            # Without a choice a browser takes the first.
            if "selected" in given or self._select not in fields:
                fields[self._select] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = ""
        elif tag == "input" and name and _is_sent(given):
            fields[name] = given.get("value", "on" if given.get("type") in TICKED else "")


def _is_sent(given: dict[str, str]) -> bool:
    kind = given.get("type", "text")
    return kind not in NOT_SENT and (kind not in TICKED or "checked" in given)


def forms(page: str) -> list[Form]:
    reader = Reader()
    reader.feed(page)
    return reader.forms


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def words(page: str) -> str:
    """What a page says, without its marks."""
    reader = Words()
    reader.feed(page)
    return " ".join(reader.said)

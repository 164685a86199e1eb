"""A person at the pages whose server is killed under them: whatever they asked, they ask again, with the same form."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import httpx

from backoffice.demo import forms
from backoffice.demo.forms import Form
from backoffice.demo.mainjob import visitor
from backoffice.demo.processes import Place
from backoffice.demo.visitor import SIGN_IN, Astray

PATIENCE, AGAIN_AFTER = 90.0, 0.3


class Unanswered(Exception):
    """Nobody answered for longer than anybody would ask; the message says what was asked."""


class Asking:
    """One of the cast, signed in before anything fails. `told` counts what they met; each belongs to one thread."""

    def __init__(self, name: str, place: Place, *, told: Counter[str]) -> None:
        self.visitor, self.told = visitor(name, place), told
        self.visitor.sign_in()

    def page(self, path: str) -> list[Form]:
        """The forms of a page that answers. Raises Unanswered, and Astray where it is refused."""
        answer = self._asked(lambda: self.visitor.http.get(path), what=path)
        if answer.status_code != httpx.codes.OK:
            raise Astray(f"{self.visitor.member.name} asked for {path} and got {answer.status_code}.")
        return forms.forms(answer.text)

    def send(self, form: Form, *, at: str, **typed: str) -> httpx.Response:
        """Sends it until somebody answers: it may have got through before, and its token sees to it that once is enough.

        A redirect is done; 409 and 422 are refused, and said on the page. Raises Unanswered.
        """
        filled = Form(form.action, form.method, form.fields | typed)
        return self._asked(lambda: self.visitor.post(filled, at=at), what=form.action or at)

    def _asked_in(self) -> None:
        """What keeps them out is told by whatever they ask for next."""
        with suppress(httpx.TransportError, Astray):
            self.visitor.sign_in()

    def close(self) -> None:
        self.visitor.http.close()

    def _asked(self, act: Callable[[], httpx.Response], *, what: str) -> httpx.Response:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = act()
            except httpx.TransportError:
                self.told["asked again: no answer"] += 1
            else:
                if _is_signed_out(answer):
                    # Whoever had nothing to do for a quarter of an hour signs in again.
                    self._asked_in()
                elif not _is_to_be_asked_again(answer):
                    return answer
                self.told[f"asked again: {answer.status_code}"] += 1
            time.sleep(AGAIN_AFTER)
        raise Unanswered(f"{self.visitor.member.name} asked for {what} and was not answered in {PATIENCE:.0f} s.")


def _is_signed_out(answer: httpx.Response) -> bool:
    return answer.has_redirect_location and httpx.URL(answer.headers["location"]).path == SIGN_IN


def _is_to_be_asked_again(answer: httpx.Response) -> bool:
    """An error of the house's; 400 is what Django says where a session could not be written for the database's sake."""
    return answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == httpx.codes.BAD_REQUEST

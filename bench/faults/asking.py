"""A person at the pages whose server is killed under them: whatever they asked, they ask again, with the same form."""

import time
from collections import Counter
from collections.abc import Callable

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
    """One of the cast, signed in. `told` counts what they met; each of them belongs to one thread."""

    def __init__(self, name: str, place: Place, *, told: Counter[str]) -> None:
        self.visitor, self.told = visitor(name, place), told
        self.is_signed_in = False

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
        return self._asked(lambda: self.visitor.post(self._filled(form, typed), at=at), what=form.action or at)

    def close(self) -> None:
        self.visitor.http.close()

    def _filled(self, form: Form, typed: dict[str, str]) -> Form:
        # A page's own token is void once somebody has signed in anew; what the cookie holds is good in any form.
        token = self.visitor.http.cookies.get("csrftoken") or ""
        return Form(form.action, form.method, form.fields | typed | {"csrfmiddlewaretoken": token})

    def _asked(self, act: Callable[[], httpx.Response], *, what: str) -> httpx.Response:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if not self.is_signed_in:
                    self.visitor.sign_in()
                    self.is_signed_in = True
                answer = act()
            except (httpx.TransportError, Astray) as failure:
                self.told[
                    f"asked again: {'no answer' if isinstance(failure, httpx.TransportError) else 'no sign-in'}"
                ] += 1
            else:
                self.is_signed_in = SIGN_IN not in answer.headers.get("location", "")
                if self.is_signed_in and answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer
                self.told[f"asked again: {answer.status_code}"] += 1
            time.sleep(AGAIN_AFTER)
        raise Unanswered(f"{self.visitor.member.name} asked for {what} and was not answered in {PATIENCE:.0f} s.")

"""A person at the pages, without a browser: signs in, reads forms and sends them, as a script may."""

from types import TracebackType
from typing import Self

import httpx

from backoffice.demo import app, forms
from backoffice.demo.cast import PASSWORD, Member

SECONDS = 20.0
POLL_ENDS = 286  # htmx stops asking when it reads this
SIGN_IN, SECOND_STEP = "/sign-in/", "/sign-in/second-factor/"
STEP_UP = "Step-Up"


class Astray(Exception):
    """A page was not what it should have been; the message says which, and what it said."""


class Visitor:
    """One of the cast with cookies of their own. Redirects are answers here, not followed of themselves."""

    def __init__(self, member: Member, *, url: str) -> None:
        self.member = member
        self.http = httpx.Client(base_url=url, timeout=SECONDS, trust_env=False)

    def sign_in(self) -> None:
        form = self.form(SIGN_IN, having="password")
        self.send(form, at=SIGN_IN, login=self.member.username, password=PASSWORD)
        form = self.form(SECOND_STEP, having="code")
        for code in app.codes(self.member.seed):
            filled = forms.Form(form.action, form.method, form.filled(code=code))
            if self._send(filled, at=SECOND_STEP).has_redirect_location:
                return
        raise Astray(f"No code of {self.member.name}'s app was taken.")

    def read(self, path: str) -> str:
        answer = self.http.get(path)
        if answer.status_code != httpx.codes.OK:
            raise Astray(f"{self.member.name} asked for {path} and got {answer.status_code}. {_gist(answer)}")
        return answer.text

    def read_live_part(self, path: str) -> tuple[bool, str]:
        """What an open page asks for by itself: whether its live part is final, and what it says."""
        answer = self.http.get(path, params={"version": "none"}, headers={"HX-Request": "true"})
        if answer.status_code not in (httpx.codes.OK, POLL_ENDS):
            raise Astray(f"The live part of {path} answered {answer.status_code}. {_gist(answer)}")
        return answer.status_code == POLL_ENDS, " ".join(forms.words(answer.text).split())

    def form(self, path: str, *, having: str = "", to: str = "") -> forms.Form:
        """The page's form that has this field, or that goes to an address with this end."""
        for form in forms.forms(self.read(path)):
            if form.method == "post" and (having in form.fields if having else form.action.endswith(to)):
                return form
        raise Astray(f"{self.member.name} finds no form with {having or to} on {path}.")

    def send(self, form: forms.Form, *, at: str, **typed: str) -> str:
        """Sends the form that stood at this address and returns the address that it leads to."""
        answer = self.post(forms.Form(form.action, form.method, form.filled(**typed), form.files), at=at)
        if not answer.has_redirect_location:
            raise Astray(f"{self.member.name} sent {answer.url.path} and got {answer.status_code}. {_gist(answer)}")
        return answer.headers["location"]

    def post(self, form: forms.Form, *, at: str) -> httpx.Response:
        """Sends the form's fields as they are from this address, with a code where one is asked for, and returns the answer."""
        answer = self._send(form, at=at)
        for code in app.codes(self.member.seed):
            if STEP_UP not in answer.headers:
                break
            # The page brings along what was sent, and asks for one thing more.
            asking = next(each for each in forms.forms(answer.text) if "second_factor_code" in each.fields)
            filled = forms.Form(asking.action, asking.method, asking.filled(second_factor_code=code))
            answer = self._send(filled, at=asking.action)
        return answer

    def _send(self, form: forms.Form, *, at: str) -> httpx.Response:
        path = httpx.URL(self.http.base_url).join(at).join(form.action or at)
        # A browser names the page that it came from; Django wants it of one that comes over https.
        headers = {"referer": str(path), "origin": str(self.http.base_url).rstrip("/")}
        return self.http.post(path, data=form.fields, files=form.files or None, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()


def _gist(answer: httpx.Response) -> str:
    """The words of the page without its marks, cut short."""
    return " ".join(forms.words(answer.text).split())[:400]

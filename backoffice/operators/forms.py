"""What people type about their own sign-in: a code, a name for a key."""

from typing import Any

from django import forms

from backoffice.ui.fields import PlainTextField

LONGEST_ANSWER = 20_000


class FactorForm(forms.Form):
    """A code, or what a passkey signed; a page with a script fills in the second."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True}),
        help_text="The six digits that your app shows now, or one of your recovery codes.",
    )
    passkey = forms.CharField(required=False, max_length=LONGEST_ANSWER, widget=forms.HiddenInput)


class AppForm(forms.Form):
    code = forms.CharField(
        label="Code that the app shows",
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class PasskeyForm(forms.Form):
    name = PlainTextField(label="What you call it", required=False, max_length=40)
    passkey = forms.CharField(max_length=LONGEST_ANSWER, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"placeholder": "Key at my desk", "autocomplete": "off"}

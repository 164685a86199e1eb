"""The form reader sends what a browser without JavaScript would send."""

import pytest

from backoffice.demo.forms import forms, words

PAGE = """
<form><input name="q"></form>
<form action="/x/" method="POST">
  <input type="hidden" name="csrfmiddlewaretoken" value="t&amp;1">
  <input name="amount"><input name="off" value="1" disabled><input type="checkbox" name="no" value="1">
  <input type="checkbox" name="yes" checked><input type="radio" name="way" value="in"><input type="radio" name="way" value="out" checked>
  <select name="reason"><option value="">Choose</option><option value="A">A</option></select>
  <select name="method"><option value="B">B</option><option value="C" selected>C</option></select>
  <textarea name="words">as it &lt; was</textarea>
  <input type="submit" name="go" value="1"><button name="also">Go</button>
</form>
"""


def test_every_field_is_sent_with_what_stands_in_it():
    form = forms(PAGE)[1]

    assert (form.action, form.method) == ("/x/", "post")
    assert form.fields == {
        "csrfmiddlewaretoken": "t&1",
        "amount": "",
        "yes": "on",
        "way": "out",
        "reason": "",
        "method": "C",
        "words": "as it < was",
    }


def test_a_field_that_the_page_does_not_have_cannot_be_typed_into():
    with pytest.raises(KeyError, match="no field amont"):
        forms(PAGE)[1].filled(amont="1")


def test_the_words_of_a_page_are_there_without_its_marks():
    assert words("<p>Paid <b>250.00</b> &amp; done</p>").split() == ["Paid", "250.00", "&", "done"]

"""The canonical form is RFC 8785's, whichever way it is written down."""

import unicodedata

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from backoffice.operations.canonical import canonical

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
VALUES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS | st.lists(TEXTS, max_size=3)


@given(st.dictionaries(NAMES.map(lambda name: name.encode("ascii", "replace").decode()), VALUES, max_size=8))
def test_plain_names_are_written_as_the_standard_says(value):
    assert canonical(value) == _as_the_standard_says(value)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_so_is_any_other_name(value):
    assert canonical(value) == _as_the_standard_says(value)


def _as_the_standard_says(value):
    return rfc8785.dumps(_composed(value)).decode()


def _composed(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(name): _composed(inner) for name, inner in value.items()}
    return [_composed(inner) for inner in value] if isinstance(value, list) else value

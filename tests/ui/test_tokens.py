"""Every text can be read and every field can be seen, in both themes; axe does not look at borders."""

import pytest

from tests.ui.contrast import contrast, themes

PLANES = ("canvas", "surface", "raised", "sunken", "hover", "pressed", "selected")
TEXTS = [(text, plane) for text in ("text", "text-soft", "text-muted") for plane in PLANES]
TEXTS += [("accent-text", plane) for plane in ("canvas", "surface", "raised", "sunken", "accent-soft", "selected")]
TEXTS += [(f"{tone}-text", f"{tone}-soft") for tone in ("ok", "warn", "bad", "info", "plain")]
TEXTS += [(f"{tone}-text", plane) for tone in ("ok", "warn", "bad", "info") for plane in ("surface", "raised", "hover")]
TEXTS += [("on-accent", fill) for fill in ("accent", "accent-hover", "bad-fill")]
EDGES = [(line, plane) for line in ("field-line", "focus") for plane in ("surface", "raised")] + [("focus", "canvas")]
EDGES += [("accent", "surface"), ("accent", "raised")]
MARKS = [(tone, "surface") for tone in ("ok", "bad", "info")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read_on_its_ground(theme, text, ground):
    colours = themes()[theme]

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES + MARKS)
def test_what_shows_a_control_or_a_state_can_be_seen(theme, edge, ground):
    colours = themes()[theme]

    assert contrast(colours[edge], colours[ground]) >= 3


def test_the_contrast_is_the_one_of_wcag():
    black, white, grey = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.5999, 0.0, 0.0)

    assert round(contrast(black, white), 1) == 21.0
    # #808080 on white, as every calculator has it.
    assert round(contrast(grey, white), 2) == 3.95

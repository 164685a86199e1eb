"""The tokens of the stylesheet as colours, and how far apart two of them are for the eye (WCAG 2.2)."""

import math
import re
from pathlib import Path

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
COLOUR = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
TOKEN = re.compile(rf"--([a-z-]+): light-dark\({COLOUR}, {COLOUR}\);")

Colour = tuple[float, float, float]


def themes() -> dict[str, dict[str, Colour]]:
    """Each theme with its colours as lightness, chroma and hue."""
    found = {match[1]: [float(part) for part in match.groups()[1:]] for match in TOKEN.finditer(TOKENS.read_text())}
    return {
        "light": {name: (parts[0] / 100, parts[1], parts[2]) for name, parts in found.items()},
        "dark": {name: (parts[3] / 100, parts[4], parts[5]) for name, parts in found.items()},
    }


def contrast(one: Colour, other: Colour) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: Colour) -> Colour:
    """Linear sRGB, by the matrices of Björn Ottosson's Oklab; what a screen cannot show is cut off."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return min(max(red, 0), 1), min(max(green, 0), 1), min(max(blue, 0), 1)

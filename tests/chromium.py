"""Where a Chromium is on this machine, and how it is started so that it looks the same everywhere."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = ("Google Chrome", "Chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


def chromium() -> str:
    """The path of a Chromium on this machine, or nothing."""
    installed = [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ON_MACOS]
    wanted = [os.environ.get("CHROMIUM", ""), *NAMES, *installed]
    return next(filter(None, (shutil.which(name) for name in wanted if name)), "")

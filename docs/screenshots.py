"""Makes the pictures of the README from the sample platform: the review in a browser, and a scan on a terminal.

Type: .venv/bin/python docs/screenshots.py
It needs a Chromium. The pictures are what the tool writes and prints at this commit, so they are true.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
MIGRATE = (sys.executable, "-m", "migrator")
WIDTH = 1280


def main() -> None:
    """Write review.png and terminal.png beside this file."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        platform = Path(folder) / "platform"
        subprocess.run([*MIGRATE, "demo", "--write", str(platform)], check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        take_review(page, platform)
        take_terminal(page, platform)
        browser.close()


def take_review(page: Page, platform: Path) -> None:
    """The page of phase 1, at a hunk."""
    file = platform.parent / "review.html"
    command = [*MIGRATE, "review", "--phase", "1", "--repo", str(platform), "--output", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    page.goto(file.as_uri())
    for _ in range(3):
        page.keyboard.press("j")
    page.screenshot(path=HERE / "review.png")


def take_terminal(page: Page, platform: Path) -> None:
    """A scan and a dry run with its reasons, in the colours of a terminal."""
    printed = "".join(
        f"$ migrate {' '.join(arguments)}\n{on_terminal(platform, *arguments)}\n"
        for arguments in (("scan",), ("--engine", "collateral", "--dry-run", "--explain"))
    )
    lines = printed.splitlines()[:60]
    console = Console(record=True, width=100, file=tempfile.TemporaryFile("w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi("\n".join(lines)))
    file = platform.parent / "terminal.svg"
    console.save_svg(str(file), title="migrate", theme=MONOKAI)
    page.goto(file.as_uri())
    page.locator("svg").screenshot(path=HERE / "terminal.png")


def on_terminal(platform: Path, *arguments: str) -> str:
    """What the command prints on a terminal, colours and all: `script` gives it one."""
    command = " ".join([*MIGRATE, *arguments, "--repo", str(platform)])
    done = subprocess.run(
        ["script", "-qefc", f"stty cols 100; {command} 2>/dev/null", "/dev/null"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout.replace("\r\n", "\n")


if __name__ == "__main__":
    main()

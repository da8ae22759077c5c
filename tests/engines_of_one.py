"""The whole way of one small engine in memory: its text beside the sample platform's two clients, to its change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tinyplatform import platform_file

from codemods.changing import change_engine
from codemods.model import Change, Fault, Site, Verdict
from codemods.reading.contract import Contract
from codemods.settings import Engine, Settings
from codemods.work import read_contract, scan_engine
from migrator.config import load
from migrator.streams import decide_modes

ROOT = Path(__file__).parent.parent
FOLDER = "backend/engines/portfolio"
SERVICE = f"{FOLDER}/service.py"
WRAPPER = "backend/enhanced_messagebus_client.py"
TARGET = "backend/dual_messagebus_client.py"
ENGINE = Engine("portfolio", "PORTFOLIO", (FOLDER,))


@cache
def settings() -> Settings:
    """What the shipped engines.yaml tells the codemods."""
    return load(ROOT / "engines.yaml").settings


def settings_with(answers: Mapping[str, object] | None = None, **wrapper: Any) -> Settings:
    """The shipped settings with these answers, and with other values for the wrapper."""
    shipped = settings()
    (only,) = shipped.wrappers
    return replace(shipped, answers=answers or {}, wrappers=(replace(only, **wrapper),))


@cache
def _clients() -> Mapping[str, bytes]:
    return {path: platform_file(Path(path).name) for path in (WRAPPER, TARGET)}


@cache
def _contract() -> Contract:
    return read_contract(_clients(), settings())


def texts_of(text: str, **more: str) -> dict[str, bytes]:
    """The Python files of a repository whose only engine is `text`; `more` are other files of its folder by stem."""
    own = {SERVICE: text.encode(), **{f"{FOLDER}/{stem}.py": other.encode() for stem, other in more.items()}}
    return {**own, **_clients()}


def change_texts(texts: Mapping[str, bytes], told: Settings | None = None) -> Change:
    """The change of the engine among these files; its streams move as the scan of it decides."""
    told = told or settings()
    contract = _contract() if texts[TARGET] == _clients()[TARGET] else read_contract(texts, told)
    scan = scan_engine(ENGINE, texts, told, contract)
    modes = decide_modes(scan.ends, told, {ENGINE.name})
    return change_engine(scan, {name: mode.mode for name, mode in modes.items()})


def change(text: str, told: Settings | None = None, **more: str) -> Change:
    """The change of an engine that is this text, beside `more` files of its folder."""
    return change_texts(texts_of(text, **more), told)


def text_after(result: Change, before: str) -> str:
    """The engine's text with the change; the old one where nothing changes."""
    return result.texts.get(SERVICE, before.encode()).decode()


def site_of(result: Change, shown: str, kind: str = "") -> Site:
    """The site whose own line holds this text; of several, the one of this kind."""
    found = [s for s in result.sites if shown in s.evidence[0].text and kind in ("", s.kind)]
    assert len(found) == 1, [(s.line, s.kind, s.evidence[0].text) for s in result.sites]
    return found[0]


def told(fault: Fault | None) -> str | None:
    """What a check says, None where it holds."""
    return None if fault is None else str(fault)


def slug(name: str) -> str:
    """A test's id from a name in words."""
    return re.sub(r"\W+", "_", name).strip("_")


def line_of(text: str, mark: str) -> int:
    """The line that ends with this comment."""
    (line,) = (number for number, line in enumerate(text.split("\n"), 1) if line.endswith(f"# {mark}"))
    return line


def edited(text: str, old: str, new: str, path: str = WRAPPER) -> dict[str, bytes]:
    """The files of an engine, with one edit of a client's own source."""
    texts = texts_of(text)
    assert old.encode() in texts[path]
    return {**texts, path: texts[path].replace(old.encode(), new.encode())}


def assert_moves(result: Change) -> None:
    """Every site of the engine is rewritten, and nothing is at fault."""
    assert (result.faults, {site.verdict for site in result.sites}) == ((), {Verdict.REWRITE})


def assert_held(text: str, verdict: Verdict, reason: str, result: Change | None = None) -> None:
    """The line marked `# here` has this verdict and reason, and so nothing else of its client moves.

    `<there>` in the reason stands for the place of the line marked `# there`.
    """
    result = result or change(text)
    if "<there>" in reason:
        reason = reason.replace("<there>", f"{SERVICE}:{line_of(text, 'there')}")
    here = line_of(text, "here")
    open_sites = [site for site in result.sites if site.verdict in (Verdict.ASK, Verdict.REFUSE)]
    holding = [site for site in open_sites if site.held_by is None]
    assert {(site.line, site.verdict, site.reason) for site in holding} == {(here, verdict, reason)}
    held = [site for site in open_sites if site.held_by is not None]
    assert {site.client for site in held} <= {holding[0].client}
    assert {(site.verdict, site.reason, site.held_by) for site in held} <= {
        (verdict, f"held back: {reason}", f"{SERVICE}:{here}")
    }
    assert [site for site in result.sites if site.verdict is Verdict.REWRITE] == []
    assert {bool(site.question) for site in holding} == {verdict is Verdict.ASK}
    assert (dict(result.texts), result.faults, result.ledger.adds_up) == ({}, (), True)

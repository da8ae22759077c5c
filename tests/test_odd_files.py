"""Odd files through the real command: what is scanned and rewritten as any other, and what is named and left alone."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, commit_files, git, use_fixed_git
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.probing.warning import NOT_PROBED

STRATEGY = "backend/engines/strategy"
SERVICE = f"{STRATEGY}/service.py"
OTHER = f"{STRATEGY}/other.py"
PUBLISHED = '''\
"""Publishes signals."""

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self) -> None:
        self.bus = None

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.STRATEGY)

    async def stop(self) -> None:
        await self.bus.close()

    async def signal(self, symbol: str) -> None:
        await self.bus.publish_message(
            MessageType.STRATEGY_SIGNAL, {"symbol": symbol, "topic": f"strategy.signal.{symbol}"}
        )
'''
"""What PUBLISHER becomes."""

MOVED = {"found": 6, "rewrite": 6, "ask": 0, "keep": 0, "refuse": 0, "suppressed": 0}
HELD = {**MOVED, "rewrite": 0, "refuse": 6}
NOTHING = dict.fromkeys(MOVED, 0)


@pytest.fixture(autouse=True)
def fixed_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs below happen in this process."""
    use_fixed_git(monkeypatch)


def migrate(root: Path, *arguments: str) -> Result:
    """What the command says; it never ends in a traceback."""
    done = CliRunner().invoke(cli, [*arguments, "--repo", str(root)], prog_name="migrate", catch_exceptions=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def scan(root: Path) -> tuple[int, dict[str, Any]]:
    """The exit code of a scan, and its JSON."""
    done = migrate(root, "scan", "--json")
    assert done.stderr == f"migrate: {NOT_PROBED}\n"
    return done.exit_code, json.loads(done.stdout)


def files(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and reason of each file of the strategy engine that a scan names."""
    return {
        file["path"]: (file["status"], file["reason"]) for file in found["files"] if file["path"].startswith(STRATEGY)
    }


def strategy(found: dict[str, Any]) -> dict[str, Any]:
    (engine,) = (each for each in found["engines"] if each["engine"] == "strategy")
    return dict(engine)


def apply_dry_run(root: Path) -> int:
    """Apply what a dry run prints to the working tree, with git; the exit code of the dry run."""
    done = migrate(root, "--all", "--dry-run")
    if done.stdout_bytes:
        subprocess.run(["git", "apply", "-"], cwd=root, env=clean_environment(), input=done.stdout_bytes, check=True)
    return done.exit_code


def newlines(text: str, newline: str) -> bytes:
    return text.replace("\n", newline).encode()


def paged(text: str) -> str:
    """The text with a form feed above the class, above a method, and after the last line."""
    return text.replace("\nclass", "\n\x0c\nclass").replace("    async def stop", "\x0c\n    async def stop") + "\x0c\n"


def tabbed(text: str) -> str:
    return text.replace("    ", "\t")


SUM = f"\nTOTAL = {' + '.join(['1'] * 500)}\n"
CHOICE = f"\nTOTAL = {'1 if redis else ' * 700}2\n"
NESTED = "\n" + "".join(f"{' ' * depth}if True:\n" for depth in range(99)) + f"{' ' * 99}DEPTH = 99\n"
BRACKETS = f"\nDEPTH = {'[' * 180}{']' * 180}\n"
LARGE = f"# {'-' * 97}\n" * 100_000  # 10 MB
WIDE = PUBLISHED.replace("(\n            MessageType", "(MessageType").replace('"}\n        )', '"})')
assert WIDE.count("\n") == PUBLISHED.count("\n") - 2

MOVING: dict[str, tuple[bytes, bytes]] = {
    "CRLF": (newlines(PUBLISHER, "\r\n"), newlines(PUBLISHED, "\r\n")),
    "CR": (newlines(PUBLISHER, "\r"), newlines(PUBLISHED, "\r")),
    "CRLF below a docstring that ends with LF": (
        PUBLISHER[:25].encode() + newlines(PUBLISHER[25:], "\r\n"),
        PUBLISHED[:25].encode() + newlines(PUBLISHED[25:], "\r\n"),
    ),
    "CR and LF after what is rewritten": (
        newlines(f"{PUBLISHER}\n", "\r\n") + b"A = 1\rB = 2\nC = 3\r",
        newlines(f"{PUBLISHED}\n", "\r\n") + b"A = 1\rB = 2\nC = 3\r",
    ),
    "byte order mark": (codecs.BOM_UTF8 + PUBLISHER.encode(), codecs.BOM_UTF8 + PUBLISHED.encode()),
    "byte order mark and its declaration": (
        f"# coding: utf-8-sig\n{PUBLISHER}".encode("utf-8-sig"),
        f"# coding: utf-8-sig\n{PUBLISHED}".encode("utf-8-sig"),
    ),
    **{
        encoding: (
            f"# -*- coding: {encoding} -*-\n{PUBLISHER}# {word}\n".encode(encoding),
            f"# -*- coding: {encoding} -*-\n{PUBLISHED}# {word}\n".encode(encoding),
        )
        for encoding, word in {"latin-1": "é", "cp1252": "€", "euc-jp": "値", "koi8-r": "да", "shift_jis": "値"}.items()
    },
    "form feeds": (paged(PUBLISHER).encode(), paged(PUBLISHED).encode()),
    "tabs": (tabbed(PUBLISHER).encode(), tabbed(PUBLISHED).encode()),
    "no final newline": (PUBLISHER.rstrip().encode(), PUBLISHED.rstrip().encode()),
    "no final newline, CRLF": (newlines(PUBLISHER.rstrip(), "\r\n"), newlines(PUBLISHED.rstrip(), "\r\n")),
    "a sum of 500 terms beside": ((PUBLISHER + SUM).encode(), (WIDE + SUM).encode()),
    "99 levels beside": ((PUBLISHER + NESTED).encode(), (PUBLISHED + NESTED).encode()),
    "180 brackets beside": ((PUBLISHER + BRACKETS).encode(), (WIDE + BRACKETS).encode()),
    "a choice of 700 ways beside": ((PUBLISHER + CHOICE).encode(), (WIDE + CHOICE).encode()),
    "what the parser warns of": (
        f"{PUBLISHER}\nIS = 1 is 1\nESCAPE = '\\d'\n".encode(),
        f"{PUBLISHED}\nIS = 1 is 1\nESCAPE = '\\d'\n".encode(),
    ),
    "10 MB above": ((LARGE + PUBLISHER).encode(), (LARGE + PUBLISHED).encode()),
}


@pytest.mark.parametrize("name", MOVING)
def test_legacy_use_in_an_odd_file_moves_and_every_other_byte_stays(tmp_path: Path, name: str) -> None:
    before, after = MOVING[name]
    root = tiny_platform(tmp_path, strategy=before)
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {SERVICE: ("changed", "")}, MOVED)
    assert apply_dry_run(root) == 0
    assert (root / SERVICE).read_bytes() == after
    assert git(root, "status", "--porcelain") == f" M {SERVICE}"


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "a syntax error": (b"import redis\n\ndef f(:\n", "3: does not parse: invalid syntax"),
    "a bracket that stays open": (b"import redis\r\rx = (\r", "3: does not parse: '(' was never closed"),
    "a null byte": (b"import redis\n\0\n", "2: does not parse: source code string cannot contain null bytes"),
    "a null byte in a comment": (
        b"import redis\r\n# \0\r\n",
        "2: does not parse: source code string cannot contain null bytes",
    ),
    "101 levels": (
        b"import redis\n" + b"".join(b" " * depth + b"if redis:\n" for depth in range(100)) + b" " * 100 + b"pass\n",
        "102: does not parse: too many levels of indentation",
    ),
    "a sum of 50,000 terms": (
        f"import redis\nTOTAL = {' + '.join(['1'] * 50_000)}\n".encode(),
        "1: nests too deeply to be parsed",
    ),
    "latin-1 that is not declared": (b"import redis\nNAME = '\xe9'\n", "2: is not utf-8: invalid continuation byte"),
    "UTF-8 that is cut off": ("import redis  # €".encode()[:-1], "1: is not utf-8: unexpected end of data"),
    "declared as ASCII": (
        "# coding: ascii\nimport redis  # é\n".encode(),
        "2: is not ascii: ordinal not in range(128)",
    ),
    "declared as what nobody knows": (
        b"# coding: klingon\nimport redis\n",
        "1: has an unknown encoding: unknown encoding: klingon",
    ),
    "UTF-16": (PUBLISHER.encode("utf-16"), "1: is not utf-8: invalid start byte"),
    "UTF-32": (PUBLISHER.encode("utf-32"), "1: is not utf-8: invalid start byte"),
    "declared as UTF-16": (b"# coding: utf-16\nimport redis\n", "1: does not come back byte for byte from utf-16"),
    "a mark that contradicts the declaration": (
        codecs.BOM_UTF8 + b"# coding: cp1252\nimport redis\n",
        "1: has an unknown encoding: encoding problem: utf-8",
    ),
    "Python 2": (
        b"import redis\ntry:\n    pass\nexcept OSError, error:\n    pass\n",
        "4: does not parse: multiple exception types must be parenthesized",
    ),
}


def apart(root: Path) -> tuple[int, str]:
    """What a dry run with a file that cannot be read gives: its exit code, and what it changes of another engine."""
    code = apply_dry_run(root)
    return code, git(root, "status", "--porcelain")


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_and_holds_its_own_engine_alone(tmp_path: Path, name: str) -> None:
    data, cause = UNREADABLE[name]
    root = tiny_platform(tmp_path, portfolio=PUBLISHER)
    commit_files(root, {OTHER: data})
    code, found = scan(root)
    assert code == 1
    assert files(found) == {OTHER: ("failed", f"{OTHER}:{cause}"), SERVICE: ("unchanged", "")}
    assert (strategy(found)["ledger"], strategy(found)["problems"]) == (HELD, [])
    reason = f"what this file does with the client is not known: {OTHER}:{cause}"
    mine = [site for site in found["sites"] if site["engine"] == "strategy"]
    assert {site["reason"] for site in mine if site["held_by"] is None} == {reason}
    assert {site["reason"] for site in mine if site["held_by"] is not None} == {f"held back: {reason}"}
    assert apart(root) == (1, " M backend/engines/portfolio/service.py")


def test_a_file_that_cannot_be_read_is_told_once_for_each_client(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=f"{PUBLISHER}\n{TELL.format(1)}")
    commit_files(root, {OTHER: b"import redis\n\ndef f(:\n"})
    refused = migrate(root, "--all", "--dry-run").stderr.partition("\nRefused\n")[2].split("\n\n")[0]
    reason = f"what this file does with the client is not known: {OTHER}:3: does not parse: invalid syntax"
    assert " ".join(refused.split()) == f"{SERVICE}:3 {reason} (6 more sites wait for it)"


NEWER = {
    "a type statement": ("type Price = float\n", (3, 12)),
    "a type parameter": ("def first[T](items: list[T]) -> T:\n    return items[0]\n", (3, 12)),
    "an f-string like this": ("def show(it):\n    return f'{it['a']}'\n", (3, 12)),
    "a default of a type parameter": ("class Box[T = int]:\n    pass\n", (3, 13)),
    "a t-string": ("def show(it):\n    return t'{it}'\n", (3, 14)),
    "several exceptions without brackets": ("try:\n    A = 1\nexcept OSError, KeyError:\n    A = 2\n", (3, 14)),
}


@pytest.mark.parametrize("name", NEWER)
def test_syntax_of_a_later_python_is_named_with_the_python_that_it_needs(tmp_path: Path, name: str) -> None:
    text, since = NEWER[name]
    root = tiny_platform(tmp_path, strategy=f"{PUBLISHER}\n\n{text}")
    code, found = scan(root)
    if since <= sys.version_info[:2]:
        assert (code, files(found), strategy(found)["ledger"]) == (0, {SERVICE: ("changed", "")}, MOVED)
        assert apply_dry_run(root) == 0
        return
    ((path, (status, reason)),) = files(found).items()
    assert (code, path, status, strategy(found)["ledger"]) == (1, SERVICE, "failed", NOTHING)
    versions = [".".join(map(str, version)) for version in (since, sys.version_info[:2])]
    assert reason.startswith(f"{SERVICE}:")
    assert reason.endswith(f"; {name} needs Python {versions[0]}, and migrate runs on {versions[1]}")
    assert apart(root) == (1, "")


TELL = "    async def total(self):\n        await self.bus.publish('strategy.signal.x', {{'a': {}}})\n"
UNPRINTABLE = {
    "deeper than LibCST can go": (f"{PUBLISHER}\n{TELL.format(' + '.join(['1'] * 500))}", "RecursionError", 21),
    "a form feed before an indent": (PUBLISHER.replace("    async def stop", "\x0c    async def stop"), "Parser", 15),
}


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_a_statement_that_libcst_cannot_take_is_left_to_a_person(tmp_path: Path, name: str) -> None:
    text, cause, line = UNPRINTABLE[name]
    root = tiny_platform(tmp_path, strategy=text)
    assert (scan(root)[0], apart(root)) == (0, (4, ""))
    (engine,) = (
        each for each in json.loads(migrate(root, "--all", "--dry-run", "--json").stdout)["engines"] if each["sites"]
    )
    ((where, reason),) = {(site["line"], site["reason"]) for site in engine["sites"] if site["held_by"] is None}
    assert (where, reason.startswith(f"LibCST cannot read this statement ({cause}")) == (line, True)
    assert {site["verdict"] for site in engine["sites"]} == {"refuse"}


BROKEN = {
    "a return outside of a function": ("return 1\n", 21, "'return' outside function"),
    "an await outside of a function": ("await tell()\n", 21, "'await' outside function"),
    "an await in a plain function": (
        "def tell(other):\n    await other()\n",
        22,
        "'await' outside async function",
    ),
    "a break outside of a loop": ("def tell():\n    break\n", 22, "'break' outside loop"),
    "an import of the future in the past": (
        "from __future__ import annotations\n",
        21,
        "from __future__ imports must occur at the beginning of the file",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_parses_and_never_compiles_is_refused_by_scan_and_run_alike(tmp_path: Path, name: str) -> None:
    text, line, cause = BROKEN[name]
    root = tiny_platform(tmp_path, strategy=f"{PUBLISHER}\n\n{text}", portfolio=PUBLISHER)
    code, found = scan(root)
    assert (code, strategy(found)["ledger"]) == (4, HELD)
    scanned = [(site["line"], site["reason"]) for site in found["sites"] if site["engine"] == "strategy"]
    assert scanned[0] == (3, f"{SERVICE}:{line}: does not compile: {cause}")
    done = json.loads(migrate(root, "--all", "--dry-run", "--json").stdout)
    (engine,) = (each for each in done["engines"] if each["engine"] == "strategy")
    assert [(site["line"], site["reason"]) for site in engine["sites"]] == scanned
    assert apart(root) == (4, " M backend/engines/portfolio/service.py")


QUIET = {
    "nothing": b"",
    "white space": b" \n\t\n\x0c\n",
    "a byte order mark": codecs.BOM_UTF8,
    "comments": b"# import redis\n# redis.Redis().xadd('raw-ticks', {})",
    "a docstring": b'"""BufferedMessageBusClient(MessageBusConfig())"""\n',
    "look-alikes": b"redis = {}\nredis['a'] = redis.get('b')\nredis_info = redis.items()\n",
    "UTF-16": "# nothing of it here\ndef f(:\n".encode("utf-16"),
    "10 MB that are not parsed": LARGE.encode() + b"def (:\n",
}


@pytest.mark.parametrize("name", QUIET)
def test_a_file_without_legacy_use_has_no_outcome(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path, strategy=PUBLISHER)
    commit_files(root, {OTHER: QUIET[name]})
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {SERVICE: ("changed", "")}, MOVED)
    assert apart(root) == (0, f" M {SERVICE}")


PATHS = {
    "spaces": "a folder/with spaces .py",
    "a newline": "two\nlines.py",
    "quotes": "\"double\" and 'single'.py",
    "backslashes": "back\\slash\\n.py",
    "a tab": "tab\there.py",
    "UTF-8": "prénom/値/\U0001f600.py",
    "bytes that are not UTF-8": b"latin-\xe9/\xff.py".decode("utf-8", "surrogateescape"),
    "a dash first": "-rf.py",
    "a pattern": "[a-z]*?.py",
    "nothing but its suffix": ".py",
    "build": "build/lib/service.py",
    "venv": "venv/lib/python3.11/site-packages/service.py",
    "hidden": ".venv/.git_/service.py",
    "a folder that looks like a file": "service.py/service.py",
}


def moved_to(root: Path, path: str) -> None:
    """Commit the strategy engine's one file under another name."""
    file = Path(os.fsdecode(os.fsencode(root / STRATEGY) + b"/" + path.encode("utf-8", "surrogateescape")))
    (root / SERVICE).unlink()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PUBLISHER)
    commit_files(root, {})


@pytest.mark.parametrize("name", PATHS)
def test_a_file_is_found_and_moved_under_any_name(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path)
    moved_to(root, PATHS[name])
    path = f"{STRATEGY}/{PATHS[name]}"
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {path: ("changed", "")}, MOVED)
    assert {site["path"] for site in found["sites"] if site["engine"] == "strategy"} == {path}
    assert apply_dry_run(root) == 0
    raw = path.encode("utf-8", "surrogateescape")
    assert git(root, "status", "--porcelain", "-z").encode("utf-8", "surrogateescape") == b" M " + raw + b"\0"
    assert (root / os.fsdecode(raw)).read_text() == PUBLISHED


@pytest.mark.parametrize("name", PATHS)
def test_a_file_of_any_name_is_shown_to_people_in_a_process_of_its_own(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path)
    moved_to(root, PATHS[name])
    for arguments in (("scan", "--engine", "strategy"), ("--all", "--dry-run")):
        command = [sys.executable, "-m", "migrator", *arguments, "--repo", str(root)]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr, bool(done.stdout)) == (0, False, True)


LINKS = {
    "a file outside of the repository": ("{outside}", "symbolic link"),
    "a file of another engine": ("../portfolio/service.py", "symbolic link"),
    "a folder": ("..", "symbolic link"),
    "itself": ("link.py", "symbolic link"),
    "nothing": ("nowhere.py", "symbolic link"),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_noted_and_neither_read_nor_changed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(PUBLISHER)
    root = tiny_platform(tmp_path)
    target, kind = LINKS[name]
    (root / STRATEGY / "link.py").symlink_to(target.format(outside=outside))
    commit_files(root, {})
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {SERVICE: ("changed", "")}, MOVED)
    assert f"{STRATEGY}/link.py is a {kind}; it was not read and stays as it is" in strategy(found)["notes"]
    assert apart(root) == (0, f" M {SERVICE}")
    assert outside.read_text() == PUBLISHER


def test_an_engine_that_is_a_submodule_is_noted_and_the_others_move(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "  risk:", "  vpin: {phase: 2, port: 10000, paths: [engines/vpin], engine_type: VPIN}\n  risk:"
    )
    root = tiny_platform(tmp_path, config=config)
    commit = git(root, "rev-parse", "HEAD")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{commit},backend/engines/vpin")
    git(root, "commit", "--quiet", "--message", "Add a submodule")
    code, found = scan(root)
    (vpin,) = (engine for engine in found["engines"] if engine["engine"] == "vpin")
    assert (code, vpin["ledger"], vpin["problems"]) == (0, NOTHING, [])
    assert vpin["notes"] == ["backend/engines/vpin is a submodule; it was not read and stays as it is"]
    assert files(found) == {SERVICE: ("changed", "")}
    assert apply_dry_run(root) == 0
    assert (root / SERVICE).read_text() == PUBLISHED

"""Odd files through the real command: what is scanned and rewritten as any other, and what is named and left alone."""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path

import pytest
from gitrepo import commit_files, git
from odd_files import MOVED, NOTHING, PUBLISHED, SERVICE, STRATEGY, apart, apply_dry_run, files, migrate, scan, strategy
from tinyplatform import PUBLISHER, tiny_platform

OTHER = f"{STRATEGY}/other.py"
HELD = {**MOVED, "rewrite": 0, "refuse": 6}


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

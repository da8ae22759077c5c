"""What `migrate explain` knows: patterns, codemods, rules of `migrate check` and checks of the proof, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from textwrap import wrap

from codemods.checking.rules import RULES, Rule
from codemods.codemod import NAMES, Codemod, Example, find
from codemods.patterns import PATTERNS, Pattern, patterns_of
from codemods.proof.table import CHECKS
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.report.diff import unified_diff
from migrator.report.plain import WIDTH, Paint, wrapped

FILE = "engine.py"  # what the file of an example is called


def explain(name: str, paint: Paint) -> str:
    """What the name stands for, with an example where there is one; MigrateError for a name that stands for nothing."""
    for known, text in ROOMS:
        key = name.upper() if name.upper() in known else name
        if key in known:
            return "\n".join(text(key, paint)) + "\n"
    raise MigrateError(f'nothing is called "{name}"; {_near(name)}', WRONG_USAGE)


def contents(paint: Paint) -> str:
    """Everything that can be explained, one line each."""
    tables = (
        ("pattern", "what it is", {each.id: each.title for each in PATTERNS.values()}),
        ("codemod", "what it does", {name: find(name).summary for name in NAMES}),
        ("rule", "what migrate check finds", {rule.id: rule.title for rule in RULES.values()}),
        ("check", "what the proof holds", CHECKS),
    )
    return "\n".join("\n".join(_table(name, what, rows, paint)) + "\n" for name, what, rows in tables)


def _table(name: str, what: str, rows: Mapping[str, str], paint: Paint) -> Iterator[str]:
    """Two columns in lines of 80; what is longer goes on in the second column."""
    width = max(map(len, (name, *rows))) + 1
    yield paint(f"{name:{width}}{what}", "bold")
    for key, text in rows.items():
        yield from wrap(
            text, WIDTH, initial_indent=f"{key:{width}}", subsequent_indent=" " * width, break_on_hyphens=False
        )


def _near(name: str) -> str:
    known = [*PATTERNS, *NAMES, *RULES, *CHECKS]
    near = get_close_matches(name, known, n=1) or get_close_matches(name.upper(), known, n=1)
    listed = '"migrate explain" lists what there is'
    return f"did you mean {near[0]}? {listed}" if near else listed


def _heading(text: str, paint: Paint) -> Iterator[str]:
    yield from (paint(line, "bold") for line in wrap(text, WIDTH, break_on_hyphens=False))


def _pattern(name: str, paint: Paint) -> Iterator[str]:
    pattern: Pattern = PATTERNS[name]
    yield from _heading(f"{pattern.id}: {pattern.title}", paint)
    yield from wrapped(pattern.becomes)
    yield from wrapped(f"Left: {pattern.stops}")
    if pattern.codemods:
        yield from ("", f"  Codemods: {', '.join(pattern.codemods)}")
    if pattern.example:
        codemod, title = pattern.example
        example = next(each for each in find(codemod).examples if each.name == title)
        yield from ("", *_example(example, paint))


def _codemod(name: str, paint: Paint) -> Iterator[str]:
    codemod: Codemod = find(name)
    yield from _heading(f"{name}: {codemod.summary}", paint)
    yield f"  Look: {codemod.review}. Patterns: {', '.join(each.id for each in patterns_of(name)) or 'none'}"
    changed = [each for each in codemod.examples if each.after is not None]
    yield from ("", *_example(changed[0], paint))
    kept = [each for each in codemod.examples if each.after is None]
    if kept:
        yield from ("", paint("Left as it is", "bold"))
        for example in kept:
            yield from wrapped(f"{example.name}: {example.says}" if example.says else example.name)


def _example(example: Example, paint: Paint) -> Iterator[str]:
    yield paint(f"Example: {example.name}", "bold")
    if example.after is None:
        yield from (f"  {line}" for line in example.before.rstrip("\n").split("\n"))
        yield from ("", *wrapped(f"It stays as it is: {example.says}" if example.says else "It stays as it is."))
        return
    diff = unified_diff({FILE: _told(example.before)}, {FILE: _told(example.after)}).decode()
    for line in diff.splitlines()[3:]:
        style = {"-": "red", "+": "green"}.get(line[:1], "")
        yield f"  {paint(line, style)}".rstrip()


def _told(text: str) -> bytes:
    """The text without the marks that tests fill in."""
    return text.replace("{host}", "localhost").encode()


def _rule(name: str, paint: Paint) -> Iterator[str]:
    rule: Rule = RULES[name]
    yield from _heading(f"{rule.id}: {rule.title}", paint)
    yield from wrapped(f"At run time: {rule.happens}")
    yield from wrapped(f"Instead: {rule.instead}")


def _check(name: str, paint: Paint) -> Iterator[str]:
    yield paint(f"{name}: a check of the proof", "bold")
    yield from wrapped(f"It holds that {CHECKS[name]}.")


ROOMS: tuple[tuple[Collection[str], Callable[[str, Paint], Iterator[str]]], ...] = (
    (PATTERNS, _pattern),
    (NAMES, _codemod),
    (RULES, _rule),
    (CHECKS, _check),
)
"""Where a name is looked for, and how what is found there is told."""

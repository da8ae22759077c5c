"""What `migrate explain` knows: patterns, codemods, rules of `migrate check` and checks of the proof, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches

from codemods.checking.rules import RULES, Rule
from codemods.codemod import NAMES, Codemod, Example, find
from codemods.patterns import PATTERNS, Pattern, patterns_of
from codemods.proof.table import CHECKS
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.report.diff import unified_diff
from migrator.report.plain import Paint, columns, wrapped

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
    patterns = columns(["pattern", "what it is"], ([each.id, each.title] for each in PATTERNS.values()))
    mods = columns(["codemod", "what it does"], ([name, find(name).summary] for name in NAMES))
    rules = columns(["rule", "what migrate check finds"], ([rule.id, rule.title] for rule in RULES.values()))
    return "\n".join("\n".join([paint(head, "bold"), *rest, ""]) for head, *rest in (patterns, mods, rules))


def _near(name: str) -> str:
    known = [*PATTERNS, *NAMES, *RULES, *CHECKS]
    near = get_close_matches(name, known, n=1) or get_close_matches(name.upper(), known, n=1)
    return f"did you mean {near[0]}?" if near else '"migrate explain" lists what there is'


def _pattern(name: str, paint: Paint) -> Iterator[str]:
    pattern: Pattern = PATTERNS[name]
    yield paint(f"{pattern.id}: {pattern.title}", "bold")
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
    yield paint(f"{name}: {codemod.summary}", "bold")
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
    yield paint(f"{rule.id}: {rule.title}", "bold")
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

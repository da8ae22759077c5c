"""The text of a first engines.yaml: what was found, with comments that teach, and each open question on a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from codemods.model import Question
from codemods.reading.shapes import WrapperShape
from codemods.settings import BUSES
from migrator.config import below
from migrator.first.engines import FoundEngine
from migrator.first.routes import Suggestion, other_bus

MARK = "# question: "
COLUMN = 42  # where comments at the end of a line begin
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
MOST_PLACES = 3  # that a question names


class FirstConfig(Struct, frozen=True):
    """Everything that was found out about a repository."""

    base: str
    commit: str
    source_root: str
    target: str  # the module; the default one where none was found
    target_path: str
    ports: tuple[int, int]  # marketdata, engine_logic
    target_questions: tuple[str, ...]
    wrappers: tuple[tuple[str, WrapperShape], ...]  # with the module as it is imported
    servers: tuple[Question, ...]
    names: tuple[Question, ...]  # about topics and streams that only the run names
    routes: tuple[Suggestion, ...]
    engines: tuple[FoundEngine, ...]
    helpers: tuple[str, ...]  # code outside of the engines in which clients are used
    silent: tuple[str, ...] = ()  # programs that use neither side
    outside: tuple[str, ...] = ()  # engines that are not below the import root

    @property
    def questions(self) -> int:
        """How many questions its text leaves open."""
        return text_of(self).count(MARK)


def text_of(first: FirstConfig) -> str:
    """The file, ready to be written."""
    tables = (_legacy(first), _routes(first), _answers(first), _engines(first))
    parts = (_head(first), _target(first), *tables, _shared(first))
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _head(first: FirstConfig) -> Iterator[str]:
    yield f"# A first campaign, written by `migrate init` from {first.base} ({first.commit[:12]}). Read it, and make it"
    yield '# yours. What the code does not say is a line with "question" and a colon: answer it in the lines below,'
    yield "# and take it away. engines.schema.json, which ships with migrate, lets an editor complete the keys."
    yield "version: 1"
    yield ""
    yield _line(f"base: {_quoted(first.base)}", "what every branch starts from: a branch, a tag or a commit")
    yield _line(
        f"source_root: {_quoted(first.source_root or '.')}",
        "the import root; the paths of engines, and `shared`, are below",
    )
    yield _line("branch: dual-bus/phase-{phase}/{engine}", "one branch for each engine")


def _target(first: FirstConfig) -> Iterator[str]:
    yield "# Where the engines go. The client's source is read, never imported."
    yield from _questions(first.target_questions)
    yield "target:"
    yield _line(f"  module: {_quoted(first.target)}", first.target_path)
    yield f"  buses: {{{', '.join(f'{bus}: {port}' for bus, port in zip(BUSES, first.ports, strict=True))}}}"


def _legacy(first: FirstConfig) -> Iterator[str]:
    yield "# What the engines leave."
    yield "legacy:"
    for question in first.servers:
        yield from _question(question.text, question.sites)
        yield from (f"  # {line}" for line in question.suggestion.split("\n"))
    yield _line("  redis: [localhost:6379, redis:6379]", "a client of any other server raises a question")
    if first.wrappers:
        yield _line("  wrappers:", "in-house clients around Redis, as tables")
    else:
        yield "  # No wrapper was found: a class that holds a redis client, publishes or subscribes, and is imported."
    for module, shape in first.wrappers:
        yield from _wrapper(module, shape)


def _wrapper(module: str, shape: WrapperShape) -> Iterator[str]:
    yield _line(f"    - module: {_quoted(module)}", f"{shape.path}:{shape.line}")
    for key, names in (
        ("client", shape.client), ("config", shape.config), ("message", shape.message), ("priority", shape.priority)
    ):  # fmt: skip
        if names:
            yield f"      {key}: {_quoted(names[0]) if len(names) == 1 else _list(names)}"
    if shape.subscribes and not shape.message:
        apart = "handlers that take topic and payload apart are refused"
        yield f"      {MARK}which class is a handler given? Name it as `message`; {apart}"
    if shape.subscribes:
        yield from _either(
            shape.matching, "matching", "glob", "how is a subscription's topic compared: glob, prefix or exact?"
        )
        yield from _either(
            shape.handler_errors,
            "handler_errors",
            "swallow",
            "is what a handler raises logged (swallow), or raised (raise)?",
        )
    if shape.methods:
        yield f"      methods: {{{', '.join(f'{_quoted(name)}: {meaning}' for name, meaning in shape.methods)}}}"
    for name in shape.unclear:
        yield f"      {MARK}what does {name}() mean: start, stop, publish, subscribe or connected? Say it in `methods`"


def _either(value: str | None, key: str, fallback: str, question: str) -> Iterator[str]:
    if value is None:
        yield f"      {MARK}{question} Its source does not say it plainly"
    yield f"      {key}: {value or fallback}"


def _routes(first: FirstConfig) -> Iterator[str]:
    yield "# Which message type takes the place of a topic. A raw stream may have a `bus` instead: it keeps its"
    yield "# commands there, and changes the server. The first match wins, so the narrow ones stand first."
    if any(each.certain for each in first.routes):
        yield "routes:"
    else:
        yield "# routes:" if first.routes or first.names else "# routes: []   # no topic and no stream was found"
    asked = {site for question in first.names for site in question.sites}
    for each in first.routes:
        if each.is_nameless:
            where = tuple(site for site in each.where if site not in asked)
            if where:
                yield from _question(f"which {each.kind} is named here? The code decides it when it runs", where)
        elif each.certain:
            yield f"  - {_route(each)}   # {each.reason}; {_some(each.where, 1)}"
        else:
            yield from _question(_asked(each), each.where)
            yield f"  # - {_route(each)}"


def _answers(first: FirstConfig) -> Iterator[str]:
    if first.names:
        yield "# What topics and streams are called whose names the code does not say."
        yield "# answers:"
    for question in first.names:
        yield from _question(question.text, question.sites)
        yield from (f"  # {line.strip()}" for line in question.suggestion.split("\n")[1:])


def _asked(each: Suggestion) -> str:
    if each.kind == "topic":
        perhaps = f"; {each.message_type} perhaps" if each.message_type else ""
        return f"which message type replaces the topic {each.match}{perhaps}?"
    return f"which bus carries the stream {each.match}: {each.bus}, or {other_bus(each.bus)}?"


def _route(each: Suggestion) -> str:
    goes = f"bus: {each.bus}" if each.bus else f"message_type: {each.message_type or '...'}"
    return f"{{match: {_quoted(each.match)}, {goes}}}"


def _engines(first: FirstConfig) -> Iterator[str]:
    moving = [engine for engine in first.engines if not engine.migrated]
    yield "# Each path, and each port, belongs to one engine. `test_command` names an engine's tests."
    yield "engines:"
    if len(moving) > 1:
        yield f"  {MARK}in which order do they move? Phases count from 1; a phase waits for the one before it"
    for engine in moving:
        yield from _engine(engine, first.source_root)
    done = [engine for engine in first.engines if engine.migrated]
    if done:
        yield "" if moving else "  # Nothing is left to move."
        yield "  # On the dual bus already: these are read, and never changed."
    for engine in done:
        yield from _engine(engine, first.source_root)
    if first.outside:
        listed = ", ".join(first.outside)
        yield f"  {MARK}how can these be named? They are not below source_root, and were left out: {listed}"
    if first.silent:
        yield f"  # Not listed, because nothing in them is on a bus: {', '.join(first.silent)}"


def _engine(engine: FoundEngine, root: str) -> Iterator[str]:
    yield from _questions(engine.questions, "  ")
    path = _quoted(below(root, engine.path))
    state = "migrated: true" if engine.migrated else "phase: 1"
    values = f"{state}, port: {engine.port}, paths: [{path}], engine_type: {_quoted(engine.engine_type)}"
    if engine.has_tests and not engine.migrated:
        values += f", test_command: {_quoted(f'python -m pytest {below(root, engine.path)} -q')}"
    yield f"  {_quoted(engine.name)}: {{{values}}}"


def _shared(first: FirstConfig) -> Iterator[str]:
    if first.helpers:
        yield f"{MARK}is this code of several engines? Then it may change with them, on every branch that needs it"
        yield f"# shared: {_list(below(first.source_root, path) for path in first.helpers)}"
    yield "# Further keys, each for the day when it is needed: shared, streams, edges, servers, and answers, which"
    yield "# a run prints; on an engine, `deferred: reason`, which lets the next phase start without it."


def _questions(questions: Iterable[str], indent: str = "") -> Iterator[str]:
    yield from (f"{indent}{MARK}{_one_line(question)}" for question in questions)


def _question(text: str, where: tuple[str, ...]) -> Iterator[str]:
    """A question with the places that raise it on the next line."""
    yield from _questions([text], "  ")
    yield f"  #   {_one_line(_some(where, MOST_PLACES))}"


def _some(where: tuple[str, ...], most: int) -> str:
    more = f" and {len(where) - most} more" if len(where) > most else ""
    return ", ".join(where[:most]) + more


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _line(text: str, comment: str) -> str:
    return f"{text:<{COLUMN - 1}} # {comment}" if comment else text


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    """A value that YAML reads as this text."""
    return text if (PLAIN.fullmatch(text) and text.lower() not in WORDS) or text == "." else json.dumps(text)

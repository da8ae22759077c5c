"""A YAML text as plain values, with the line of each and every fault in it. No tags, no aliases, no surprises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field

Keys = tuple[str | int, ...]
"""The way to a value: `("engines", "portfolio", "paths", 0)`."""

DEEPEST = 20  # levels; libyaml takes a minute over 200,000 open brackets
LONGEST = 60  # characters of a value that a fault quotes
UNNAMED = "no key"  # stands for a key that cannot be one; known by identity, so a key of that text is another

ONE_READING = {
    "int": (re.compile(r"[-+]?(0|[1-9][0-9]*)"), "write a decimal number, or put it in quotes"),
    "float": (
        re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]*([eE][-+][0-9]+)?"),
        "write a decimal number, or put it in quotes",
    ),
    "bool": (re.compile("true|True|TRUE|false|False|FALSE"), "write true or false, or put it in quotes"),
    "timestamp": (re.compile(r"(?!)"), "put it in quotes"),
}
"""What YAML 1.1 and 1.2 read alike, of each kind of plain value that one of them takes for something else: 010 is 8 or
10, 12:30 is 750 or text, `yes` is true or text."""

WORDS_FOR = {"None": "empty", "True": "true", "False": "false"}

SECRETS = re.compile(r"(?P<scheme>\w+://)?.*@|(?<=password=)[^&\s]+", re.DOTALL | re.IGNORECASE)
"""Everything before an `@` may be a user with a password, whether the URL is well made or not."""

UNREAD = object()
"""Stands for a value that could not be read; its fault is noted."""


class Fault(NamedTuple):
    """One thing that is wrong, on one line of the file."""

    line: int
    sentence: str


class Located(Struct):
    """Plain values, with the line of each and the faults found so far."""

    data: Any = UNREAD
    lines: Mapping[Keys, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    flawed: set[Keys] = field(default_factory=set)  # mappings with a fault among their own keys

    def fault(self, keys: Keys, sentence: str) -> None:
        """Note what is wrong with the value at these keys."""
        self.faults.append(Fault(line_of(self.lines, keys), sentence))


def line_of(lines: Mapping[Keys, int], keys: Keys) -> int:
    """The line of a value, or of the nearest mapping or list around it."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


def masked(text: str) -> str:
    """The text without what may be a secret in it."""
    return SECRETS.sub(lambda found: f"{found['scheme'] or ''}***@" if found[0].endswith("@") else "***", text)


def shown(value: object) -> str:
    """A value as a fault may quote it: on one line, short, and without secrets."""
    if isinstance(value, list | dict):
        return f"{'a' if value else 'an empty'} {'list' if isinstance(value, list) else 'mapping'}"
    if not isinstance(value, str):
        return WORDS_FOR.get(str(value), str(value)[:LONGEST])
    line = "".join(each if each.isprintable() else " " for each in masked(value))
    return f'"{line}"' if len(line) <= LONGEST else f'"{line[: LONGEST - 3]}..."'


def spoken(keys: Keys) -> str:
    """The keys as a person writes them: `engines.portfolio.paths[0]`."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{plain(key)}" for key in keys)
    return "".join(parts).lstrip(".") or "the file"


def plain(key: str) -> str:
    """A key as YAML has it, in quotes where it needs them."""
    return key if re.fullmatch(r"[\w-]+", key) else shown(key)


def did_you_mean(word: object, words: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest of these words, or nothing."""
    near = nearest(str(word), words)
    return f"; did you mean {shown(near)}?" if near else ""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that this one was meant to be, perhaps; case does not count."""
    from difflib import get_close_matches

    lowered = {each.lower(): each for each in sorted(words)}
    near = get_close_matches(word.lower(), lowered, n=1)
    return lowered[near[0]] if near else None


def read_yaml(text: str) -> Located:
    """The values of this text with their lines; UNREAD as a whole where it is not YAML."""
    from yaml.reader import Reader

    if unreadable := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, unreadable.start()) + 1
        return Located(
            faults=[Fault(line, f"the character {ord(unreadable[0]):#04x} has no place in YAML; take it out")]
        )
    reader = _Reader(text)
    reader.read()
    return reader.located


class _Reader:
    def __init__(self, text: str) -> None:
        import yaml

        self.yaml = yaml
        self.loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self.lines: dict[Keys, int] = {}
        self.located = Located(lines=self.lines)

    def read(self) -> None:
        try:
            self.document()
        except self.yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = masked(str(error.problem))
            self.refuse(mark, f"this is not YAML ({problem}); look at the indent and the quotes")

    def refuse(self, mark: Any, sentence: str) -> None:
        self.located.faults.append(Fault(mark.line + 1, sentence))

    def document(self) -> None:
        loader, events = self.loader, self.yaml.events
        start = loader.get_event()
        if loader.check_event(events.StreamEndEvent):
            return self.refuse(start.start_mark, 'the file is empty; start with "version: 1", or type "migrate init"')
        loader.get_event()
        data = self.value(loader.get_event(), ())
        loader.get_event()
        if loader.check_event(events.DocumentStartEvent):
            self.refuse(loader.peek_event().start_mark, "a second document starts here; keep one of them")
        self.located.data = data
        return None

    def value(self, event: Any, keys: Keys) -> Any:
        events = self.yaml.events
        self.lines.setdefault(keys, event.start_mark.line + 1)
        self.refuse_magic(event, spoken(keys))
        if isinstance(event, events.AliasEvent):
            return UNREAD
        if isinstance(event, events.ScalarEvent):
            return self.scalar(event, keys)
        if len(keys) >= DEEPEST:
            raise self.yaml.MarkedYAMLError(problem="too many levels", problem_mark=event.start_mark)
        return self.mapping(keys) if isinstance(event, events.MappingStartEvent) else self.sequence(keys)

    def refuse_magic(self, event: Any, subject: str) -> None:
        if event.anchor:  # an alias has one too
            self.refuse(event.start_mark, f"{subject}: anchors and aliases are not read here; write it out")
        if getattr(event, "tag", None):
            self.refuse(event.start_mark, f"{subject}: tags such as {shown(event.tag)} are not read here; take it out")

    def sequence(self, keys: Keys) -> list[Any]:
        items: list[Any] = []
        while not self.loader.check_event(self.yaml.events.SequenceEndEvent):
            items.append(self.value(self.loader.get_event(), (*keys, len(items))))
        self.loader.get_event()
        return items

    def mapping(self, keys: Keys) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not self.loader.check_event(self.yaml.events.MappingEndEvent):
            mark = self.loader.peek_event().start_mark
            key = self.key(self.loader.get_event(), entries, keys)
            self.lines[*keys, key] = mark.line + 1
            value = self.value(self.loader.get_event(), (*keys, key))
            if key is not UNNAMED:
                entries[key] = value
        self.loader.get_event()
        return entries

    def key(self, event: Any, entries: dict[str, Any], keys: Keys) -> str:
        if not self.is_text(event):
            # Reading it as a value takes the rest of a key such as `[a, b]` with it.
            written = getattr(event, "value", None) or self.value(event, (*keys, UNNAMED))
            self.refuse(event.start_mark, f"the key {shown(written)} in {spoken(keys)} must be text; put it in quotes")
            return UNNAMED
        self.refuse_magic(event, spoken((*keys, event.value)))
        if event.value in entries:
            again = f"{spoken((*keys, event.value))} stands here again, after line {self.lines[*keys, event.value]}"
            self.refuse(event.start_mark, f"{again}; keep one of them")
            return UNNAMED
        return str(event.value)

    def is_text(self, event: Any) -> bool:
        return isinstance(event, self.yaml.events.ScalarEvent) and self.tag(event) == "tag:yaml.org,2002:str"

    def tag(self, event: Any) -> Any:
        return self.loader.resolve(self.yaml.nodes.ScalarNode, event.value, event.implicit)

    def scalar(self, event: Any, keys: Keys) -> Any:
        node = self.yaml.nodes.ScalarNode(self.tag(event), event.value, event.start_mark, event.end_mark)
        one, mend = ONE_READING.get(node.tag.rpartition(":")[2], (None, ""))
        if one and not one.fullmatch(event.value):
            said = f"{spoken(keys)} is {shown(event.value)}, which readers of YAML take differently"
            self.refuse(event.start_mark, f"{said}; {mend}")
            return UNREAD
        try:
            return self.loader.construct_object(node)
        except (ValueError, self.yaml.constructor.ConstructorError):
            self.refuse(event.start_mark, f"{spoken(keys)} is {shown(event.value)}, no value of YAML; put it in quotes")
            return UNREAD

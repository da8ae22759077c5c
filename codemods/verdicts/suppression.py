"""`# migrate: keep <reason>` on a line, or `keep` in engines.yaml: a person's decision that it is not to be moved."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from msgspec import Struct

from codemods.model import Verdict
from codemods.reading.source import Source, UnreadableError, read_source
from codemods.settings import Kept
from codemods.verdicts.cases import Case, Court, is_got

COMMENT = re.compile(r"#\s*migrate:\s*keep\b[ \t:-]*(?P<reason>.*)")


MARK = "# migrate: keep"
NO_REASON = "kept by a comment without a reason"


class Suppression(Struct, frozen=True):
    """One such comment."""

    path: str
    line: int
    reason: str

    @property
    def where(self) -> str:
        """The place as people read it: `path:line`."""
        return f"{self.path}:{self.line}"

    @property
    def is_idle(self) -> str:
        """What is said of a comment that suppresses nothing."""
        return f"{self.where}: `{MARK}` suppresses nothing: take it away"


def suppress(court: Court, cases: list[Case]) -> list[str]:
    """Suppress what comments and engines.yaml name, and say which of them suppress nothing or give no reason."""
    return [*_by_comments(court, cases), *_by_configuration(court, cases)]


def _by_comments(court: Court, cases: list[Case]) -> Iterator[str]:
    for module in court.program.modules.values():
        if not court.engine.owns(module.path):
            continue
        for comment in _comments(module.source):
            hit = [case for case in cases if case.use.module is module and _stands_on(case, comment.line)]
            _hold(hit, comment.reason or NO_REASON)
            if not hit:
                yield comment.is_idle
            elif not comment.reason:
                yield f"{comment.where}: `{MARK}` gives no reason: write one behind it"


def _by_configuration(court: Court, cases: list[Case]) -> Iterator[str]:
    for kept in court.settings.keep:
        module = court.program.modules.get(kept.path)
        if module is None or not court.engine.owns(kept.path):
            continue
        lines = {number for number, line in enumerate(module.source.lines, 1) if line.strip() == kept.code}
        hit = [case for case in cases if case.use.module is module and case.use.line in lines]
        _hold(hit, kept.reason)
        if not hit:
            yield idle_entry(kept)


def idle_entry(kept: Kept) -> str:
    """What is said of an entry of engines.yaml that keeps nothing."""
    return f"{kept.path}: `keep` in line {kept.line} of engines.yaml fits no legacy use: take it away, or mend its code"


def _hold(cases: list[Case], reason: str) -> None:
    for case in cases:
        if case.verdict is not Verdict.KEEP or is_got(case):  # that client stays for its keys alone
            case.hold(Verdict.SUPPRESSED, reason)
            case.question = None


def _stands_on(case: Case, line: int) -> bool:
    """Whether a use reaches over a line; that of a statement's end counts, where its comment may stand."""
    node = case.use.node
    first = int(getattr(node, "lineno", 0))
    statement = case.use.module.statement(node)
    simple = not hasattr(statement, "body")
    last = int((statement if simple else node).end_lineno or first)  # type: ignore[attr-defined]
    return first <= line <= last


def idle_comments(path: str, text: bytes) -> list[str]:
    """What is said of the comments in a file where nothing legacy is used; nothing where it cannot be read."""
    if b"migrate:" not in text:
        return []
    try:
        return [comment.is_idle for comment in _comments(read_source(path, text))]
    except UnreadableError:
        return []


def _comments(source: Source) -> Iterator[Suppression]:
    if "migrate:" not in source.text:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text, newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return  # the file parses, so this is a quirk of the tokenizer: then nothing is suppressed
    for token in tokens:
        found = COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found is not None:
            yield Suppression(source.path, token.start[0], found["reason"].strip())

"""Unified diffs of bytes, as `git apply` reads them: no byte, newline or file name is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial

from migrator.report.visible import visible

NO_NEWLINE = b"\n\\ No newline at end of file\n"

LONG = 10_000  # lines

ESCAPES = {
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
    ord("\t"): b"\\t",
    ord("\n"): b"\\n",
    ord("\v"): b"\\v",
    ord("\f"): b"\\f",
    ord("\r"): b"\\r",
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
}
"""How git writes the odd bytes of a file name; other bytes outside of printable ASCII become octal."""

COLOURS = (
    (b"diff --git ", b"\x1b[1m"),
    (b"--- ", b"\x1b[1m"),
    (b"+++ ", b"\x1b[1m"),
    (b"new file ", b"\x1b[1m"),
    (b"# ", b"\x1b[2m"),
    (b"@@ ", b"\x1b[36m"),
    (b"-", b"\x1b[31m"),
    (b"+", b"\x1b[32m"),
)
RESET = b"\x1b[m"

Opcodes = Sequence[tuple[str, int, int, int, int]]


Said = Callable[[str, int, int], Iterable[str]]
"""What is said of a file's lines, from the first to the last, both of the old text and from 1."""


def unified_diff(before: Mapping[str, bytes], after: Mapping[str, bytes], said: Said | None = None) -> bytes:
    """One diff of all files in `after`, sorted by path; a path that `before` lacks is a new file.

    With `said`, lines that begin with `# ` stand above each hunk: such a diff is for reading, `git apply` refuses it.
    """
    return b"".join(_file_diff(path, before.get(path), after[path], said) for path in sorted(after))


def for_terminal(diff: bytes, *, colours: bool) -> bytes:
    """The diff as a terminal shows it, which is not to be applied: characters that would steer it are spelt out."""
    shown = visible(diff.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")).encode()
    return coloured(shown) if colours else shown


def changed_lines(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[int, int]:
    """How many lines the diff of all files in `after` adds, and how many it takes away."""
    added = removed = 0
    for path, text in after.items():
        for tag, start_a, end_a, start_b, end_b in _matcher(_lines(before.get(path, b"")), _lines(text)).get_opcodes():
            if tag != "equal":
                added, removed = added + end_b - start_b, removed + end_a - start_a
    return added, removed


def coloured(diff: bytes) -> bytes:
    """The same diff with colours for a terminal."""
    out, header = [], False
    for line in _lines(diff):
        header = line.startswith(b"diff --git ") or (header and not line.startswith(b"@@ "))
        out.append(_painted(line, header))
    return b"".join(out)


def _painted(line: bytes, header: bool) -> bytes:
    table = COLOURS if header else COLOURS[-4:]  # inside a hunk, `--- x` is a removed line
    body = line.rstrip(b"\r\n")
    colour = next((colour for start, colour in table if line.startswith(start)), None)
    return line if colour is None else colour + body + RESET + line[len(body) :]


def _file_diff(path: str, before: bytes | None, after: bytes, said: Said | None) -> bytes:
    if before == after:
        return b""
    raw = path.encode("utf-8", "surrogateescape")
    old, new = _quoted(b"a/" + raw), _quoted(b"b/" + raw)
    head = b"diff --git " + old + b" " + new + b"\n"
    if before is None:
        head += b"new file mode 100644\n"
        if not after:
            return head
    tab = b"\t" if b" " in raw else b""  # as git does, for programs that stop at the first space
    source = b"/dev/null" if before is None else old + tab
    above = partial(said, path) if said else None
    hunks = b"".join(_hunks(_lines(before or b""), _lines(after), above))
    return head + b"--- " + source + b"\n+++ " + new + tab + b"\n" + hunks


def _hunks(
    before: Sequence[bytes], after: Sequence[bytes], above: Callable[[int, int], Iterable[str]] | None
) -> Iterator[bytes]:
    for group in _matcher(before, after).get_grouped_opcodes(3):
        (_, start_a, _, start_b, _), (_, _, end_a, _, end_b) = group[0], group[-1]
        if above:
            yield from (f"# {line}\n".encode("utf-8", "backslashreplace") for line in above(start_a + 1, end_a))
        yield b"@@ -%s +%s @@\n" % (_range(start_a, end_a), _range(start_b, end_b))
        yield from _hunk_lines(group, before, after)


def _matcher(before: Sequence[bytes], after: Sequence[bytes]) -> SequenceMatcher[bytes]:
    # Without "autojunk" 5,000 lines take 0.2 s and 20,000 take 3 s; with it equal lines become one large hunk.
    return SequenceMatcher(None, before, after, autojunk=len(after) > LONG)


def _hunk_lines(group: Opcodes, before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[bytes]:
    for tag, start_a, end_a, start_b, end_b in group:
        if tag == "equal":
            yield from _marked(b" ", before[start_a:end_a])
        else:
            yield from _marked(b"-", before[start_a:end_a])
            yield from _marked(b"+", after[start_b:end_b])


def _marked(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + NO_NEWLINE


def _range(start: int, end: int) -> bytes:
    if end - start == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + (end > start), end - start)  # an empty range names the line before it


def _lines(text: bytes) -> list[bytes]:
    """Split at line feeds only: a form feed or a lone carriage return is part of its line."""
    lines = text.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _quoted(name: bytes) -> bytes:
    """The name as git prints it: in quotes, with escapes, where it holds an odd byte."""
    escaped = b"".join(_escaped(byte) for byte in name)
    return name if escaped == name else b'"' + escaped + b'"'


def _escaped(byte: int) -> bytes:
    if byte in ESCAPES:
        return ESCAPES[byte]
    return bytes([byte]) if 0x20 <= byte < 0x7F else b"\\%03o" % byte

"""One file as text: its bytes, encoding, newlines and lines, with `ast` positions turned into characters."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from functools import cached_property, partial

from msgspec import Struct

from codemods.reading.nesting import with_whole_stack
from codemods.secrets import without_secrets

LARGEST = 20_000_000  # bytes; `ast` takes a hundred times the memory, and what is larger is data
POINTER = b"version https://git-lfs.github.com/spec/"  # how a file begins whose content Git LFS keeps elsewhere
WIDTH = 88  # Black's; a file with longer lines has its own
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # where only `str.splitlines` splits, which is fast
_TEXT = re.compile(r"""(?<!["\'])(?:'[^'\\\n]+'|"[^"\\\n]+")(?!["\'])""")
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class UnreadableError(Exception):
    """A file that cannot be read as Python, with the line and the cause."""

    def __init__(self, path: str, line: int, cause: str) -> None:
        super().__init__(f"{path}:{line}: {cause}")
        self.path, self.line, self.cause = path, line, cause


class Source(Struct, frozen=True, dict=True):
    """A Python file that was read: `text` has no byte order mark and keeps every newline as it is."""

    path: str
    text: str
    encoding: str  # a codec name that writes the text back to the same bytes
    tree: ast.Module

    @cached_property
    def lines(self) -> list[str]:
        """Lines with their ends, split where the tokenizer splits: never at form feeds or other separators."""
        return split_lines(self.text)

    @cached_property
    def quote(self) -> str:
        """The quotation mark of most texts on one line; a double one where there are none."""
        marks = [found[0][0] for found in _TEXT.finditer(self.text)]
        return "'" if marks.count("'") > marks.count('"') else '"'

    @cached_property
    def newline(self) -> str:
        """The newline most lines end with."""
        counts = dict.fromkeys(("\n", "\r\n", "\r"), 0)
        for line in self.lines:
            end = line[len(line.rstrip("\r\n")) :]
            if end in counts:
                counts[end] += 1
        return max(counts, key=lambda end: counts[end])

    @cached_property
    def width(self) -> int:
        """The length a line may have: 88, or that of the file's longest line."""
        return max([WIDTH, *(len(line.rstrip("\r\n")) for line in self.lines)])

    @cached_property
    def indent(self) -> str:
        """One step of the file's own indentation, four spaces where there is none."""
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body and body[0].lineno > node.lineno:
                outer, inner = self.indent_of(node), self.indent_of(body[0])
                if inner.startswith(outer) and inner != outer:
                    return inner[len(outer) :]
        return "    "

    def indent_of(self, node: ast.stmt) -> str:
        """The white space before the first statement of this line."""
        line = self.lines[first_line(node) - 1]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    def column(self, line: int, utf8: int) -> int:
        """The character column of an `ast` column, which counts UTF-8 bytes."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return utf8 if text.isascii() else len(text.encode()[:utf8].decode(errors="replace"))

    def line_text(self, line: int) -> str:
        """The stripped text of a line, for evidence, without passwords."""
        return without_secrets(self.lines[line - 1].strip()) if 0 < line <= len(self.lines) else ""

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The source text of a node."""
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        start, stop = self.column(node.lineno, node.col_offset), self.column(end_line, end)
        if node.lineno == end_line:
            return self.lines[node.lineno - 1][start:stop]
        middle = self.lines[node.lineno : end_line - 1]
        return "".join([self.lines[node.lineno - 1][start:], *middle, self.lines[end_line - 1][:stop]])

    def encode(self, text: str) -> bytes:
        """A new text in this file's encoding, byte order mark included."""
        return text.encode(self.encoding)


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split where the tokenizer splits."""
    is_plain = not any(each in text for each in _SEPARATORS)
    return text.splitlines(keepends=True) if is_plain else _LINE.findall(text)


def first_line(node: ast.stmt) -> int:
    """The line a statement begins on: that of its first decorator, where it has one."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) if decorators else node.lineno


def read_source(path: str, data: bytes) -> Source:
    """The file as a Source. Raises UnreadableError with line and cause where it cannot be read."""
    if data.startswith(POINTER):
        raise UnreadableError(path, 1, "is a pointer of Git LFS; its content is not in the commit")
    if len(data) > LARGEST:
        raise UnreadableError(path, 1, f"is larger than {LARGEST // 1_000_000} MB")
    text, encoding = _decode(path, data)
    return Source(path, text, encoding, parse(path, text))


def parse(path: str, text: str) -> ast.Module:
    """The tree of a text. Raises UnreadableError with line and cause."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return with_whole_stack(lambda: ast.parse(text))
    except (SyntaxError, ValueError) as error:  # a null byte is the one or the other, and has no line
        from codemods.reading.newer import needed  # most files parse

        line = getattr(error, "lineno", None) or _line_at(text.partition("\0")[0].encode())
        message = str(getattr(error, "msg", error))
        shown = "".join(split_lines(text)[line - 1 : line])
        raise UnreadableError(path, line, f"does not parse: {message}{needed(shown, message)}") from None
    except (RecursionError, MemoryError):
        raise UnreadableError(path, 1, "nests too deeply to be parsed") from None


def uncompilable(source: Source) -> UnreadableError | None:
    """Why Python cannot run a file that it can parse, such as an `await` in a plain `def`; None where it can."""
    try:
        with warnings.catch_warnings():  # of the person's own code, which were there before
            warnings.simplefilter("ignore")
            with_whole_stack(partial(compile, source.text, source.path, "exec", dont_inherit=True))
    except SyntaxError as error:
        return UnreadableError(source.path, error.lineno or 1, f"does not compile: {error.msg}")
    except (RecursionError, MemoryError):
        return UnreadableError(source.path, 1, "nests too deeply to be compiled")
    return None


def _decode(path: str, data: bytes) -> tuple[str, str]:
    try:
        encoding = _encoding(data)
        text = data.decode(encoding)
        is_same = text.encode(encoding) == data
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start])
        raise UnreadableError(path, line, f"is not {error.encoding}: {error.reason}") from None
    except (SyntaxError, LookupError, UnicodeError) as error:
        line = 1 if b"coding" in _NEWLINE.split(data, 1)[0] else 2
        raise UnreadableError(path, line, f"has an unknown encoding: {error}") from None
    if not is_same:
        raise UnreadableError(path, 1, f"does not come back byte for byte from {encoding}")
    return text, encoding


def _encoding(data: bytes) -> str:
    """The declared encoding. `detect_encoding` knows no lone carriage return, so it is given plain newlines."""
    head = _NEWLINE.split(data, 2)[:2]  # it looks at no more
    try:
        return tokenize.detect_encoding(io.BytesIO(b"\n".join([*head, b""])).readline)[0]
    except SyntaxError:
        for line in head:
            if b"coding" not in line and not _is_utf8(line):
                return "utf-8"  # decoding the file says which byte it is
        raise


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_at(before: bytes) -> int:
    """The line, from 1, that comes after these bytes."""
    return len(_NEWLINE.findall(before)) + 1

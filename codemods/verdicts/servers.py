"""Which server a client speaks to, and whether that is one of those being left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from codemods.model import Question
from codemods.reading import atoms, by_name, legacy
from codemods.reading.constants import MOST_DEEP, Constants
from codemods.reading.flow import Place
from codemods.reading.globs import is_literal
from codemods.reading.scopes import Module
from codemods.secrets import without_secrets
from codemods.settings import Server
from codemods.verdicts.cases import Court, answer_yaml

PURE_CALLS = {
    "os.getenv", "os.environ.get", "int", "str", "float", "bool", "uuid.uuid4", "socket.gethostname", "os.getpid",
    "time.time", "platform.node",
}  # fmt: skip
"""Calls that an argument may make and that nobody misses when it goes."""

UNKNOWN_SERVER = "a server that is only known at run time"
SERVER_NAMES = (*legacy.CONFIG_HOSTS, *legacy.CONFIG_PORTS)


def arguments(call: ast.Call, positional: tuple[str, ...]) -> dict[str, ast.expr] | None:
    """The arguments of a call by name; None where stars or surplus positions hide some."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    if len(call.args) > len(positional):
        return None
    given = dict(zip(positional, call.args, strict=False))
    given.update({k.arg: k.value for k in call.keywords if k.arg is not None})
    return given


def is_pure(node: ast.expr, lookups: bool = False) -> bool:
    """Whether evaluating this has no effect that anybody could miss; with `lookups`, that of `settings.get("host")`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) not in PURE_CALLS:
            if lookups and _is_lookup(inner):
                continue
            return False
        if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
    return True


def _is_lookup(call: ast.Call) -> bool:
    """Whether a call looks like that of a mapping's `get`, under a key that is a text."""
    key = call.args[0] if call.args and not call.keywords else None
    is_get = isinstance(call.func, ast.Attribute) and call.func.attr == "get" and len(call.args) <= 2
    return is_get and isinstance(key, ast.Constant) and isinstance(key.value, str)


def constant(
    node: ast.expr | None, fallback: object = None, known: Callable[[ast.expr], object] | None = None
) -> object:
    """The constant behind an argument: the default of an environment variable counts; `...` where it is not known.

    `known` says what names hold.
    """
    if node is None:
        return fallback
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("int", "str", "float") and len(node.args) == 1:
        inner = constant(node.args[0], known=known)
        return int(inner) if isinstance(inner, str) and inner.isdigit() else inner
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.getenv", "os.environ.get"):
        return constant(node.args[1], known=known) if len(node.args) == 2 else ...
    return known(node) if known is not None else ...


def question_of_server(
    court: Court, module: Module, given: Mapping[str, ast.expr], defaults: Mapping[str, object]
) -> Question | None:
    """What must be asked before a client made with these arguments may leave its server; None where nothing must."""
    known = {name: _known(court, module, value) for name, value in given.items()}
    url = next((name for name in legacy.CONFIG_URLS if name in given), None)
    extras = list(_extras(known, defaults))
    if url is not None:
        where, more = _of_url(known[url])
        extras += more
    else:
        host = _first(known, legacy.CONFIG_HOSTS, defaults, "localhost")
        port = _first(known, legacy.CONFIG_PORTS, defaults, 6379)
        where = f"{host}:{port}" if ... not in (host, port) else UNKNOWN_SERVER
    if where == UNKNOWN_SERVER:
        shown = [ast.unparse(given[n]) for n in (*SERVER_NAMES, *legacy.CONFIG_URLS) if n in given and known[n] is ...]
        where = without_secrets(f"the server of `{', '.join(shown)}`")
    if not extras and where in {str(server) for server in court.settings.servers}:
        return None
    what = f"{where}, {', '.join(extras)}" if extras else where
    identity = f"server:{where}" + "".join(f":{extra.replace(' ', '-')}" for extra in extras)
    if court.answer(identity) == "leave":
        return None
    text = f"is {what} one of the servers being left? The target connects without database, password and TLS of its own"
    yaml = answer_yaml(identity, "leave")
    if not extras and _is_address(where):
        yaml = f"legacy:\n  redis: [{', '.join(map(str, court.settings.servers))}, {where}]"
    return Question(identity, text, yaml)


def _known(court: Court, module: Module, node: ast.expr, depth: int = MOST_DEEP) -> object:
    """The constant behind an argument, through the names and tables that hold it; `...` where it is not known."""
    return constant(node, known=lambda inner: _held(court, module, inner, depth))


def _held(court: Court, module: Module, node: ast.expr, depth: int) -> object:
    """What an expression holds that is no constant itself: a text with names in it, a name, an item of a table."""
    if isinstance(node, ast.BoolOp):
        return _chosen(court, module, node, depth) if isinstance(node.op, ast.Or) else ...
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.FormattedValue) else p for p in node.values]
        plain = all(_is_plain(part) for part in node.values)
        found = [_known(court, module, part, depth) for part in parts]
        return "".join(map(str, found)) if plain and ... not in found else ...
    constants = Constants(court.program)
    place = constants.place(module, node, {})
    source = place if place[1] is not node else constants.source(module, node)
    value = _known(court, *source, depth - 1) if source is not None and depth else ...
    if value is not ...:
        return value
    text = by_name.default_of(court.program.value(module, node))
    if text is not None and is_literal(text):
        return text
    places = _of_field(court, module, node) if isinstance(node, ast.Attribute) and depth else []
    found = [_known(court, *each, depth - 1) for each in places]
    return found[0] if found and all(each == found[0] for each in found) else ...


def _chosen(court: Court, module: Module, node: ast.BoolOp, depth: int) -> object:
    """What `given or os.getenv("HOST", "localhost")` is, whichever part is taken; `...` where that is not one value."""
    found: list[object] = []
    for part in node.values:
        value = _known(court, module, part, depth)
        if value is not ... and (value or part is node.values[-1]):
            found.append(value)
            break  # what follows is never looked at
        if value is ... and not _is_of_environment(part):
            held = court.program.value(module, part) - {atoms.NOTHING}
            found += [atom.name if atom.kind == atoms.TEXT else ... for atom in held if atom.kind != atoms.SETTING]
    return found[0] if all(value == found[0] for value in found) else ...


def _is_of_environment(node: ast.expr) -> bool:
    """Whether an expression is a variable of the environment that has no default."""
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == "os.environ"
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.getenv", "os.environ.get")


def _of_field(court: Court, module: Module, node: ast.Attribute) -> list[Place]:
    from codemods.verdicts.fields import values_of_field

    return values_of_field(court, module, node)


def _is_plain(part: ast.expr) -> bool:
    """Whether a piece of an f-string stands in it as it is."""
    return not isinstance(part, ast.FormattedValue) or (part.format_spec is None and part.conversion in (-1, ord("s")))


def _first(
    known: Mapping[str, object], names: tuple[str, ...], defaults: Mapping[str, object], otherwise: object
) -> object:
    for name in names:
        if name in known:
            return known[name]
    return next((defaults[name] for name in names if name in defaults), otherwise)


def _extras(known: Mapping[str, object], defaults: Mapping[str, object]) -> Iterator[str]:
    database = _first(known, legacy.CONFIG_DBS, defaults, 0)
    if database not in (0, None, "0"):
        yield f"database {database if database is not ... else 'known at run time'}"
    for name, value in known.items():
        set_to_nothing = value in (None, False, "")
        if not set_to_nothing and (name in legacy.SECRETS or name.endswith("password")):
            yield "a password"
        elif not set_to_nothing and (name in legacy.TLS or name.endswith("_ssl")):
            yield "TLS"


def _of_url(url: object) -> tuple[str, list[str]]:
    if not isinstance(url, str):
        return UNKNOWN_SERVER, []
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    database = query.get("db", [parts.path.strip("/")])[0]
    extras = [f"database {database}"] if database not in ("", "0") else []
    extras += ["a password"] if parts.password or parts.username or legacy.SECRETS & set(query) else []
    extras += ["TLS"] if parts.scheme == "rediss" or legacy.TLS & set(query) else []
    if parts.scheme not in ("redis", "rediss"):
        return "a server whose URL cannot be read", extras
    try:
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}", extras
    except ValueError:
        return "a server whose URL cannot be read", extras


def _is_address(where: str) -> bool:
    host, _, port = where.rpartition(":")
    return bool(host) and port.isdigit() and bool(Server(host, int(port)))

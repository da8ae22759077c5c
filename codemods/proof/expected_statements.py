"""What stands in the place of a statement, by codemod: what is inside of it is what it becomes already."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from codemods.proof.expected_calls import asked_of_both
from codemods.proof.saying import Saying, attribute, changed, expression, statements

Import = ast.Import | ast.ImportFrom
BECOMES = {ast.FunctionDef: ast.AsyncFunctionDef, ast.With: ast.AsyncWith, ast.For: ast.AsyncFor}
MATCHES = {
    "glob": "{fnmatchcase}({topic}, {pattern})",
    "prefix": "{topic}.startswith({pattern})",
    "exact": "{topic} == {pattern}",
}


def imported(saying: Saying, node: ast.stmt) -> list[ast.stmt]:
    """Imports that go and come; names that stand in for them where they fail; names of `__all__`."""
    data = saying.data
    if "stand_ins" in data:
        return [new for name in data["stand_ins"] for new in statements(f"{saying.local(name)} = None")]
    if "unlisted" in data:
        return [_unlisted(node, data["unlisted"])]
    stays: list[ast.stmt] = [node]
    if isinstance(node, Import):
        aliases = [alias for alias in node.names if _bound(alias) not in data["drop"]]
        stays = [changed(node, names=aliases)] if aliases else []
    before, instead, after = ([new for code in data[key] for new in statements(code)] for key in PLACES)
    return [*before, *stays, *instead, *after]


PLACES = ("before", "instead", "after")


def _bound(alias: ast.alias) -> str:
    return (alias.asname or alias.name).split(".")[0]


def _unlisted(node: Any, names: tuple[str, ...]) -> ast.stmt:
    stay = [each for each in node.value.elts if not isinstance(each, ast.Constant) or each.value not in names]
    new: ast.stmt = changed(node, value=changed(node.value, elts=stay))
    return new


def made_beside(saying: Saying, node: ast.stmt) -> list[ast.stmt]:
    """A client that stays has the bus made right behind it, or got right above what goes through it."""
    data = saying.data
    if "got" in data:
        return [*statements(_got(saying)), node]
    if "declared" in data:
        kind = "".join(saying.local(text) if is_name else text for text, is_name in data["parts"])
        return [node, *statements(f"{data['declared']}: {kind} = None" if kind else f"{data['declared']} = None")]
    call = f"{saying.local(data['factory'])}({saying.local('EngineType')}.{data['engine_type']})"
    return [node, *statements(f"{_beside(data['after'], data['bus'])} = {'await ' if data['await'] else ''}{call}")]


def _got(saying: Saying) -> str:
    call = f"{saying.local(saying.data['factory'])}({saying.local('EngineType')}.{saying.data['engine_type']})"
    return f"{saying.data['got']} = await {call}"


def _beside(client: str, bus: str) -> str:
    return ".".join([*client.split(".")[:-1], bus])


def ended(saying: Saying, node: Any) -> list[ast.stmt]:
    """A close behind that of the client that stays; an asked start is tried; what `with` entered is closed last."""
    if "got" in saying.data:
        return [node, *statements(f"{_got(saying)}\nawait {saying.data['got']}.close()")]
    if "close_beside" in saying.data:
        closed = _beside(saying.data["close_beside"], saying.data["bus"])
        if saying.data["may_lack"]:
            return [node, *statements(f"if {closed} is not None:\n await {closed}.close()")]
        return [node, *statements(f"await {closed}.close()")]
    if isinstance(node, ast.If):
        denied = isinstance(node.test, ast.UnaryOp)
        test = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
        failed, went_well = (node.body, node.orelse) if denied or not node.orelse else (node.orelse, node.body)
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, failed)
        return [ast.Try([ast.Expr(test)], [handler], went_well, [])]
    (item,) = node.items
    close = ast.Expr(ast.Await(ast.Call(attribute(item.optional_vars, "close"), [], [])))
    return [ast.Assign([item.optional_vars], item.context_expr), ast.Try(node.body, [], [], [close])]


def subscribed(saying: Saying, node: ast.stmt) -> list[ast.stmt]:
    """The one subscription of each bus, with every handler of that bus behind it, in their order."""
    new: list[ast.stmt] = [node] if saying.data["after"] else []
    for made in saying.data["subscriptions"]:
        for handler, name in made["bound"].items():
            new += statements(f"{name} = {handler}")
        new += [_receiver(saying, each) for each in made["receivers"]]
        handler, *others = made["handlers"]
        if others or not made["raises"]:
            new += statements("\n".join(_dispatcher(saying, made)))
            handler = made["dispatcher"]
        types = ast.List([saying.member("MessageType", name) for name in made["types"]], ast.Load())
        method = attribute(expression(made["receiver"]), f"subscribe_to_{made['bus']}")
        new.append(ast.Expr(ast.Await(ast.Call(method, [types, expression(handler)], []))))
    return new


def _receiver(saying: Saying, data: Mapping[str, Any]) -> ast.stmt:
    """What opens a message, and calls a handler that keeps its signature with an object of topic and payload."""
    parts = [ast.keyword(name, expression(data[name])) for name in ("topic", "payload")]
    call = ast.Call(expression(data["calls"]), [ast.Call(expression(saying.local("SimpleNamespace")), [], parts)], [])
    (function,) = statements(f"async def {data['name']}({data['message']}): ...")
    body = [*_decoding(saying, data), ast.Expr(ast.Await(call) if data["await"] else call)]
    return changed(function, body=body)


def _dispatcher(saying: Saying, made: dict[str, Any]) -> list[str]:
    """Every handler runs; what one raises is logged, and raised again at the end where the wrapper let it through."""
    handlers, raises = made["handlers"], made["raises"]
    logger = made["logger"] or f"{saying.local('logging')}.getLogger(__name__)"
    one = len(handlers) == 1
    named = f'"{handlers[0]} failed on a message"' if one else f'"%s failed on a message", {made["name"]}'
    again = raises and not one
    tried = [
        "try:",
        f" await {handlers[0] if one else 'handler'}(message)",
        f"except Exception{' as error' if again else ''}:",
        f" {logger}.exception({named})",
        *([" errors.append(error)"] if again else []),
    ]
    body = tried if one else [f"for handler in ({', '.join(handlers)}):", *(f" {line}" for line in tried)]
    body = ["errors = []", *body, "if errors:", " raise errors[0]"] if again else body
    return [f"async def {made['dispatcher']}(message):", *(f" {line}" for line in body)]


def decoded(saying: Saying, node: Any) -> list[ast.stmt]:
    """A handler is a coroutine that checks the type, decodes once, and goes on with the topics that are its own."""
    data = saying.data
    if "async" in data:
        return coroutine(saying, node)
    lines = _decoding(saying, data)
    if "one_line" in data:
        return [changed(node, body=[*lines, *node.body])]
    if data["instead"]:
        return lines
    return [node, *lines] if data["after"] else [*lines, node]


def _decoding(saying: Saying, data: Mapping[str, Any]) -> list[ast.stmt]:
    message, payload, topic = (data[key] for key in ("message", "payload", "topic"))
    return [
        *_of_types(saying, message, data["types"], data["type_text"]),
        *statements(f"{payload} = {saying.local('json')}.loads({message}['payload'])"),
        *statements(f"{topic} = {payload}.pop('topic', None) if isinstance({payload}, dict) else None"),
        ast.If(_other_topic(saying, data), [ast.Return()], []),
    ]


def _of_types(saying: Saying, message: str, types: list[str], text: str) -> list[ast.stmt]:
    """Messages of other types are left alone."""
    named = [f"{saying.local('MessageType')}.{name}.{text}" for name in types]
    wrong = f"!= {named[0]}" if len(named) == 1 else f"not in ({', '.join(named)})"
    return statements(f"if {message}['message_type'] {wrong}:\n return")


def _other_topic(saying: Saying, data: Mapping[str, Any]) -> ast.expr:
    """The condition under which a message is none of this handler's: its topic is no text, or no pattern takes it."""
    topic, tests = data["topic"], data["tests"]
    same = [pattern for kind, pattern in tests if kind == "is"]
    others = [_takes(saying, data, kind, pattern) for kind, pattern in tests if kind != "is"]
    equal = f"{topic} == {same[0]}" if len(same) == 1 else f"{topic} in ({', '.join(same)})"
    if same and not others:
        return expression(f"{topic} != {same[0]}" if len(same) == 1 else f"{topic} not in ({', '.join(same)})")
    found = [*([equal] if same else []), *others]
    no_text = f"not isinstance({topic}, str)"
    if len(found) != 1:
        return expression(f"{no_text} or not ({' or '.join(found)})" if found else no_text)
    (only,) = tests
    denied = f"{topic} not in {only[1]}" if only[0] == "in" else f"not {found[0]}"
    if only[0] not in ("in", "any") and data["matching"] == "exact":
        denied = f"{topic} != {only[1]}"
    return expression(f"{no_text} or {denied}")


def _takes(saying: Saying, data: Mapping[str, Any], kind: str, pattern: str) -> str:
    topic = data["topic"]
    if kind == "in":
        return f"{topic} in {pattern}"
    matching = data["matching"]
    names = {"fnmatchcase": saying.local("fnmatchcase")} if matching == "glob" else {}
    one = MATCHES[matching].format(topic=topic, pattern="pattern" if kind == "any" else pattern, **names)
    return f"any({one} for pattern in {pattern})" if kind == "any" else one


def taking(saying: Saying, node: Any) -> list[ast.stmt]:
    """A function that was given a message takes what it reads of it, in the message's place."""
    takes = node.args
    positional, kinds = [*takes.posonlyargs, *takes.args], len(takes.posonlyargs)
    first = len(positional) - len(takes.defaults)
    defaults = [None] * first + list(takes.defaults)
    before = _parameters(saying, positional[:kinds], defaults[:kinds])
    after = _parameters(saying, positional[kinds:], defaults[kinds:])
    named = _parameters(saying, takes.kwonlyargs, takes.kw_defaults)
    new = changed(
        takes,
        posonlyargs=[each for each, _ in before],
        args=[each for each, _ in after],
        defaults=[default for _, default in (*before, *after) if default is not None],
        kwonlyargs=[each for each, _ in named],
        kw_defaults=[default for _, default in named],
    )
    return [changed(node, args=new)]


def _parameters(
    saying: Saying, parameters: list[ast.arg], defaults: Sequence[ast.expr | None]
) -> list[tuple[ast.arg, ast.expr | None]]:
    found: list[tuple[ast.arg, ast.expr | None]] = []
    for each, default in zip(parameters, defaults, strict=True):
        if each.arg != saying.data["parameter"]:
            found.append((each, default))
            continue
        for name, kind in saying.data["takes"]:
            own = expression(kind.format(any=saying.local("Any") if "{any}" in kind else "")) if kind else None
            found.append((changed(each, arg=name, annotation=own or each.annotation), default))
    return found


def coroutine(saying: Saying, node: Any) -> list[ast.stmt]:
    """A function or a `with` becomes async; what catches an interrupt catches a cancellation as well.

    What a script starts by its name stays plain, and runs a coroutine that does what it did.
    """
    if "script" in saying.data:
        return _program(saying, node)
    if "cancelled" not in saying.data:
        return [BECOMES.get(type(node), type(node))(**dict(ast.iter_fields(node)))]  # two orders may say so
    error = attribute(expression(saying.local("asyncio")), "CancelledError")
    handlers = list(node.handlers)
    for index in saying.data["cancelled"]:
        caught = handlers[index].type
        both = [*caught.elts, error] if isinstance(caught, ast.Tuple) else [caught, error]
        handlers[index] = changed(handlers[index], type=ast.Tuple(both, ast.Load()))
    return [changed(node, handlers=handlers)]


def _program(saying: Saying, node: Any) -> list[ast.stmt]:
    data = saying.data
    says = node.body[:1] if ast.get_docstring(node) is not None and node.body[1:] else []
    fields = dict(ast.iter_fields(node))
    coroutine = ast.AsyncFunctionDef(**(fields | {"name": data["script"], "body": node.body[len(says) :]}))
    run = f"{saying.local('asyncio')}.run({data['script']}({', '.join(data['takes'])}))"
    return [coroutine, changed(node, body=[*says, *statements(f"return {run}" if data["gives"] else run)])]


def asked(saying: Saying, node: ast.stmt) -> list[ast.stmt]:
    """A ping that nobody looks at asks either bus in a statement of its own."""
    assert isinstance(node, ast.Expr)
    return [ast.Expr(each) for each in asked_of_both(saying, node.value)]


def consumed(saying: Saying, node: Any) -> list[ast.stmt]:
    """The parts of a canonical consumer: its function takes a message, its loop handles one, its start subscribes."""
    data = saying.data
    if "parameter" in data:
        kind = expression("dict[str, str]") if node.returns is not None else None
        takes = changed(node.args, args=[*node.args.args, ast.arg(data["parameter"], kind)])
        return [changed(node, args=takes)]
    if "subscribe" in data:
        types = ast.List([saying.member("MessageType", data["subscribe"])], ast.Load())
        method = attribute(expression(data["receiver"]), f"subscribe_to_{data['bus']}")
        return [ast.Expr(ast.Await(ast.Call(method, [types, expression(data["handler"])], [])))]
    return [
        *_of_types(saying, data["message"], [data["message_type"]], data["type_text"]),
        *statements(f"{data['fields']} = {saying.local('json')}.loads({data['message']}['payload'])"),
        *_handling(node, data),
    ]


def _handling(loop: Any, data: Mapping[str, Any]) -> list[ast.stmt]:
    """What a loop does with one message; each clause around it that let the loop go on raises instead."""
    turn = loop.body[-1]
    whole = turn if isinstance(turn, ast.Try) else None
    streams: Any = whole.body[-1] if whole is not None else turn
    every = streams.body[-1].body
    handled, call = every[: data["lead"]], every[data["lead"]]
    if isinstance(call, ast.Try):
        clauses = [_again(each) if n in data["raises"] else each for n, each in enumerate(call.handlers)]
        inner = call.body[: data["inner"]]
        handled = [*handled, *([changed(call, body=inner, handlers=clauses, orelse=[])] if data["tried"] else inner)]
    else:
        handled = [*handled, call]
    if whole is not None and data["around"]:
        return [changed(whole, body=handled, handlers=[_again(whole.handlers[number]) for number in data["around"]])]
    return handled


def _again(clause: ast.ExceptHandler) -> ast.ExceptHandler:
    stays = clause.body[:-1] if isinstance(clause.body[-1], ast.Continue | ast.Pass) else clause.body
    return changed(clause, body=[*stays, ast.Raise()])


def lived(saying: Saying, node: Any) -> list[ast.stmt]:
    """What begins first and ends last in an application's life, or a lifespan of its own."""
    data = saying.data
    if "unwrap" in data:
        return list(node.body)
    if "first" in data or "last" in data:
        lines = [new for line in data.get("first", data.get("last")) for new in statements(line)]
        return [*lines, node] if "first" in data else [node, *lines]
    header = f"@{saying.local('asynccontextmanager')}\nasync def {data['name']}(app: {data['kind']}):"
    (function,) = statements("\n ".join([header, *data["began"], "yield", *data["ended"]]))
    return [function, node] if data["above"] else [node, function]

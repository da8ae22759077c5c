"""What becomes of an expression, by codemod: what is inside of it is what it becomes already."""

from __future__ import annotations

import ast

from codemods.proof.saying import Saying, attribute, beside, changed, expression
from codemods.reading.contract import ATTRIBUTES

TOPIC = "topic"


def named(saying: Saying, node: ast.expr) -> ast.expr:
    """A name that a failed import leaves as None is asked for under the new name."""
    return expression(saying.local(saying.data["name"]))


def made(saying: Saying, node: ast.expr) -> ast.expr:
    """A legacy client's construction is a call of the factory with the engine's own type."""
    data = saying.data
    call = ast.Call(expression(saying.local(data["factory"])), [saying.member("EngineType", data["engine_type"])], [])
    return ast.Await(call) if data["await"] else call


def renamed(saying: Saying, node: ast.Call) -> ast.expr:
    """A lifecycle call keeps its client and its arguments."""
    assert isinstance(node.func, ast.Attribute)
    call = changed(node, func=changed(node.func, attr=saying.data["method"]))
    return ast.Await(call) if saying.data["await"] else call


def annotated(saying: Saying, node: ast.expr) -> ast.expr:
    """A class in an annotation, or the text of one."""
    data = saying.data
    if "parts" in data:
        return ast.Constant("".join(saying.local(text) if is_name else text for text, is_name in data["parts"]))
    return expression(saying.local(data["name"]) if data.get("name") else data["text"])


def published(saying: Saying, node: ast.expr) -> ast.expr:
    """A publish names its type, and its payload carries the topic; what else it was given stays, by name."""
    if isinstance(node, ast.Attribute):
        return saying.member("MessagePriority", saying.data["member"])
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Attribute)
    call = _message(saying, changed(node, func=changed(node.func, attr="publish_message")))
    return ast.Await(call) if saying.data["await"] else call


def _message(saying: Saying, node: ast.Call) -> ast.Call:
    given: list[tuple[str | None, ast.expr]] = [(None, value) for value in node.args]
    given += [(keyword.arg, keyword.value) for keyword in node.keywords]
    topic, payload = (
        next((each for each in given if each[0] == name), given[index])
        for index, name in enumerate(saying.data["parameters"])
    )
    rest = [ast.keyword(name or "priority", value) for name, value in given if value not in (topic[1], payload[1])]
    message_type = saying.member("MessageType", saying.data["message_type"])
    mapping = payload[1]
    if saying.data.get("is_text"):  # the target encodes it itself
        assert isinstance(mapping, ast.Call)
        mapping = mapping.args[0]
    content = _carrying(mapping, topic[1], saying.data["topic_first"])
    return changed(node, args=[message_type, content], keywords=rest)


def _carrying(payload: ast.expr, topic: ast.expr, is_first: bool) -> ast.expr:
    """The payload with the topic under its key: last, or first where it must be evaluated first."""
    pairs: list[tuple[ast.expr | None, ast.expr]] = [(None, payload)]
    if isinstance(payload, ast.Dict):
        pairs = list(zip(payload.keys, payload.values, strict=True))
    own = [index for index, (key, _) in enumerate(pairs) if isinstance(key, ast.Constant) and key.value == TOPIC]
    new = (ast.Constant(TOPIC), topic)
    if own and not is_first:
        pairs[own[0]] = (pairs[own[0]][0], topic)
    else:
        for index in own[:1]:
            del pairs[index]
        pairs = [new, *pairs] if is_first else [*pairs, new]
    return ast.Dict([key for key, _ in pairs], [value for _, value in pairs])


def read(saying: Saying, node: ast.expr) -> ast.expr:
    """What a handler reads of its message is a name of its own now."""
    return ast.Name(saying.data["name"], ast.Load())


def passed(saying: Saying, node: ast.Call) -> ast.expr:
    """Whom a message was given gets what it reads of it, in that place or by those names."""
    old = saying.order.node
    assert isinstance(old, ast.Call)
    if "makes" in saying.data:
        return _namespace(saying, node)
    given: list[tuple[ast.expr, ast.expr | ast.keyword]] = [*zip(old.args, node.args, strict=True)]
    given += [(before.value, now) for before, now in zip(old.keywords, node.keywords, strict=True)]
    given.sort(key=lambda each: (each[0].lineno, each[0].col_offset))
    new: list[ast.expr | ast.keyword] = []
    for number, (_, each) in enumerate(given):
        names = saying.data["passes"].get(number)
        values = [(theirs, ast.Name(own, ast.Load())) for theirs, own in names or ()]
        is_named = isinstance(each, ast.keyword)
        new += [ast.keyword(theirs, value) if is_named else value for theirs, value in values] if names else [each]
    arguments = [each for each in new if isinstance(each, ast.expr)]
    return changed(node, args=arguments, keywords=[each for each in new if isinstance(each, ast.keyword)])


def _namespace(saying: Saying, node: ast.Call) -> ast.expr:
    """A message that is made for a handler holds topic and payload, each by its name, and nothing else."""
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    parts = [ast.keyword(name, values[number]) for number, name in sorted(saying.data["makes"].items())]
    return ast.Call(expression(saying.local("SimpleNamespace")), [], parts)


def checked(saying: Saying, node: ast.expr) -> ast.expr:
    """A check asks whether both clients of the target are there, or whether there is a client at all."""
    if isinstance(node, ast.BoolOp):
        return _without(node, saying.data["drop"])
    call = node.operand if isinstance(node, ast.UnaryOp) else node
    if "is" in saying.data:
        assert isinstance(call, ast.Call)
        return _is(call.args[0], denied=saying.data["is"] == "not None")
    if "may be None" in saying.data:
        assert isinstance(call, ast.Call)
        client, asked = call.args[0], [call.args[0]] if saying.data["may be None"] else []
    else:
        method = call.func if isinstance(call, ast.Call) else call
        assert isinstance(method, ast.Attribute)
        client, asked = method.value, []
    asked += [attribute(client, name) for name in ATTRIBUTES]
    return ast.BoolOp(ast.And(), [_is(each, denied=True) for each in asked])


def _without(node: ast.BoolOp, part: str) -> ast.expr:
    """A condition without one of its parts, which is not the first."""
    shown = [ast.unparse(value) for value in node.values]
    at = shown.index(ast.unparse(expression(part)), 1)
    stay = [*node.values[:at], *node.values[at + 1 :]]
    return changed(node, values=stay) if len(stay) > 1 else stay[0]


def _is(value: ast.expr, denied: bool) -> ast.expr:
    return ast.Compare(value, [ast.IsNot() if denied else ast.Is()], [ast.Constant(None)])


def routed(saying: Saying, node: ast.expr) -> ast.expr:
    """A command, called or bound to a name, goes to its bus's own client, with every argument that it had."""
    if isinstance(node, ast.Await):
        return ast.BoolOp(ast.And(), asked_of_both(saying, node))
    command = node.func if isinstance(node, ast.Call) else node
    assert isinstance(command, ast.Attribute)
    got = saying.data.get("got")
    client = expression(got) if got is not None else beside(command.value, saying.data.get("bus"))
    command = changed(command, value=attribute(client, saying.data["client"]))
    return changed(node, func=command) if isinstance(node, ast.Call) else command


def asked_of_both(saying: Saying, node: ast.expr) -> list[ast.expr]:
    """The same awaited question to either bus."""
    assert isinstance(node, ast.Await)
    call = node.value
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    functions = [changed(call.func, value=attribute(call.func.value, saying.data[key])) for key in ("client", "also")]
    return [ast.Await(changed(call, func=function)) for function in functions]


def awaited(saying: Saying, node: ast.Call) -> ast.expr:
    """A call is awaited, or run where a program begins."""
    if "run" in saying.data:
        return ast.Call(attribute(expression(saying.local("asyncio")), "run"), [node], [])
    if "sleep" in saying.data:
        node = changed(node, func=attribute(expression(saying.local("asyncio")), "sleep"))
    return ast.Await(node)


def told(saying: Saying, node: ast.Call) -> ast.expr:
    """A canonical `xadd` publishes its fields as a message; the stream's name is the type."""
    assert isinstance(node.func, ast.Attribute)
    function = changed(node.func, value=beside(node.func.value, saying.data["bus"]), attr="publish_message")
    message_type = saying.member("MessageType", saying.data["message_type"])
    return changed(node, func=function, args=[message_type, *node.args[1:]])


def patched(saying: Saying, node: ast.expr) -> ast.expr:
    """A patched name, a mock that is made, a method of a mock, or what is expected of a publish."""
    data = saying.data
    if isinstance(node, ast.Constant):
        return changed(node, value=data["text"])
    if isinstance(node, ast.Name):
        return changed(node, id=saying.local("AsyncMock"))
    if isinstance(node, ast.Lambda):
        mock = expression(data["mock"])
        return ast.Call(expression(saying.local("AsyncMock")), [], [ast.keyword("return_value", mock)])
    if isinstance(node, ast.Attribute):
        inner = attribute(node.value, data["between"]) if "between" in data else node.value
        return changed(node, value=inner, attr=data.get("attr", node.attr))
    assert isinstance(node, ast.Call)
    return _message(saying, node)


def handed(saying: Saying, node: ast.Call) -> ast.expr:
    """An application is given its lifespan, behind whatever it was given before."""
    keyword = ast.keyword("lifespan", ast.Name(saying.data["keyword"], ast.Load()))
    return changed(node, keywords=[*node.keywords, keyword])

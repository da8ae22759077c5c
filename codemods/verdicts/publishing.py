"""What becomes of a wrapper's publish: the message type from the topic, the topic into the payload."""

from __future__ import annotations

import ast
import json

from codemods.checking.payloads import not_json
from codemods.model import Question, StreamEnd
from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.contract import TOPIC_KEY
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, answer_yaml, ask, identity, refuse, rewrite
from codemods.verdicts.dynamic import may_be_given_by_name
from codemods.verdicts.encoding import ENCODED, encoded, is_text
from codemods.verdicts.keys import display_of, keys_of
from codemods.verdicts.routes import question_of_topic, route_of, suggested_glob
from codemods.verdicts.servers import arguments, is_pure
from codemods.verdicts.topics import makes_text, topics_in_code

QUIET = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.UnaryOp, ast.unaryop, ast.BoolOp, ast.boolop, ast.Subscript)
"""What a payload may hold besides, so that evaluating it changes nothing that its topic reads."""
PLAIN = (
    ast.Constant, ast.Name, ast.Attribute, ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.operator, ast.IfExp,
    ast.Compare, ast.cmpop, ast.expr_context,
)  # fmt: skip
"""What a topic may be made of, so that it may as well be evaluated after the payload."""
OF_TEXTS = (
    ast.Call, ast.keyword, ast.Subscript, ast.Slice, ast.List, ast.Tuple, ast.BoolOp, ast.boolop, ast.UnaryOp,
    ast.unaryop,
)  # fmt: skip
"""What else a topic may be made of, where every call only makes a text of texts."""
CARRIERS = {"create_task", "ensure_future", "gather", "wait_for", "shield", "run_coroutine_threadsafe", "timeout"}
JSON_CALLS = {"str", "int", "float", "bool", "len", "round", "sum", "list", "dict", "sorted"}


def judge(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on one publish."""
    signature = facts.signature(use.name)
    given = arguments(use.call, signature.parameters)
    if given is None:
        return refuse(use, "the arguments are unpacked, so topic and payload cannot be told apart")
    names = signature.parameters[:2]
    extra = set(given) - {*names, "priority"}
    if len(names) < 2 or any(name not in given for name in names):
        return refuse(use, "topic or payload is missing")
    if extra:
        return refuse(use, f"`{sorted(extra)[0]}` has no counterpart on publish_message")
    topic, payload = given[names[0]], given[names[1]]
    inner = encoded(court, use.module, payload)
    if inner is None and is_text(court, use.module, payload):
        return refuse(use, ENCODED)
    return (
        _awaiting(court, use, facts)
        or _topic(court, use, topic)
        or _payload(court, use, inner or payload, facts)
        or _rewrite(court, use, topic, inner or payload, facts, payload if inner is not None else None)
    )


def judge_expected(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a call that repeats what a publish is given, as a test's assertion does."""
    names = facts.signature(use.name).parameters[:2]
    given = arguments(use.call, facts.signature(use.name).parameters)
    if given is None or len(names) < 2 or not {*names} <= given.keys() <= {*names, "priority"}:
        return refuse(use, "topic and payload cannot be told apart")
    topic, payload = given[names[0]], given[names[1]]
    if not isinstance(payload, ast.Dict):
        return refuse(use, "the payload is not written out")
    return (
        _topic(court, use, topic) or _payload(court, use, payload, facts) or _rewrite(court, use, topic, payload, facts)
    )


def _awaiting(court: Court, use: Use, facts: WrapperFacts) -> Case | None:
    above = use.module.parent[use.node]
    if not facts.signature(use.name).is_async:
        growth = court.closures.orders(use)
        return refuse(use, f"nothing can be awaited where this publishes{growth}") if isinstance(growth, str) else None
    carried = isinstance(above, ast.Call) and ast.unparse(above.func).rsplit(".", 1)[-1] in CARRIERS
    if isinstance(above, ast.Expr):
        return refuse(use, "the publish is never awaited", "broken: nothing is published")
    returned = facts.returns.get(use.name)
    statement = isinstance(use.module.parent.get(above), ast.Expr) or carried
    if not statement and returned != "bool":
        return refuse(use, "the result is used, and publish_message returns a bool")
    return None


def _topic(court: Court, use: Use, topic: ast.expr) -> Case | None:
    inside = list(ast.walk(topic))
    if not all(isinstance(inner, PLAIN + OF_TEXTS) for inner in inside) or not all(map(makes_text, inside)):
        return refuse(use, "the topic is computed by a call, which would then run after the payload's own")
    names = topics_of(court, use, topic)
    if names is None:
        return ask(use, _question_of_expression(court, use, topic))
    for name in names:
        route = route_of(court, name)
        if route is None or route.message_type is None:
            return ask(use, question_of_topic(court, name))
        if route.message_type not in court.contract.bus_of:
            text = f"engines.yaml:{route.line}: {route.message_type} is no message type of {court.target}"
            return refuse(use, text, "broken: no such message type")
    if len({_type_of(court, name) for name in names}) > 1:
        told = ", ".join(f"{name} ({_type_of(court, name)})" for name in names)
        return refuse(use, f"the topics {told} have different message types: publish each by a call of its own")
    return None


def topics_of(court: Court, use: Use, topic: ast.expr) -> tuple[str, ...] | None:
    """Every topic that an expression may hold: from the code, or else as engines.yaml answers; None for neither."""
    found = atoms.texts(court.program.value(use.module, topic)) or topics_in_code(court.program, use.module, topic)
    if found and may_be_given_by_name(court, use.module, topic):
        found = None
    return found or court.names(_id_of_topic(use, topic))


def _id_of_topic(use: Use, topic: ast.expr) -> str:
    return identity("topic", use, use.module.source.segment(topic))


def _question_of_expression(court: Court, use: Use, topic: ast.expr) -> Question:
    text = " ".join(use.module.source.segment(topic).split())
    glob = json.dumps(suggested_glob(court, text, messages=True), ensure_ascii=False)
    yaml = answer_yaml(_id_of_topic(use, topic), f"{glob}   # one glob, or a list of them")
    return Question(_id_of_topic(use, topic), f"which topics does `{text}` hold? They decide the message type", yaml)


def _type_of(court: Court, name: str) -> str:
    route = route_of(court, name)
    assert route is not None
    assert route.message_type is not None
    return route.message_type


def _payload(court: Court, use: Use, payload: ast.expr, facts: WrapperFacts) -> Case | None:
    keys = keys_of(court, use.module, payload)
    question = _question_of_keys(court, use, payload, keys)
    if question is not None:
        shown = use.module.source.segment(payload).split("\n")[0]
        return ask(use, question, OF_PAYLOAD.format(shown=shown))
    if any(not is_pure(value) for value in _own_topics(court, use, payload)):
        return refuse(use, f"the payload's own `{TOPIC_KEY}` is computed by a call that would be lost with it")
    for value in _values(court, use, payload):
        for node, what in not_json(court, use.module, value):
            text = f"`{ast.unparse(node)}` is {what}, which publish_message does not encode"
            return refuse(use, text, *(["broken: the wrapper does not encode it either"] if facts.plain_json else []))
    if not facts.plain_json and not all(_is_json(value) for value in _values(court, use, payload)):
        asked = f"json:{court.engine.name}"
        if court.answer(asked) is not True:
            text = "are all payloads plain JSON? The wrapper encodes more than json.dumps does, the target does not"
            return ask(use, Question(asked, text, answer_yaml(asked, "true")))
    return None


def _question_of_keys(court: Court, use: Use, payload: ast.expr, keys: set[str] | None) -> Question | None:
    """What must be asked before a payload may carry the topic: once for the engine; None where nothing must."""
    if keys is not None and TOPIC_KEY not in keys:
        return None
    kind, text = ("topic-key", UNKNOWN_KEYS) if keys is None else ("own-topic", OWN_TOPIC)
    asked = f"{kind}:{court.engine.name}"
    value = TOPIC_KEY if keys is None else REPLACE
    return None if court.answer(asked) == value else Question(asked, text, answer_yaml(asked, value))


REPLACE = "replace"
OF_PAYLOAD = "may the payload `{shown}` carry the topic as `topic`? Its keys are not all known, or it has that one"
UNKNOWN_KEYS = (
    f"may payloads whose keys cannot all be read carry the topic as `{TOPIC_KEY}`? "
    f"They must be mappings, and have no `{TOPIC_KEY}` of their own"
)
OWN_TOPIC = (
    f"may the `{TOPIC_KEY}` that payloads have of their own be replaced by the topic? "
    "Migrated handlers take it out, and see a payload without it"
)


def _own_topics(court: Court, use: Use, payload: ast.expr) -> list[ast.expr]:
    """What the topic would take the place of."""
    display = display_of(court, use.module, payload)
    pairs = zip(display.keys, display.values, strict=True) if display is not None else ()
    return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == TOPIC_KEY]


def _values(court: Court, use: Use, payload: ast.expr) -> list[ast.expr]:
    display = display_of(court, use.module, payload)
    return list(display.values) if display is not None else [payload]


def _is_json(node: ast.expr) -> bool:
    """Whether a value is certainly plain JSON."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, bytes | complex) and node.value is not ...
    if isinstance(node, ast.JoinedStr | ast.Compare):
        return True
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_json(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(_is_json(value) for value in node.values) and all(isinstance(k, ast.Constant) for k in node.keys)
    if isinstance(node, ast.IfExp):
        return _is_json(node.body) and _is_json(node.orelse)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in JSON_CALLS - {"list", "dict", "sorted", "sum"}
    )


def _rewrite(
    court: Court, use: Use, topic: ast.expr, payload: ast.expr, facts: WrapperFacts, text: ast.expr | None = None
) -> Case:
    """The publish of a mapping, which may have been made a `text` here."""
    names = topics_of(court, use, topic) or ()
    message_type = _type_of(court, names[0])
    signature = facts.signature(use.name)
    data = {
        "message_type": message_type,
        "parameters": signature.parameters[:2],
        "topic_first": (topic.lineno, topic.col_offset) < (payload.lineno, payload.col_offset)
        and not isinstance(topic, ast.Constant)
        and not all(isinstance(n, PLAIN + QUIET) for n in ast.walk(payload)),
        "await": not signature.is_async,
        "is_text": text is not None,
    }
    gone = (text.func,) if isinstance(text, ast.Call) else ()
    order = Order("publishing", use.module, use.call, data, ((court.target, "MessageType"),), gone)
    bus = court.contract.bus_of[message_type]
    reason = f"{message_type} on the {bus} bus, the topic beside the payload's own keys"
    reason += ", which the target encodes itself" if text is not None else ""
    case = rewrite(use, "publishing", reason, order, *(() if signature.is_async else court.closures.of(use)))
    case.ends = tuple(StreamEnd(name, "publish", "topic", court.engine.name, use.path, use.line) for name in names)
    return case

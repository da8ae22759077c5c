"""What a stream command may leave open: which stream it names, on which bus, how long it waits, what it gives."""

from __future__ import annotations

import ast
import json

from codemods.model import Question
from codemods.reading import legacy
from codemods.reading.constants import Constants
from codemods.reading.use import Use
from codemods.verdicts.bound import called_as
from codemods.verdicts.cases import Court, answer_yaml, identity, is_statement
from codemods.verdicts.making import decodes
from codemods.verdicts.names import default_stream, id_of_stream, stream_names
from codemods.verdicts.routes import bus_of, question_of_stream, suggested_glob
from codemods.verdicts.servers import constant

MOST_SHOWN = 60  # characters of a command's arguments


def streams_of(court: Court, use: Use) -> tuple[str, ...] | Question:
    """The streams that a command names, each with a bus, or the question that stands in the way."""
    names = stream_names(court, use)
    if names is None:
        calls = called_as(court, use) or [use]
        return _question_of_name(court, next(call for call in calls if stream_names(court, call) is None))
    unrouted = next((name for name in names if bus_of(court, name) is None), None)
    return names if unrouted is None else question_of_stream(court, unrouted)


def _question_of_name(court: Court, use: Use) -> Question:
    given = ast.unparse(use.call).split("(", 1)[-1]
    shown = given if len(given) <= MOST_SHOWN else f"{given[:MOST_SHOWN]} ...)"
    suggested = default_stream(court, use) or suggested_glob(court, given[:MOST_SHOWN], messages=False)
    asked = id_of_stream(court, use)
    yaml = answer_yaml(asked, f"{json.dumps(suggested, ensure_ascii=False)}   # one glob, or a list of them")
    return Question(asked, f"which stream does {use.name}({shown} name?", yaml)


def waits_too_long(court: Court, use: Use) -> Question | None:
    """Whether a read may wait for longer than the target's socket does."""
    block = _block(use)
    timeout = court.contract.socket_timeout
    if block is None or timeout is None or (isinstance(block, ast.Constant) and block.value is None):
        return None
    milliseconds = _milliseconds(court, use, block)
    if isinstance(milliseconds, int | float) and 0 < milliseconds < timeout * 1000:
        return None
    asked = identity("block", use, ast.unparse(block))
    if court.answer(asked) == "accept":
        return None
    for_how_long = "ever" if milliseconds == 0 else f"{ast.unparse(block)} ms"
    text = f"the read may block for {for_how_long}, and the target's socket gives up after {timeout} s"
    return Question(asked, f"{text}: is that accepted?", answer_yaml(asked, "accept"))


def _block(use: Use) -> ast.expr | None:
    """What says how long a read may wait: an argument, or a part of what is unpacked."""
    position = legacy.BLOCK_PARAMETER.get(use.name)
    if position is not None and len(use.call.args) > position:
        return use.call.args[position]
    for keyword in use.call.keywords:
        if keyword.arg == "block":
            return keyword.value
        if keyword.arg is None and isinstance(keyword.value, ast.Dict):
            pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
            known = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            if "block" in known or len(known) == len(keyword.value.keys):
                return known.get("block")
        if keyword.arg is None:
            return keyword.value
    return None


def _milliseconds(court: Court, use: Use, block: ast.expr) -> object:
    """How long a read may wait, through the constants that say it; `...` where that is not known."""
    source = Constants(court.program).source(use.module, block) if constant(block) is ... else None
    return constant(source[1] if source is not None else block)


def replies_differ(court: Court, use: Use, commands: set[str]) -> Question | None:
    """Whether the reply to these commands would be text where it was bytes, or vice versa, and somebody looks at it."""
    if not commands & legacy.REPLY_IS_TEXT or is_statement(use.module, use.node):
        return None
    clients = {atom._replace(kind="client", given="") for atom in use.holders}
    made = [other for other in court.uses if other.kind == "construct" and set(other.holders) & clients]
    if made and all(decodes(court, other) is court.contract.decodes for other in made):
        return None
    now, then = ("text", "bytes") if court.contract.decodes else ("bytes", "text")
    asked = f"decode:{use.path}"
    if court.answer(asked) == "accept":
        return None
    text = f"replies of this client were {then} and will be {now}: does the code read them as {now}?"
    return Question(asked, text, answer_yaml(asked, "accept"))

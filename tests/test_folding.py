"""Folding against ruff's own output, on what must stay, and on statements that hypothesis writes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap

import pytest
from engines_of_one import change, text_after
from hypothesis import given
from hypothesis import strategies as st

from codemods.folding import fold
from codemods.reading.source import read_source

CLIENT = "self.client.engine_logic_client"
CHECK = "self.bus is not None and self.bus.marketdata_client is not None and self.bus.engine_logic_client is not None"


def folded(text: str, width: int = 60, before: str = "") -> str:
    """The text folded with four spaces and plain newlines, the same again when it is folded once more."""
    once = fold(before, text, width, "    ", "\n")
    assert ast.dump(ast.parse(once)) == ast.dump(ast.parse(text))
    assert fold(before, once, width, "    ", "\n") == once
    return once


def formatted(text: str, width: int) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(width), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


SHAPES = {
    "the arguments of an awaited call": f'entries = await {CLIENT}.xreadgroup("g", "c", {{"orders": ">"}}, count=50)',
    "arguments that take a line each": f'await {CLIENT}.xadd("margin-calls", {{"account": account}}, maxlen=limit)',
    "a dict as the only argument": 'await bus.publish({"source": "strategy", "symbol": symbol, "action": action})',
    "a dict among the arguments": 'await bus.publish_message(KIND, {"source": "ml", "symbol": symbol}, priority=HIGH)',
    "a dict in a dict": 'fields = {"source": "ml", "body": {"symbol": symbol, "confidence": confidence, "at": now}}',
    "a list of message types": "await self.bus.subscribe([MessageType.RISK_METRIC, MessageType.SIGNAL], on_message)",
    "a long string as the only argument": 'logger.warning("the portfolio engine runs without its message bus")',
    "a string that fits nowhere": f'logger.warning("the portfolio engine runs without its message bus{"!" * 60}")',
    "a string that does not take parentheses": f'text = "the portfolio engine runs without its message bus{"!" * 60}"',
    "a string that does": 'self.last_error = "the portfolio engine runs without its bus"',
    "an f-string topic": 'await self.bus.publish(f"portfolio.update.{symbol}", payload[{"a": 1}], HIGH or LOW)',
    "a returned chain": f"return {CHECK}",
    "a negated chain": f"return not ({CHECK})",
    "a chain in a dict": f'return {{"engine": "ml", "connected": {CHECK}}}',
    "a chain in a keyword argument": f"return Health(engine=name, connected={CHECK})",
    "a chain of different operators": "total = first_price * first_quantity + second_price * second_quantity - cost",
    "a comparison that ends in a call": "return self.last_message_id is not None and older(self.first, self.last)",
    "a comparison that does not": "is_late = self.patience_of_the_engine < self.age_of(message).total_seconds()",
    "a conditional expression": "priority = MessagePriority.HIGH if confidence >= STRONG else MessagePriority.NORMAL",
    "an attribute that fits in parentheses": f"self.marketdata_connection = {CLIENT}.connection",
    "a call that does": f"self.marketdata_connection = await {CLIENT}.ping()",
    "a value whose brackets are empty": "self.alias_mapping: dict[str, list[tuple[str, int]]] = {}",
    "an annotation": "positions: dict[str, dict[str, PositionWithItsHistory]]",
    "a returned tuple": "return self.positions_of_the_account, self.exposure_of_the_account",
    "a tuple that is assigned": "self.first, self.second = compute_first(argument), compute_second(argument)",
    "a comprehension": "sent = [message for message in await self.bus.read(stream) if message.kind in kinds]",
    "a comprehension with async": "sent = [f(message) async for message in self.bus.read(stream) if message.kind]",
    "a generator as the only argument": "total = sum(lot.price * lot.quantity for lot in self.lots[symbol])",
    "a lambda among the arguments": "self.bus.subscribe(lambda kind, message: self.on_message(message), kinds)",
    "a subscript": 'self.last = messages[self.positions["portfolio"]["first"]["second"]]',
    "a subscript with a comma": "cube = measurements[first_dimension_index, second_dimension_index, 0]",
    "starred arguments": "await self.bus.publish_message(*positional_arguments, **keyword_arguments)",
    "an unpacked dict": "fields = {**self.defaults_of_the_engine, **overrides_of_the_caller}",
    "a signed number": "position = self.move_by(-first_distance_from_start, -second_distance)",
    "an assertion": f"assert {CHECK}",
    "an assertion with a message": 'assert self.bus is not None, "the engine has not been started yet"',
    "an exception": 'raise RuntimeError("the portfolio engine runs without its message bus") from error',
    "a deletion": 'del self.positions_of_the_account_by_symbol[message["symbol"]]',
}
HEADERS = {
    "if": f"if {CHECK}:",
    "while": f"while not self.stopped and {CLIENT}.connected:",
    "for": 'for stream in await self.redis.xread({"raw-ticks": last_id}, block=500, count=100):',
    "async for": 'async for message in listen("marketdata", "engine_logic", MessageType.SIGNAL, *others):',
    "with": f'with {CLIENT}.pipeline("marketdata", transaction=True) as pipeline:',
    "def": "async def on_message(self, message: dict[str, str], topic: str | None = None) -> None:",
    "def with one parameter": "async def on_a_message_of_the_other_bus(message: dict[str, str]) -> None:",
    "class": "class PortfolioMessageHandler(MessageHandler, metaclass=HandlerRegistry):",
}


@pytest.mark.parametrize("width", [50, 60, 88])
@pytest.mark.parametrize("statement", [pytest.param(code, id=name) for name, code in SHAPES.items()])
def test_a_statement_is_folded_as_ruff_folds_it(statement: str, width: int) -> None:
    text = f"async def f():\n    {statement}\n"
    assert folded(text, width) == formatted(text, width)


@pytest.mark.parametrize("width", [50, 60, 88])
@pytest.mark.parametrize("header", [pytest.param(code, id=name) for name, code in HEADERS.items()])
def test_a_header_is_folded_as_ruff_folds_it(header: str, width: int) -> None:
    text = f"async def f():\n    {header}\n        pass\n"
    assert folded(text, width) == formatted(text, width)


STAYS = {
    "a comment on the line": 'xxxx = await self.bus.publish("a", "b")  # noqa: the first',
    "a backslash at its end": "xxxx = self.positions(first_symbol, second) + \\\n    self.other",
    "a backslash above it": "xxxx = y + \\\n    self.positions(first_symbol, second_symbol, third)",
    "two statements": "xxxx = self.positions(first_symbol); yyyy = self.others(second)",
    "a suite on the same line": "if xxxx: self.positions(first_symbol, second_symbol, third)",
    "an else on the same line": "if xxxx: pass\nelse: self.positions(first_symbol, second_symbol, 3)",
    "a case on the same line": "match a:\n    case b: self.positions(first_symbol, second_symbol, third)",
    "a match": "match (self.first_position_of_all, self.second_position_of_all):\n    case _:\n        pass",
    "a bracket that closes below": "xxxx = self.positions(first_symbol, (second_symbol), third, [\n    4\n])",
    "a bracket that closes on it": "xxxx = [\n    4\n] + self.positions(first_symbol, second_symbol, third_symbol)",
    "a string that ends below": 'xxxx = self.positions(first_symbol, second_symbol, third, """\nb""")',
    "a line within a string": 'xxxx = """\nself.positions(first_symbol, second_symbol, third_symbol, 4)\n"""',
    "a statement without brackets": "import the_first_module_of_many, the_second_module_of_many as two",
    "a name alone": "self.first_attribute_of_many.second_attribute_of_many.third",
    "a string alone": '"the portfolio engine runs without its message bus, and well"',
    "a lambda alone": "lambda first_argument_of_many, second_argument_of_many: 0 or 1",
    "names in an import": "from module import (\n    a_rather_long_name_that_is_imported as another_long_name,\n)",
}


@pytest.mark.parametrize("text", [pytest.param(code, id=name) for name, code in STAYS.items()])
def test_a_line_that_cannot_be_folded_safely_stays_long(text: str) -> None:
    assert folded(f"{text}\n", 50) == f"{text}\n"


def test_a_name_that_is_a_keyword_elsewhere_is_folded() -> None:
    text = "match = self.pattern.match(first_line_of_text, second_line)\n"
    assert folded(text, 50) == "match = self.pattern.match(\n    first_line_of_text, second_line\n)\n"


def test_only_new_lines_move_and_the_brackets_around_them_stay() -> None:
    before = textwrap.dedent("""\
        sent = await self.bus.publish(
            "a", # first
              {"source": "ml", "symbol": symbol}, priority=HIGH)
        other = self.positions(first_symbol, second_symbol, third_symbol, fourth)
        """)
    after = before.replace('"symbol": symbol', '"symbol": symbol, "topic": f"ml.{symbol}"')
    assert folded(after, before=before) == textwrap.dedent("""\
        sent = await self.bus.publish(
            "a", # first
              {
                  "source": "ml",
                  "symbol": symbol,
                  "topic": f"ml.{symbol}",
              }, priority=HIGH)
        other = self.positions(first_symbol, second_symbol, third_symbol, fourth)
        """)


ROWS = {
    "arguments": 'return await self.bus.publish(\n    "a", {"source": "ml", "symbol": symbol}, priority=HIGH\n)',
    "one argument": 'await self.bus.publish(\n    {"source": "ml", "symbol": symbol, "confidence": confidence}\n)',
    "a lambda among them": "self.bus.subscribe(\n    lambda kind, message: self.on_message(message), kinds, others\n)",
    "a list": "kinds = [\n    MessageType.RISK_METRIC, MessageType.STRATEGY_SIGNAL, MessageType.OTHER\n]",
    "unpacked": "await self.bus.publish_message(\n    *positional_arguments, **keyword_arguments_of_all\n)",
}


@pytest.mark.parametrize("text", [pytest.param(code, id=name) for name, code in ROWS.items()])
def test_a_row_of_arguments_that_is_too_long_is_folded_as_ruff_folds_it(text: str) -> None:
    assert folded(f"{text}\n", 50) == formatted(f"{text}\n", 50)


def test_a_target_is_folded_where_its_value_cannot_be() -> None:
    text = f'self.positions["{"a" * 20}"] = await self.fetch_all()\n'
    assert folded(text, 40) == f'self.positions[\n    "{"a" * 20}"\n] = await self.fetch_all()\n'


def test_a_result_is_folded_where_there_are_no_parameters() -> None:
    text = "def best_arguments() -> dict[str, list[str]]:\n    pass\n"
    assert folded(text, 40) == "def best_arguments() -> dict[\n    str, list[str]\n]:\n    pass\n"


def test_a_comma_that_asks_for_a_line_each_is_obeyed() -> None:
    assert folded("await self.bus.publish_message(first, second,)\n", 40) == (
        "await self.bus.publish_message(\n    first,\n    second,\n)\n"
    )


def test_a_head_that_is_too_long_loses_what_can_be_taken_from_it() -> None:
    text = f"{'a' * 30}.{'b' * 30}(first, second)\n"
    assert folded(text, 40) == f"{'a' * 30}.{'b' * 30}(\n    first, second\n)\n"


def test_the_file_gives_the_indentation_and_the_newline() -> None:
    text = "if a:\r\n\tawait self.bus.publish(first, second)\r\n\tb = 1\n"
    assert fold("", text, 30, "\t", "\r\n") == (
        "if a:\r\n\tawait self.bus.publish(\r\n\t\tfirst, second\r\n\t)\r\n\tb = 1\n"
    )


def test_a_text_without_a_final_newline_gets_none() -> None:
    assert folded("self.positions(first, second)", 20) == "self.positions(\n    first, second\n)"


@pytest.mark.parametrize(("longest", "width"), [(20, 88), (88, 88), (101, 101)])
def test_the_width_is_that_of_the_longest_line_and_at_least_that_of_black(longest: int, width: int) -> None:
    text = f"a = 1\r\n# {'x' * (longest - 2)}\r\nb = 2\r\n"
    assert read_source("a.py", text.encode()).width == width


ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost"))
        await self.bus.start()

    async def tell(self, symbol, quantity, price):
        await self.bus.publish("portfolio.update.all", {"symbol": symbol, "p": price})

    def health(self):
        return {"engine": "portfolio", "connected": self.bus.is_connected}
"""


def test_a_rewritten_engine_keeps_to_the_width_of_its_file() -> None:
    after = text_after(change(ENGINE), ENGINE)
    assert (
        after
        == """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def tell(self, symbol, quantity, price):
        await self.bus.publish_message(
            MessageType.PORTFOLIO_UPDATE,
            {"symbol": symbol, "p": price, "topic": "portfolio.update.all"},
        )

    def health(self):
        return {
            "engine": "portfolio",
            "connected": self.bus.marketdata_client is not None
            and self.bus.engine_logic_client is not None,
        }
"""
    )


STATEMENTS = """\
E
return
return E
return E, E
xs = E
self.last[E] = E
x: int = E
x += E
a = b = E, *O
xs = y = lambda a: E
xs = await f(E)
yield E, E
assert E, E
raise Error(E) from E
del a[E]
if E: /     pass
while E: /     pass
for a in E, E: /     pass
with f(E) as a: /     pass
def g(a, *b, c=E, **d) -> f(E): /     pass
def g(a=E): /     pass
class A(f(E), x=E): /     pass
@f(E) / def g(): /     pass
try: /     pass / except f(E) as e: /     pass
"""
EXPRESSIONS = """\
O
await self.bus.publish(E, E)
not O
lambda: E
E if O else O
O and O and O
O or not O
O + O - O * O
O == O
O is not O
O not in O
-O @ +O
O ** O
O << O & O ^ O | O
"""
OPERANDS = """\
N(E)
N(E, x=E)
N(*O, x=E, **O)
N(E, E).items()
N(O for a, b in O if O)
N[E]
N[E, O:O]
(E)
(E,)
(E, *O)
[E, E, E]
{E}
{O: E, **O}
{O: E async for a in O}
(lambda a, *b, c={1: 2, 3: 4}: E)
(x := E)
(yield E)
"""
ATOMS = """\
a
self.engine_logic_client.stream
None
0
"text"
f"is.{it}"
'two, words'
()
{}
"""
BELOW = {"E": EXPRESSIONS, "O": OPERANDS}


@st.composite
def codes(draw: st.DrawFn, shapes: str, depth: int = 4) -> str:
    """A shape in which E stands for any expression, O for an operand, and N for a name."""
    shape = draw(st.sampled_from((shapes if depth > 0 else ATOMS).splitlines()))
    shape = re.sub(r"\b[EO]\b", lambda name: draw(codes(BELOW[name[0]], depth - draw(st.integers(1, 2)))), shape)
    return re.sub(r"\bN\b", lambda _: draw(st.sampled_from(["f", "self.bus.publish"])), shape)


@given(codes(STATEMENTS), st.integers(5, 100))
def test_any_statement_keeps_its_meaning_and_has_no_long_line_that_could_be_folded(statement: str, width: int) -> None:
    text = statement.replace(" / ", "\n    ")
    for line in folded(f"async def f():\n    {text}\n", width).splitlines():
        brackets = re.sub(r"[^][(){}]|[^][(){}](?=[^][(){}]*\")", " ", re.sub(r"\".*?\"", "", line))
        is_whole = sum(map(brackets.count, "([{")) == sum(map(brackets.count, ")]}"))
        assert len(line) <= width or not is_whole or re.fullmatch(r" *(\(\) *|\{\} *|\[\] *)*", brackets), line

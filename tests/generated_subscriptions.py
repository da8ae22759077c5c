"""Engines that subscribe in every way, made up from a seed: every seed gives the same text."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from generated_engines import TOLD, indented

PATTERNS = (
    "market.data.A", "market.data.B*", "market.data.*", "risk.metric.*", "risk.metric.v", "portfolio.update.*",
    "portfolio.update.q", "strategy.signal.z",
)  # fmt: skip
NAMES = ("topic", "payload", "message", "pattern", "t")
BODIES = (
    "self.log({0}, message.topic, message.payload)",
    "payload = message.payload\n    self.log({0}, payload)",
    "topic = message.topic\n    self.log({0}, topic)\n    if message.payload['p'] > 1:\n        raise KeyError(topic)",
    "self.log({0}); self.log(message.payload)",
)
BOOK = """\
class Book{0}:
    def __init__(self, bus, log):
        self.bus, self.log = bus, log

    async def begin(self):
        await self.bus.subscribe("{1}", self.on_message)

    async def on_message(self, message):
        self.log({0}, message.topic)


"""
MAKE = """\
def make{0}(self, kept):
    async def made(message):
        self.log({0}, kept, message.topic)

    return made
"""
ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

{constants}

{classes}class Engine:
    count = 0
{attributes}
    def __init__(self):
        self.bus = {early}
{tables}

{told}
    async def start(self):
        self.bus = {late}
        await self.bus.start()
{start}

    async def work(self, x):
        return x

    async def stop(self):
        await self.bus.stop()

{methods}"""
MADE = "BufferedMessageBusClient(MessageBusConfig())"


@dataclass
class Builder:
    """One engine that these dice build."""

    dice: random.Random
    number: int = 0
    parts: dict[str, list[str]] = field(
        default_factory=lambda: {name: [] for name in ("constants", "classes", "attributes", "tables", "methods")}
    )

    def put(self, part: str, text: str) -> int:
        """A text with a number of its own, which is given."""
        self.number += 1
        self.parts[part].append(text.replace("{0}", str(self.number)))
        return self.number

    def pattern(self) -> str:
        """An expression that is a pattern."""
        pattern = self.dice.choice(PATTERNS)
        first, rest = pattern.split(".", 1)
        forms = {
            "constants": (f'TOPIC{{0}} = "{pattern}"', "TOPIC{0}"),
            "attributes": (f'topic{{0}} = "{pattern}"', "self.topic{0}"),
            "": ("", f'"{pattern}"'),
            " constants": (f'PART{{0}} = "{first}"', f'f"{{PART{{0}}}}.{rest}"'),
        }
        part, (text, shown) = self.dice.choice(sorted(forms.items()))
        return shown.replace("{0}", str(self.put(part.strip(), text))) if text else shown

    def handler(self) -> str:
        """An expression that is a handler."""
        if self.dice.random() < 0.2:
            return f"self.make{self.put('methods', MAKE)}({self.dice.randint(1, 3)})"
        body = self.dice.choice(BODIES)
        one_line = "\n" not in body and self.dice.random() < 0.3
        head = "async def on{0}(self, message):"
        return f"self.on{self.put('methods', f'{head} {body}' if one_line else head + chr(10) + '    ' + body)}"

    def several(self) -> list[str]:
        return self.dice.sample(PATTERNS, self.dice.randint(1, 3))

    def loop(self) -> str:
        """A loop over patterns, wherever they stand."""
        topics, name = self.several(), self.dice.choice(NAMES)
        where = self.dice.choice(("", "constants", "attributes"))
        shown = {"constants": "TOPICS{0}", "attributes": "TOPICS{0}", "": str(topics)}[where]
        if where:
            shown = shown.replace("{0}", str(self.put(where, f"{shown} = {topics}")))
        shown = f"self.{shown}" if where == "attributes" else shown
        return f"for {name} in {shown}:\n    await self.bus.subscribe({name}, {self.method()})"

    def method(self) -> str:
        return f"self.on{self.put('methods', 'async def on{0}(self, message):' + chr(10) + '    ' + BODIES[0])}"

    def table(self) -> str:
        """A loop over a mapping of handlers, wherever it stands."""
        items = ", ".join(f'"{pattern}": {self.method()}' for pattern in self.several())
        where = self.dice.choice(("", "local", "tables"))
        shown = f"{{{items}}}"
        before = ""
        if where == "tables":
            shown = f"self.table{self.put('tables', f'self.table{{0}} = {shown}')}"
        elif where == "local":
            before, shown = f"table = {shown}\n", "table"
        return f"{before}for topic, handler in {shown}.items():\n    await self.bus.subscribe(topic, handler)"

    def statement(self) -> str:
        """Something that subscribes."""
        kind = self.dice.choice(("plain", "plain", "loop", "table", "method", "book", "value"))
        if kind == "plain":
            return f"await self.bus.subscribe({self.pattern()}, {self.handler()})"
        if kind in ("loop", "table"):
            return self.loop() if kind == "loop" else self.table()
        if kind == "method":
            name = self.dice.choice(("subscribe", "_subscribe"))
            body = self.dice.choice(("", "if not self.bus:\n    return\n")) + self.statement()
            number = self.put("methods", f"async def {name}{{0}}(self):\n{indented(body, '    ')}")
            return f"await self.{name}{number}()"
        if kind == "book":
            number = self.put("classes", BOOK.replace("{1}", self.dice.choice(PATTERNS)))
            return f"self.book{number} = Book{number}(self.bus, self.log)\nawait self.book{number}.begin()"
        return "self.value = 1"


def subscribing_engine(seed: int) -> str:
    """An engine with one wrapper client, which subscribes once or several times, here or there."""
    builder = Builder(random.Random(seed))
    is_early = builder.dice.random() < 0.3
    start = "\n".join(builder.statement() for _ in range(builder.dice.randint(1, 3)))
    parts = builder.parts
    return ENGINE.format(
        constants="\n".join(parts["constants"]),
        classes="".join(parts["classes"]),
        attributes=indented("\n".join(parts["attributes"]), "    "),
        tables=indented("\n".join(parts["tables"]), " " * 8),
        methods=indented("\n\n".join(parts["methods"]), "    ") + "\n",
        start=indented(start, " " * 8),
        told=TOLD,
        early=MADE if is_early else "None",
        late=MADE,
    ).replace(f"        self.bus = {MADE}\n        await" if is_early else "\0", "        await")

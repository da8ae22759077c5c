"""The target's enums: where they are defined, which bus each of their members is on, and how messages name them."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from targets import MODULE, NO_ENUM, SMALL, read, without

from codemods.reading.contract import read_contract
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings, Target

VALUES = {"MARKET_DATA": "market_data", "RISK_METRIC": "risk_metric"}
NAMES = {"MARKET_DATA": "MARKET_DATA", "RISK_METRIC": "RISK_METRIC"}


@pytest.mark.parametrize(
    ("change", "texts", "are_texts"),
    [
        ("message_type.value -> message_type.name", NAMES, False),
        ("message_type.value -> str(message_type)", {}, False),
        ('"market_data" -> auto()', {"RISK_METRIC": "risk_metric"}, False),
        ("MessageType(Enum) -> MessageType(str, Enum)", VALUES, True),
        ("MessageType(Enum) -> MessageType(StrEnum)", VALUES, True),
        ("MessageType(Enum):\n -> MessageType(Enum):\n    def __eq__(self, other): ...\n", VALUES, True),
    ],
)
def test_how_an_envelope_has_the_types(change: str, texts: dict[str, str], are_texts: bool) -> None:
    contract = read(without(change))
    assert (contract.texts, contract.types_are_texts) == (texts, are_texts)


@pytest.mark.parametrize(
    ("statement", "others"),
    [
        ("from messages import EngineType, MessageType, MessagePriority", ["messages"]),
        ("from pkg.messages import EngineType, MessageType, MessagePriority", ["pkg/messages"]),
        ("from front import EngineType, MessageType, MessagePriority", ["front", "messages"]),
        ("from front import Sort as MessageType, EngineType, MessagePriority", ["front", "messages"]),
        ("from .messages import EngineType, MessageType, MessagePriority", ["messages"]),
    ],
)
def test_enums_are_followed_to_the_module_that_defines_them(statement: str, others: list[str]) -> None:
    enums, rest = SMALL.split("class MessageBusType")
    front = "import json\nfrom messages import EngineType, MessagePriority, MessageType, MessageType as Sort\n"
    texts = {name: enums if name.endswith("messages") else front for name in others}
    contract = read(f"{statement}\nclass MessageBusType{rest}", **texts)
    assert contract.faults == ()
    assert contract.enums == read(SMALL).enums


def test_enums_of_a_package_are_followed_by_relative_imports() -> None:
    enums, rest = SMALL.split("class MessageBusType")
    texts = {
        "src/bus/client.py": (
            f"from ..kinds.all import EngineType, MessageType, MessagePriority\nclass MessageBusType{rest}"
        ),
        "src/kinds/__init__.py": "",
        "src/kinds/all/__init__.py": "from .messages import EngineType, MessageType, MessagePriority\n",
        "src/kinds/all/messages.py": enums,
    }
    settings = Settings(source_root="src", target=Target(module="bus.client"))
    contract = read_contract({path: text.encode() for path, text in texts.items()}, settings)
    assert contract.faults == ()
    assert contract.enums == read(SMALL).enums


@pytest.mark.parametrize(
    "others",
    [
        pytest.param({}, id="not in the repository"),
        pytest.param({"messages": "def f(:\n"}, id="unreadable"),
        pytest.param({"messages": "from messages import MessageType\n"}, id="a circle"),
    ],
)
def test_enums_that_cannot_be_followed_are_named(others: dict[str, str]) -> None:
    text = without("class MessageType(Enum) -> from messages import MessageType\nclass Other(Enum)")
    assert read(text, **others).faults == (NO_ENUM.format(MODULE, "MessageType"),)


@pytest.mark.parametrize(
    "collection",
    [
        "MARKETDATA_TYPES = {MessageType.MARKET_DATA}",
        "MARKETDATA_TYPES: list = [MessageType.MARKET_DATA]",
        "class Router:\n    def __init__(self):\n        self.market_types = (MessageType.MARKET_DATA,)",
    ],
)
def test_a_collection_of_the_market_data_types_is_a_bus_map(collection: str) -> None:
    text = re.sub(r"BUS = \{.*?\n\}", f"{collection}\nEMPTY_MARKETS = []\nMIXED_MARKETS = [1]", SMALL, flags=re.DOTALL)
    contract = read(text)
    assert contract.faults == ()
    assert contract.bus_of == {"MARKET_DATA": MARKETDATA, "RISK_METRIC": ENGINE_LOGIC}


def test_a_collection_in_a_module_without_the_enum_covers_the_enums_members() -> None:
    enums, rest = SMALL.split("class MessageBusType")
    text = re.sub(r"BUS = \{.*?\n\}", "MARKET = {MessageType.MARKET_DATA}", rest, flags=re.DOTALL)
    statement = "from messages import EngineType, MessageType, MessagePriority\nclass MessageBusType"
    contract = read(statement + text, messages=enums)
    assert contract.bus_of == {"MARKET_DATA": MARKETDATA, "RISK_METRIC": ENGINE_LOGIC}


@pytest.mark.parametrize(
    ("part", "type_text"),
    [
        ("message_type.value -> message_type.name", "name"),
        ("message_type.value -> message_type.label", "value"),
        ('"message_type": message_type.value -> "kind": message_type.name, **{}', "value"),
    ],
)
def test_the_envelope_says_how_it_names_its_type(part: str, type_text: str) -> None:
    assert read(without(part)).type_text == type_text


def test_a_contract_without_an_enum_has_no_types() -> None:
    assert replace(read(SMALL), enums={}).types_of(MARKETDATA) == ()

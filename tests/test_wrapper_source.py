"""A legacy wrapper read from its source, and the usual shape where there is none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tinyplatform import platform_file

from codemods.reading.contract import Signature
from codemods.reading.wrapper import PUBLISH, SUBSCRIBE, WrapperFacts, read_wrapper
from codemods.settings import Settings, Wrapper

WRAPPER = Wrapper("legacy_bus", ("Client",), ("Config",))


def read(text: str, wrapper: Wrapper = WRAPPER) -> WrapperFacts:
    return read_wrapper(wrapper, {"legacy_bus.py": text.encode()}, Settings())


def test_the_sample_platforms_wrapper_is_read() -> None:
    module = "enhanced_messagebus_client"
    wrapper = Wrapper(module, ("BufferedMessageBusClient",), ("MessageBusConfig", "EnhancedMessageBusConfig"))
    settings = Settings(source_root="backend")
    facts = read_wrapper(wrapper, {f"backend/{module}.py": platform_file(f"{module}.py")}, settings)
    assert facts.is_read
    assert facts.signature("publish").parameters[:2] == ("topic", "payload")
    assert facts.signature("start") == Signature(True, ())
    assert facts.defaults["redis_port"] == 6379
    assert "is_connected" in facts.properties


def test_methods_are_those_of_the_class_after_those_of_its_bases() -> None:
    facts = read(
        "class Base:\n    def publish(self, a): ...\n    async def start(self) -> bool: ...\n"
        "class Client(Base, other.Mixin, Client):\n"
        "    async def publish(self, topic, /, payload, *, priority=1) -> None: ...\n"
        "    @property\n    def is_connected(self): ...\n"
        "    @functools.cache\n    @cached_property\n    def peers(self): ...\n"
        "    LIMIT = 3\n"
    )
    assert replace(facts, forms={}, made_with={}) == WrapperFacts(
        WRAPPER,
        is_read=True,
        methods={
            "publish": Signature(True, ("topic", "payload", "priority")),
            "start": Signature(True, ()),
            "is_connected": Signature(False, ()),
            "peers": Signature(False, ()),
        },
        properties=frozenset({"is_connected", "peers"}),
        returns={"start": "bool", "publish": "None"},
        silent=frozenset({"publish"}),
    )


def test_classes_that_are_each_others_bases_end_somewhere() -> None:
    facts = read("class Client(Base):\n    def a(self): ...\nclass Base(Client):\n    def b(self): ...\n")
    assert set(facts.methods) == {"a", "b"}


def test_defaults_of_a_config_are_its_constant_fields_and_parameters() -> None:
    facts = read(
        "class Config:\n"
        "    redis_host: str = 'localhost'\n"
        "    redis_port: int = PORT\n"
        "    name: str\n"
        "    self.odd: int = 1\n"
        "    def __init__(self, a, b=2, c=None, d=f()): ...\n"
        "    def other(self, e=5): ...\n"
    )
    assert facts.defaults == {"redis_host": "localhost", "b": 2, "c": None}
    assert not facts.is_read


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("json.dumps(payload)", True),
        ("json.dumps(payload, sort_keys=True)", True),
        ("json.dumps(payload, default=str)", False),
        ("json.dumps(payload, cls=Encoder)", False),
        ("json.dumps(payload, **options)", False),
        ("json.dumps(payload); orjson.dumps(payload)", False),
        ("payload", False),
    ],
)
def test_payloads_are_encoded_plainly_where_every_encoding_is_a_bare_json_dumps(text: str, plain: bool) -> None:
    assert read(text).plain_json is plain
    assert read(text, replace(WRAPPER, plain_json=not plain)).plain_json is not plain


@pytest.mark.parametrize("texts", [{}, {"legacy_bus.py": b"class Client(:\n"}], ids=["not there", "unreadable"])
def test_a_wrapper_without_source_has_the_usual_shape(texts: dict[str, bytes]) -> None:
    facts = read_wrapper(replace(WRAPPER, plain_json=True), texts, Settings())
    assert (facts.is_read, facts.plain_json, dict(facts.methods)) == (False, True, {})
    assert facts.signature("publish") == PUBLISH
    assert facts.signature("subscribe") == SUBSCRIBE
    assert facts.signature("start") == facts.signature("nobody knows") == Signature(True, ())

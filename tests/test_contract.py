"""The target client read from its source: the sample platform's has no fault, and whatever is missing is named."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from targets import MODULE, NO_ENUM, SMALL, read, without
from tinyplatform import platform_file

from codemods.reading.contract import Contract, Signature, module_candidates, module_path, read_contract
from codemods.reading.interface import Interface
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings, Target


def test_the_sample_platforms_client_has_no_fault() -> None:
    settings = Settings(source_root="backend")
    contract = read_contract({f"backend/{MODULE}": platform_file(MODULE)}, settings)
    assert contract.faults == ()
    assert contract.types_of(MARKETDATA) == ("MARKET_DATA", "PRICE_UPDATE", "TRADE_EXECUTION")
    assert len(contract.types_of(ENGINE_LOGIC)) == 25
    assert {name: len(members) for name, members in contract.enums.items()} == {
        "EngineType": 13,
        "MessageType": 28,
        "MessagePriority": 6,
    }
    assert contract.functions["get_dual_bus_client"] == Signature(True, ("engine_type", "instance_id"))
    assert (contract.type_text, contract.socket_timeout, contract.decodes) == ("value", 5.0, True)


def test_a_small_client_is_read_whole() -> None:
    contract = replace(read(SMALL), interface=Interface())
    assert contract == Contract(
        module="dual_messagebus_client",
        functions={"get_dual_bus_client": Signature(True, ("engine_type", "instance_id"))},
        methods={
            "__init__": Signature(False, ("engine_type",)),
            "publish_message": Signature(True, ("message_type", "payload", "priority", "correlation_id")),
            "subscribe_to_marketdata": Signature(True, ("message_types", "handler")),
            "subscribe_to_engine_logic": Signature(True, ("message_types", "handler")),
            "close": Signature(True, ()),
        },
        attributes=frozenset({"marketdata_client", "engine_logic_client"}),
        enums={
            "EngineType": ("PORTFOLIO",),
            "MessageType": ("MARKET_DATA", "RISK_METRIC"),
            "MessagePriority": ("NORMAL",),
        },
        bus_of={"MARKET_DATA": MARKETDATA, "RISK_METRIC": ENGINE_LOGIC},
        texts={"MARKET_DATA": "market_data", "RISK_METRIC": "risk_metric"},
        types_are_texts=False,
        socket_timeout=0.5,
        decodes=True,
    )


NO_BUS_MAP = (
    f"{MODULE}:1: the target does not say which message type goes to which bus; give it a dict from each MessageType "
    "to MessageBusType.MARKETDATA_BUS or ENGINE_LOGIC_BUS"
)
NO_FACTORY = (
    f"{MODULE}:1: the target offers no get_dual_bus_client; define `async def get_dual_bus_client(engine_type)` in it, "
    "or name the client's module as target.module in engines.yaml"
)
NO_CLIENT = (
    f"{MODULE}:1: the target has no class DualMessageBusClient; define it there, or import it from a module beside it"
)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(
            without("async def get_dual_bus_client -> async def connect"),
            [NO_FACTORY],
            id="no factory",
        ),
        pytest.param(
            without("async def get_dual_bus_client -> def get_dual_bus_client"),
            [f"{MODULE}:23: get_dual_bus_client is a plain function, and will be awaited; make it `async def`"],
            id="a factory that is not async",
        ),
        pytest.param(
            without("get_dual_bus_client(engine_type, instance_id=None) -> get_dual_bus_client()"),
            [
                f"{MODULE}:23: get_dual_bus_client takes no positional arguments, and is given 1; let it take one "
                "argument, the engine's type"
            ],
            id="a factory that takes nothing",
        ),
        pytest.param(
            without("class DualMessageBusClient: -> class Client:"),
            [NO_CLIENT],
            id="no class",
        ),
        pytest.param(
            without("    async def close(self): ...\n"),
            [f"{MODULE}:26: DualMessageBusClient has no close; define `async def close(self)` in it"],
            id="no method",
        ),
        pytest.param(
            without("async def publish_message -> async def publish"),
            [
                f"{MODULE}:26: DualMessageBusClient has no publish_message; define "
                "`async def publish_message(self, message_type, payload, priority)` in it"
            ],
            id="no publish_message",
        ),
        pytest.param(
            without("    async def close(self) ->     def close(self)"),
            [f"{MODULE}:34: DualMessageBusClient.close is a plain function, and will be awaited; make it `async def`"],
            id="a method that is not async",
        ),
        pytest.param(
            without("priority=MessagePriority.NORMAL, *, -> *,"),
            [f"{MODULE}:30: DualMessageBusClient.publish_message takes no priority; give it parameters of these names"],
            id="no parameter",
        ),
        pytest.param(
            without("subscribe_to_marketdata(self, message_types, handler) -> subscribe_to_marketdata(self, types, h)"),
            [
                f"{MODULE}:32: DualMessageBusClient.subscribe_to_marketdata takes no message_types, handler; give it "
                "parameters of these names"
            ],
            id="no parameters",
        ),
        pytest.param(
            without("self.engine_logic_client = -> unused ="),
            [
                f"{MODULE}:26: DualMessageBusClient has no attribute engine_logic_client; set self.engine_logic_client "
                "to the redis.asyncio client of that bus"
            ],
            id="no attribute",
        ),
        pytest.param(
            without("class MessagePriority(Enum) -> class Priority(Enum)"),
            [NO_ENUM.format(MODULE, "MessagePriority")],
            id="no enum",
        ),
        pytest.param(
            without('    PORTFOLIO = "portfolio" ->     _ignore_ = ["portfolio"]'),
            [NO_ENUM.format(MODULE, "EngineType")],
            id="an enum without members",
        ),
        pytest.param(without("BUS = { -> BUS = {}\nUNUSED = {None: 1,"), [NO_BUS_MAP], id="no bus map"),
        pytest.param(
            without(": MessageBusType.MARKETDATA_BUS -> : MessageBusType.OTHER_BUS"),
            [NO_BUS_MAP],
            id="a bus that nobody knows",
        ),
        pytest.param("def f(:\n", [f"{MODULE}:1: does not parse: invalid syntax"], id="unreadable"),
    ],
)
def test_each_missing_piece_is_named(text: str, faults: list[str]) -> None:
    assert list(read(text).faults) == faults


def test_an_empty_client_lacks_everything() -> None:
    assert read("").faults == (
        NO_FACTORY,
        NO_CLIENT,
        *(NO_ENUM.format(MODULE, name) for name in ("EngineType", "MessageType", "MessagePriority")),
        NO_BUS_MAP,
    )


def test_a_target_that_is_not_there_is_named_by_its_file() -> None:
    contract = read_contract({}, Settings(source_root="backend", target=Target(module="bus.client")))
    said = (
        "backend/bus/client.py:1: the target module is not there; name the client's module as target.module in "
        "engines.yaml"
    )
    assert contract == Contract("bus.client", faults=(said,))


def test_a_target_may_be_a_package() -> None:
    settings = Settings(target=Target(module="bus"))
    assert read_contract({"bus/__init__.py": SMALL.encode()}, settings).faults == ()


PLAIN = SMALL.replace("class DualMessageBusClient:", "class Connected:", 1)
DERIVED = "class DualMessageBusClient(Connected):\n    async def close(self, reason=None): ...\n"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (PLAIN + DERIVED, {}),
        (f"from base import *\nfrom base import Connected\n{DERIVED}", {"base": PLAIN}),
    ],
    ids=["of its own module", "of a module beside it"],
)
def test_a_client_has_what_its_bases_have(text: str, others: dict[str, str]) -> None:
    contract, whole = read(text, **others), read(SMALL)
    assert contract.methods == {**whole.methods, "close": Signature(True, ("reason",))}
    assert contract.attributes == whole.attributes


def test_what_a_base_lacks_is_named_where_it_is_and_what_is_nowhere_at_the_client() -> None:
    base = PLAIN.replace("    async def close(self)", "    def close(self)").replace("publish_message", "publish")
    assert read(base + "class DualMessageBusClient(Connected):\n    pass\n").faults == (
        f"{MODULE}:35: DualMessageBusClient has no publish_message; define "
        "`async def publish_message(self, message_type, payload, priority)` in it",
        f"{MODULE}:34: DualMessageBusClient.close is a plain function, and will be awaited; make it `async def`",
    )


@pytest.mark.parametrize(
    ("parts", "seconds"),
    [
        (["socket_timeout=5, -> ", "socket_timeout=0.5, -> "], None),
        (["socket_timeout=0.5 -> socket_timeout=None"], 5.0),
        (["socket_timeout=0.5 -> socket_timeout=True"], 5.0),
        (["async def close -> marketdata_socket_timeout: float = 0.05\n    async def close"], 0.05),
        (["async def close -> OPTIONS = {'socket_timeout': 0.1, 2: 3}\n    async def close"], 0.1),
        (
            [
                "socket_timeout=5 -> socket_timeout=self.t",
                "async def close -> T.socket_timeout = 2\n    async def close",
            ],
            0.5,
        ),
    ],
)
def test_the_shortest_socket_timeout_is_found_however_it_is_set(parts: list[str], seconds: float | None) -> None:
    assert read(without(*parts)).socket_timeout == seconds


@pytest.mark.parametrize(
    ("parts", "decodes"),
    [
        ([", decode_responses=True -> "], False),
        (["socket_timeout=5, decode_responses=True -> decode_responses=False"], False),
        (["socket_timeout=5, decode_responses=True -> **{'decode_responses': True}"], True),
    ],
)
def test_replies_are_text_only_where_every_connection_says_so(parts: list[str], decodes: bool) -> None:
    assert read(without(*parts)).decodes is decodes


def test_properties_and_declared_attributes_count() -> None:
    text = without(
        "self.marketdata_client = -> self._m =",
        "self.engine_logic_client = -> self._e =",
        "    async def close ->     engine_logic_client: object = None\n    @property\n"
        "    def marketdata_client(self): return self._m\n    async def close",
    )
    assert read(text).faults == ()


def test_a_name_stands_for_a_module_or_a_package_below_the_import_root() -> None:
    assert module_candidates("a.b", "src/x") == ("src/x/a/b.py", "src/x/a/b/__init__.py")
    assert module_candidates("a", "") == ("a.py", "a/__init__.py")
    assert module_path("a", {"a/__init__.py": b""}, "") == "a/__init__.py"
    assert module_path("b", {"a/__init__.py": b""}, "") is None

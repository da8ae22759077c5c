"""What attributes of classes and instances may hold: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import pytest
from programs import CLIENT, HEAD, values

CLASSES = {
    "an attribute of another method": (
        "class A:\n  def start(self):\n    self.c = redis.Redis()\n  def go(this):\n    SHOW(this.c)\n",
        [CLIENT],
    ),
    "an attribute that begins as None": (
        "class A:\n  def __init__(self):\n    self.c: Redis | None = None\n"
        "  async def start(self):\n    self.c = await redis.from_url('x')\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a class attribute": ("class A:\n  c = Redis()\n  def go(self):\n    SHOW(self.c)\n", [CLIENT]),
    "a base that is an attribute of a class below": (
        "class A:\n  class I: pass\nclass B(A.I): pass\nclass C(B.missing): pass\nclass D(C.more, A.none): pass\n"
        "SHOW(D().c)\n",
        ["unknown"],
    ),
    "a class attribute by the class of an instance": (
        "class A:\n  def go(self):\n    self.__class__.c = Redis()\n    SHOW(type(self).c)\n",
        [CLIENT],
    ),
    "a type that is made": ("SHOW(type('A', (), {}).c)\n", ["unknown"]),
    "a class attribute by its class": ("class A:\n  c = Redis()\nSHOW(A.c)\n", [CLIENT]),
    "an annotated attribute of a plain class": (
        "class A:\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that others may fill": (
        "class A(Model):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "an annotated attribute of an abstract class": (
        "class A(abc.ABC):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "an annotated attribute of a class with an abstract metaclass": (
        "class A(metaclass=ABCMeta):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that the metaclass may fill": (
        "class A(metaclass=Model):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "an attribute of a generic base": (
        "class Base(Generic[T]):\n  c: Redis = Redis()\nclass A(Base[int]):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field of a dataclass": (
        "@dataclass\nclass A:\n  n: int\n  c: Redis\ndef f():\n  SHOW(A(1, Redis()).c)\n",
        [CLIENT],
    ),
    "a field whose annotation promises nothing": (
        "@dataclass\nclass A:\n  n: int\n  c: object\nSHOW(A(1, Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a field that somebody fills with what is not known": (
        "@dataclass\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\nA(given())\n",
        [CLIENT, "unknown"],
    ),
    "a field that may be among what is unpacked": (
        "@dataclass\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\nA(**given())\n",
        [CLIENT, "unknown"],
    ),
    "fields beside those that are no parameters": (
        "@dataclass\nclass A:\n  n: int = field(init=False)\n  k: ClassVar[int] = 1\n  m: int = field(kw_only=True)\n"
        "  c: Redis\n  _: KW_ONLY\n  d: Redis\nSHOW(A(Redis(), None).c)\n",
        [CLIENT],
    ),
    "a field of a frozen dataclass with slots": (
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n  c: 'Redis | None' = None\n"
        "  def go(self):\n    SHOW(self.c)\nA(Redis())\n",
        [CLIENT, "none"],
    ),
    "a field that a function of the program makes": (
        "def made():\n  return Redis()\n@dataclass\nclass A:\n  c: Redis = field(default_factory=made)\n"
        "  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that a class of the program makes": (
        "class Made(Redis):\n  pass\n@dataclass\nclass A:\n  c: Redis = field(default_factory=Made)\n"
        "  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "instance Made"],
    ),
    "a field of a dataclass of another maker": (
        "@attrs.define\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a field that no constructor fills": (
        "@dataclass(slots=True)\nclass A:\n  c: Redis = field(init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that is empty until it is filled": (
        "@dataclass\nclass A:\n  c: Redis = field(default=None, init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a field that a constructor may fill after all": (
        "@dataclass\nclass A:\n  c: Redis = field(default=None)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a field of a model that says it is no parameter": (
        "@validated\nclass A:\n  c: Redis = field(init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a constant below a plain class": (
        "class Base:\n  pass\nclass A(Base):\n  t: str = 'a'\n  def go(self):\n    SHOW(self.t)\n",
        ["text a"],
    ),
    "a constant below a class of something else": (
        "class Base(Model):\n  pass\nclass A(Base):\n  t: str = 'a'\n  def go(self):\n    SHOW(self.t)\n",
        ["text a", "unknown"],
    ),
    "a constant below a class that is another one by then": (
        "class Base:\n  pass\nBase = model(Base)\nclass A(Base):\n  t: str = 'a'\n  def go(self):\n    SHOW(self.t)\n",
        ["text a", "unknown"],
    ),
    "a field that a factory fills": (
        "@dataclass\nclass A:\n  c: Redis = field(default_factory=made, init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a field of a dataclass by keyword": (
        "@dataclass\nclass Base:\n  n: int\n@dataclass\nclass A(Base):\n  c: object\nSHOW(A(1, c=Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a parameter of the base class": (
        "class Base:\n  def __init__(self, c):\n    self.c = c\nclass A(Base):\n  def __init__(self):\n"
        "    super().__init__(Redis())\nSHOW(A().c)\n",
        [CLIENT],
    ),
    "a method of super()": (
        "class Base:\n  def make(self):\n    return Redis()\nclass A(Base):\n  def make(self):\n"
        "    SHOW(super().make())\n",
        [CLIENT],
    ),
    "an instance of a derived class": ("class A(Redis):\n  pass\nSHOW(A())\n", [CLIENT, "instance A"]),
    "the instance in a derived class": (
        "class Base(Redis):\n  pass\nclass A(Base):\n  def go(self):\n    SHOW(self)\n",
        [CLIENT, "instance A"],
    ),
    "a class method": (
        "class A:\n  @classmethod\n  def make(cls):\n    cls.c = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a static method": (
        "class A:\n  @staticmethod\n  def make(port):\n    return Redis(port=port)\nSHOW(A.make(1))\n",
        [CLIENT],
    ),
    "a base class far above": (
        "class C0:\n  def start(self):\n    self.c = Redis()\n"
        + "".join(f"class C{n}(C{n - 1}): pass\n" for n in range(1, 40))
        + "class D(C39):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a base class beside another one": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B: pass\n"
        "class E(B, A):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a base class of a class that is defined in a function": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B:\n  def go(self):\n    SHOW(self.c)\n"
        "def made():\n  class E(B, A):\n    def more(self):\n      return self.c\n  return E()\n",
        [CLIENT],
    ),
    "families that one class after the other joins": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B: pass\n"
        "class C:\n  def go(self):\n    SHOW(self.c)\n"
        "class D(C, B): pass\nclass E(B, A): pass\n",
        [CLIENT],
    ),
    "a base class": (
        "class Base:\n  def start(self):\n    self.c = Redis()\nclass A(Base):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a subclass": (
        "class Base:\n  def go(self):\n    SHOW(self.c)\nclass A(Base):\n  def start(self):\n    self.c = Redis()\n",
        [CLIENT],
    ),
    "a method of a base class": (
        "class Base:\n  def make(self):\n    return Redis()\nclass A(Base):\n  def go(self):\n    SHOW(self.make())\n",
        [CLIENT],
    ),
    "a property": (
        "class A:\n  @property\n  def c(self):\n    return self._c\n  def __init__(self):\n    self._c = Redis()\n"
        "def f(a):\n  SHOW(A().c)\n",
        [CLIENT],
    ),
    "a cached property": (
        "import functools\nclass A:\n  @functools.cached_property\n  def c(self):\n    return Redis()\nSHOW(A().c)\n",
        [CLIENT],
    ),
    "a parameter of a method": (
        "class A:\n  def f(self, c):\n    SHOW(c)\n  def g(self):\n    self.f(Redis())\n",
        [CLIENT],
    ),
    "a parameter of a constructor": (
        "class A:\n  def __init__(self, c):\n    self.c = c\n  def go(self):\n    SHOW(self.c)\nA(Redis())\n",
        [CLIENT],
    ),
    "another object's attribute": (
        "class A:\n  def __init__(self):\n    self.c = Redis()\nclass B:\n  def __init__(self):\n    self.a = A()\n"
        "  def go(self):\n    SHOW(self.a.c)\n",
        [CLIENT],
    ),
    "set from outside": (
        "class A:\n  def go(self):\n    SHOW(self.c)\ndef f():\n  a = A()\n  a.c = Redis()\n",
        [CLIENT],
    ),
    "a class that is its own base": ("class A(A):\n  c = Redis()\nSHOW(A().c)\n", [CLIENT]),
    "classes that are each other's bases": ("class A(B): pass\nclass B(A): pass\nSHOW(A().c)\n", ["unknown"]),
}


@pytest.mark.parametrize(("text", "expected"), CLASSES.values(), ids=CLASSES.keys())
def test_an_attribute_holds_what_any_method_or_constructor_gives_it(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected

"""Which stream and group each XREADGROUP of the code may be for, as far as its source tells."""

from __future__ import annotations

from textwrap import dedent

import pytest

from migrator.observing.read_sites import ReadSite, read_sites


def sites(**files: str) -> list[tuple[tuple[tuple[str, str], ...], tuple[str, ...]]]:
    """The streams and groups of each site."""
    texts = {f"{name}.py": dedent(text).encode() for name, text in files.items()}
    return [(site.streams, site.groups) for site in read_sites(texts)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('c.xreadgroup("g", "me", {"s": ">"})', ((("s", ">"),), ("g",))),
        (
            'c.xreadgroup(groupname="g", consumername="me", streams={"s": "$", "t": "0"})',
            ((("s", "$"), ("t", "0")), ("g",)),
        ),
        ('G = "g"\nc.xreadgroup(G, "me", {f"{G}:in": ">"})', ((("g:in", ">"),), ("g",))),
        ("c.xreadgroup(group(), me, {name(): start})", ((("*", "*"),), ("*",))),
        ('c.xreadgroup(f"{x}-control", me, {"s": ">"})', ((("s", ">"),), ("*-control",))),
        ("c.xreadgroup(*given)", ((("*", "*"),), ("*",))),
        ('def f():\n    at = {"s": "0"}\n    c.xreadgroup("g", "me", at)', ((("s", "0"),), ("g",))),
        (
            'def f(s):\n    c.xreadgroup("g", "me", {s: ">"})\nf("one")\nf("two")',
            ((("one", ">"), ("two", ">")), ("g",)),
        ),
    ],
)
def test_names_are_followed_to_their_constants(code: str, expected: object) -> None:
    assert sites(reader=code) == [expected]


def test_an_attribute_is_what_any_file_gives_it() -> None:
    wrapper = """
        class Config:
            group: str = "engines"
            control: str = "bus:control"

        class Client:
            def start(self):
                self.read(self.config.control)

            def read(self, stream):
                self.redis.xreadgroup(f"{self.config.group}-control", "me", {stream: ">"})
    """
    assert sites(wrapper=wrapper, ml='Config(group="ml")') == [
        ((("bus:control", ">"),), ("engines-control", "ml-control"))
    ]


def test_an_attribute_that_is_computed_somewhere_may_be_anything() -> None:
    assert sites(
        reader='c.xreadgroup(self.group, "me", {"s": ">"})', one='self.group = "a"', two="self.group = name()"
    ) == [((("s", ">"),), ("*", "a"))]


def test_more_values_than_anybody_reads_count_as_unknown() -> None:
    letters = "\n".join(f'self.{name} = "{value}"' for name in "abc" for value in range(9))
    code = 'c.xreadgroup(f"{self.a}{self.b}{self.c}", "me", {"s": ">"})'
    assert sites(reader=code, given=letters) == [((("s", ">"),), ("*",))]


def test_a_file_that_does_not_parse_is_passed_over() -> None:
    assert sites(broken="def xreadgroup(:", sound='c.xreadgroup("g", "me", {"s": ">"})') == [((("s", ">"),), ("g",))]


def test_a_name_that_leads_to_itself_ends() -> None:
    assert sites(reader='def f(s):\n    f(s)\n    c.xreadgroup("g", "me", {s: ">"})') == [((("*", ">"),), ("g",))]


def test_a_site_says_where_it_is() -> None:
    (site,) = read_sites({"engines/ml.py": b'\nc.xreadgroup("g", "me", {"s": ">"})\n'})
    assert site == ReadSite("engines/ml.py", 2, (("s", ">"),), ("g",))
    assert site.where == "engines/ml.py:2"

"""P17: a client that other modules of the engine import."""

from patterns.case import Case

STORE = {"store.py": "import redis  #: import keep\n\ncache = redis.Redis()  #: construct keep\n"}
MODULES = {
    "another module of the engine": ('from store import cache\n\ncache.get("a")  #: command keep\n', STORE),
    "a module by its path from the import root": (
        'from engines.portfolio.store import cache\n\ncache.get("a")  #: command keep\n',
        STORE,
    ),
    "a relative import": (
        'from .store import cache\n\ncache.get("a")  #: command keep\n',
        {**STORE, "__init__.py": ""},
    ),
    "a relative import of a module": (
        'from . import store\n\nstore.cache.get("a")  #: command keep\n',
        {**STORE, "__init__.py": ""},
    ),
    "a name that a package passes on": (
        'from .stores import cache\n\ncache.get("a")  #: command keep\n',
        {
            "__init__.py": "",
            "stores/__init__.py": "from .one import cache\n",
            "stores/one.py": STORE["store.py"],
        },
    ),
    "a name that a package passes on under another name": (
        'from .stores import shared\n\nshared.get("a")  #: command keep\n',
        {
            "__init__.py": "",
            "stores/__init__.py": "from .one import cache as shared\n",
            "stores/one.py": STORE["store.py"],
        },
    ),
    "two levels up": (
        "LOT = 1\n",
        {
            "__init__.py": "",
            **STORE,
            "a/__init__.py": "",
            "a/b.py": 'from ..store import cache\n\ncache.get("a")  #: command keep\n',
        },
    ),
    "a class of another module": (
        'from store import Store\n\nStore().cache.get("a")  #: command keep\n',
        {
            "store.py": "import redis  #: import keep\n\n\nclass Store:\n    def __init__(self):\n"
            "        self.cache = redis.Redis()  #: construct keep\n",
        },
    ),
    "a base class of another module": (
        "from store import Store\n\n\nclass Mine(Store):\n    def read(self):\n"
        '        return self.cache.get("a")  #: command keep\n',
        {
            "store.py": "import redis  #: import keep\n\n\nclass Store:\n    def __init__(self):\n"
            "        self.cache = redis.Redis()  #: construct keep\n",
        },
    ),
    "an import in a function": (
        'def read():\n    from store import cache\n    return cache.get("a")  #: command keep\n',
        STORE,
    ),
    "an import under a condition": (
        'if __debug__:\n    from store import cache\n\ncache.get("a")  #: command keep\n',
        STORE,
    ),
    "a chain of modules": (
        'from two import cache\n\ncache.get("a")  #: command keep\n',
        {**STORE, "two.py": "from one import cache\n", "one.py": "from store import cache\n"},
    ),
    "two modules that import each other": (
        'import store\n\n\ndef make(): return 1\n\n\nstore.cache.get("a")  #: command keep\n',
        {"store.py": "import service\n" + STORE["store.py"] + "service.make()\n"},
    ),
}

IS = tuple(Case(f"a cache of {name}", text, more=more) for name, (text, more) in MODULES.items())

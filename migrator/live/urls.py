"""The URL of a live server: taken from the environment or the command line, shown without any secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from msgspec import Struct

from codemods.settings import BUSES
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.servers import MAIN
from migrator.located import did_you_mean

if TYPE_CHECKING:
    import redis

NAMES = (MAIN, *BUSES)
SCHEMES = {"redis": "redis", "rediss": "redis with TLS", "unix": "a socket"}
CONNECT_SECONDS = 5.0
REPLY_SECONDS = 10.0
EXAMPLE = "redis://localhost:6379"
OPTIONS = ("db", "username", "password", "ssl_")
"""How the options of a URL begin that say where and who; others are for an engine's client, and left out."""
NOT_REDIS = "what answers there is no Redis server; see the host and port of its URL"


class ServerUrl(Struct, frozen=True):
    """One server: its name in the campaign, its URL, which may hold a password, and how it is shown."""

    name: str
    url: str
    shown: str  # without password and query

    def __repr__(self) -> str:
        return f"ServerUrl({self.name!r}, {self.shown!r})"

    def client(self) -> redis.Redis:
        """A client with one connection, which is made when it is first needed; the caller closes it.

        A name may hold any bytes.
        """
        return self.opened(decode_responses=True, encoding_errors="surrogateescape", max_connections=1)

    def opened(self, **how: Any) -> redis.Redis:
        """A client that says nothing but what is asked, and never asks twice; `how` are further options of redis-py.
        MigrateError where the URL has an option that redis-py does not know.
        """
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        try:
            made = redis.Redis.from_url(
                plain(self.url),
                protocol=2,  # one shape of every reply on all servers
                **anonymous(),
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=REPLY_SECONDS,
                retry=Retry(NoBackoff(), 0),
                **how,
            )
            pool = made.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # else an option is judged when it first connects
        except (TypeError, ValueError, OSError) as error:
            raise MigrateError(f"{self.name}: {self.shown}: {without_url(error, self.url)}", WRONG_USAGE) from None
        return made

    def why(self, error: Exception) -> str:
        """Why this server gave no answer, in words with what to do next."""
        import redis

        lost = isinstance(error, redis.ConnectionError | redis.TimeoutError)
        return f"{why(error)}, and speaks TLS" if lost and self.url.startswith("rediss:") else why(error)


def plain(url: str) -> str:
    """The URL without those options that say how an engine's client works."""
    address, _, query = url.partition("?")
    options = [(name, value) for name, value in parse_qsl(query) if name.startswith(OPTIONS)]
    return f"{address}?{urlencode(options)}" if options else address


def anonymous() -> dict[str, Any]:
    """What keeps redis-py from CLIENT SETINFO, which is an error on a server before 7.2, and would be counted."""
    import inspect

    import redis

    if "driver_info" in inspect.signature(redis.Redis.__init__).parameters:
        return {"driver_info": None}
    return {"lib_name": None, "lib_version": None}


def read_url(name: str, url: str, source: str) -> ServerUrl:
    """The server of a URL; MigrateError, which names where it came from and never repeats it, where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MigrateError(f"{source} is no URL of a Redis server; give one such as {EXAMPLE}", WRONG_USAGE) from None
    if parts.scheme not in SCHEMES or not (parts.hostname or parts.scheme == "unix"):
        raise MigrateError(
            f"{source} is no URL of a Redis server; it begins with redis://, rediss:// or unix://, such as {EXAMPLE}",
            WRONG_USAGE,
        )
    if parts.scheme != "unix" and parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise MigrateError(
            f"{source} ends in no number of a database, such as {EXAMPLE}/0; a / in its password is written %2F",
            WRONG_USAGE,
        )
    return ServerUrl(name, url, shown(parts, port))


def shown(parts: SplitResult, port: int | None) -> str:
    """The URL for people: the user stays, the password and the query, which may hold one, are left out."""
    user = f"{parts.username}@" if parts.username else ""
    if parts.scheme == "unix":
        return f"unix://{user}{parts.path}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{user}{host}:{port or 6379}{parts.path.rstrip('/')}"


def without_url(error: Exception, url: str) -> str:
    """What an error says, without the URL and the password that it may repeat."""
    secrets = [url, urlsplit(url).password or ""]
    text = str(error)
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text


def why(error: Exception) -> str:
    """Why a server gave no answer, in words with what to do next."""
    import redis

    text = str(error).rpartition(" of pipeline caused error: ")[2]  # before it stands the command, with what it sends
    if isinstance(error, redis.AuthenticationError) or "NOAUTH" in text or "WRONGPASS" in text:
        return "the server does not take this user and password; put the right ones into its URL"
    if isinstance(error, redis.InvalidResponse):
        return NOT_REDIS
    if text == "Connection not ready":
        return "it speaks before it is asked: it is no Redis server, or one that takes no more clients"
    if isinstance(error, redis.TimeoutError):
        return f"no answer in {REPLY_SECONDS:g} s; see whether the server is up, and reached from here"
    if isinstance(error, redis.ConnectionError):
        return f"{text.rstrip('.')}; see whether the server is up, and reached from here"
    if text.startswith("unknown command"):
        return f"{text}; see whether it is a Redis server of 6.0 or later, whose commands bear their own names"
    return text


def chosen_urls(
    given: Iterable[str], variables: Mapping[str, str], environment: Mapping[str, str], config: str
) -> tuple[ServerUrl, ...]:
    """The servers to ask, in the order of NAMES.

    `given` are the values of `--url`, each `NAME=URL`; `variables` says which environment variable holds the URL of a
    server, as the section `servers` of the file `config` has it. What is given goes before what is configured.
    """
    named = [read_option(each) for each in given]
    found = dict(named)
    twice = next((name for name in found if [each for each, _ in named].count(name) > 1), None)
    if twice is not None:
        raise MigrateError(f"--url names {twice} twice; leave one of them out", WRONG_USAGE)
    for name, variable in variables.items():
        if name not in found:
            if not environment.get(variable):
                raise MigrateError(
                    f"{config} says that {variable} holds the URL of {name}, and it is not set; "
                    f'type: export {variable}={EXAMPLE}, or give "--url {name}=..."',
                    WRONG_USAGE,
                )
            found[name] = read_url(name, environment[variable], f"the environment variable {variable}")
    if not found:
        raise MigrateError(
            f'no server is named; add "servers: {{main: {{url_env: MAIN_REDIS_URL}}}}" to {config}, '
            f'or give "--url main={EXAMPLE}"',
            WRONG_USAGE,
        )
    return tuple(found[name] for name in NAMES if name in found)


def read_option(option: str) -> tuple[str, ServerUrl]:
    """The name and the server of one `--url NAME=URL`."""
    name, sign, url = option.partition("=")
    if not sign or "/" in name or ":" in name:
        raise MigrateError(f"--url takes NAME=URL, such as main={EXAMPLE}; NAME is {' or '.join(NAMES)}", WRONG_USAGE)
    if name not in NAMES:
        near = did_you_mean(name, NAMES) or f"; there are {', '.join(NAMES)}"
        raise MigrateError(f"--url names the server {name!r}, which is none of the campaign's{near}", WRONG_USAGE)
    return name, read_url(name, url, f"--url {name}")

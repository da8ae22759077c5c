"""The bridge as a service: one thread for each lane, its figures on a port, and a clean end on a signal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.signals import terminable

if TYPE_CHECKING:
    from migrator.bridging.carrier import Carrier
    from migrator.bridging.lanes import Lane

GAUGES = {
    "carried": "entries that were carried",
    "passed": "entries that no reader of the lane wants, or that were carried here",
    "gone": "entries that were trimmed or deleted before they could be read",
    "unfit": "entries that cannot be said in the form of the other side",
    "written_before": "entries that were offered again, and were there already",
    "failures": "failures of a server, after each of which it goes on",
}
"""What is counted of each lane, with what it means."""


def serve(lanes: Sequence[Lane], say: Callable[[str], None], *, once: bool, port: int | None) -> list[str]:
    """Carry all lanes until a signal comes, or with `once` until nothing is left; a sentence for each that failed."""
    from migrator.bridging.carrier import Carrier

    stop, lock = threading.Event(), threading.Lock()

    def tell(line: str) -> None:
        with lock:
            say(line)

    carriers = [Carrier(lane, stop, tell) for lane in lanes]
    problems: list[str] = []
    threads = [threading.Thread(target=_run, args=(each, once, problems, tell), daemon=True) for each in carriers]
    with metrics(carriers, port, tell), terminable():
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                time.sleep(0.05)
        except (SystemExit, KeyboardInterrupt):
            tell("stopping: what was read is written first")
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=15)
    return [*problems, *filter(None, (each.left_failing() for each in carriers))]


def _run(carrier: Carrier, once: bool, problems: list[str], say: Callable[[str], None]) -> None:
    try:
        carrier.run(once=once)
    except MigrateError as error:
        _fail(carrier, str(error), problems, say)
    except BaseException as error:  # the unexpected keeps its traceback, and is no success
        _fail(carrier, f"{carrier.lane.edge}: {error!r}", problems, say)
        raise


def _fail(carrier: Carrier, problem: str, problems: list[str], say: Callable[[str], None]) -> None:
    """Say it now: the other lanes go on, and the problems are told when all have ended."""
    carrier.counts.state = "failed"
    problems.append(problem)
    say(f"{carrier.lane.edge}: failed, and is not carried until the bridge is started again")


@contextmanager
def metrics(carriers: Sequence[Carrier], port: int | None, say: Callable[[str], None]) -> Iterator[None]:
    """Within it the counts are served on this loopback port, as Prometheus reads them; without a port, nothing is."""
    if port is None:
        yield
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = exposition(carriers).encode()
            self.send_response(200 if self.path in ("/", "/metrics") else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not logged."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise MigrateError(f"the port {port} cannot be used ({error.strerror}); name another", WRONG_USAGE) from None
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    say(f"figures at http://127.0.0.1:{server.server_port}/metrics")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def exposition(carriers: Sequence[Carrier]) -> str:
    """The counts of all lanes, https://prometheus.io/docs/instrumenting/exposition_formats/."""
    lines: list[str] = []
    for name, what in GAUGES.items():
        lines += [f"# HELP migrate_bridge_{name}_total {what}", f"# TYPE migrate_bridge_{name}_total counter"]
        lines += [f"migrate_bridge_{name}_total{_labels(each)} {getattr(each.counts, name)}" for each in carriers]
    lines += ["# HELP migrate_bridge_up whether the lane carries", "# TYPE migrate_bridge_up gauge"]
    lines += [f"migrate_bridge_up{_labels(each)} {int(each.counts.state == 'carries')}" for each in carriers]
    return "\n".join(lines) + "\n"


def _labels(carrier: Carrier) -> str:
    edge = carrier.lane.edge.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{edge="{edge}",from="{carrier.lane.source.name}",to="{carrier.lane.target.name}"}}'

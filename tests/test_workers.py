"""Processes do the work: with any number of them the same bytes, in the same order, whoever dies on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from engines_of_one import ENGINE, SERVICE, texts_of
from engines_of_one import settings as one_engine
from gitrepo import clean_environment, commit_files, use_fixed_git
from hypothesis import given, settings
from hypothesis import strategies as st
from manyengines import many_engines, tips
from statuses import migrate
from tinyplatform import CONFIG, platform_file, tiny_platform

from codemods import work
from codemods.model import Change
from codemods.reading.contract import read_contract
from codemods.reading.index import build_index
from codemods.reading.lots import walk
from codemods.settings import Engine, Settings
from migrator.demo.write import write_platform
from migrator.looking import Look
from migrator.workers.dispatch import outcomes
from migrator.workers.job import Job
from migrator.workers.packing import Packed, pack, unpack
from migrator.workers.parcel import Parcel, WantedError, for_one
from migrator.workers.pool import Pool
from migrator.workers.processes import Processes, processes
from migrator.workers.sizing import helpful
from migrator.workers.task import Answer
from migrator.workers.worker import SIZE, read, serve, write

BROKEN = "def broken(:\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Thirteen engines; one of them has a file that no Python reads, and one borrows what another one lends."""
    root = many_engines(tmp_path)
    texts = {
        "backend/engines/ml/broken.py": BROKEN,
        "backend/shared.py": "import redis\n\n\ndef store():\n    return redis.Redis(port=6379)\n",
        "backend/engines/risk/uses.py": "from shared import store\n\nstore().xadd('ticks', {'a': '1'})\n",
        "backend/engines/vpin/reads.py": "from engines.risk.uses import store\n\nstore().xread({'ticks': '$'})\n",
    }
    commit_files(root, texts, "More")
    return root


@pytest.mark.parametrize("command", [("scan", "--json"), ("plan",)])
def test_any_number_of_workers_says_the_same(root: Path, command: tuple[str, ...]) -> None:
    alone = migrate(root, *command, "--no-cache", "--workers", "1")
    for number in ("2", "3"):
        said = migrate(root, *command, "--no-cache", "--workers", number)
        assert (said.stdout, said.stderr, said.exit_code) == (alone.stdout, alone.stderr, alone.exit_code)


def test_any_number_of_workers_leaves_the_same_branches(root: Path, tmp_path: Path) -> None:
    left = set()
    for number in ("1", "2", "3"):
        other = tmp_path / number
        shutil.copytree(root, other)
        said = migrate(other, "--all", "--json", "--workers", number)
        left.add((said.stdout, said.stderr, said.exit_code, tuple(tips(other).items())))
    assert len(left) == 1
    assert len(tips(other)) == 13


def test_an_engine_whose_stream_becomes_messages_is_changed_for_that(tmp_path: Path) -> None:
    write_platform(tmp_path / "platform")
    alone, shared = (
        migrate(tmp_path / "platform", "--all", "--dry-run", "--json", "--workers", number) for number in ("1", "2")
    )
    modes = [stream["mode"] for stream in json.loads(alone.stdout)["streams"].values()]
    assert {"message", "routed"} <= set(modes)
    assert (shared.stdout, shared.exit_code) == (alone.stdout, alone.exit_code)


def test_what_workers_found_is_remembered(root: Path, tmp_path: Path) -> None:
    first = migrate(root, "scan", "--json", "--workers", "2")
    records = sorted((tmp_path / ".cache/migrate/scans").iterdir())
    assert records
    again = migrate(root, "scan", "--json", "--workers", "2")
    assert (again.stdout, sorted((tmp_path / ".cache/migrate/scans").iterdir())) == (first.stdout, records)


@settings(max_examples=3)
@given(order=st.permutations(range(13)), number=st.sampled_from(["1", "2", "3"]))
def test_the_order_of_engines_changes_nothing(order: list[int], number: str) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        use_fixed_git(patch)
        root = many_engines(Path(folder))
        plain = migrate(root, "scan", "--json", "--no-cache")
        config = yaml.safe_load((root / "engines.yaml").read_text())
        engines = list(config["engines"].items())
        config["engines"] = dict(engines[index] for index in order)
        (root / "engines.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        assert migrate(root, "scan", "--json", "--no-cache", "--workers", number).stdout == plain.stdout


def test_verdicts_that_fail_leave_what_the_scan_says_with_any_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the streams of the engine end is known before, to a worker and where it is to be remembered as well."""
    use_fixed_git(monkeypatch)
    texts = {"strategy": platform_file("engines/factor/service.py"), "portfolio": "LOT = 10\n"}
    root = tiny_platform(tmp_path, config=CONFIG.replace("strategy.signal.*", "feature-vectors"), **texts)
    describe: Callable[..., Change] = work.describe
    monkeypatch.setattr(work, "describe", lambda scan, *given: 1 / 0 if scan.ends else describe(scan, *given))
    monkeypatch.setattr("migrator.workers.processes.processes", lambda *given: nullcontext(Pool(Here(), *given)))
    means = (["--no-cache"], [], ["--no-cache", "--workers", "2"], ["--workers", "2"])
    plain, *others = (migrate(root, "scan", "--json", *each).stdout for each in means)
    scanned = json.loads(plain)
    assert [each["engine"] for each in scanned["engines"] if each["problems"]] == ["strategy"]
    assert {end["engine"] for each in scanned["streams"]["names"] for end in each["consumers"]} == {"strategy"}
    assert others == [plain] * 3


def test_workers_and_a_cluster_do_not_go_together(root: Path) -> None:
    done = command(root, "scan", "--workers", "2", "--executor", "dask://localhost")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "migrate: --executor has workers of its own; leave it out, or leave --workers out\n"


def test_nothing_of_the_repository_is_imported_by_a_worker(root: Path) -> None:
    for name in ("pickle", "codemods", "sitecustomize", "gc"):
        (root / f"{name}.py").write_text("raise SystemExit('executed')\n")
    plain = migrate(root, "scan", "--json", "--no-cache").stdout
    assert command(root, "scan", "--json", "--no-cache", "--workers", "2").stdout == plain


def test_a_process_that_dies_leaves_its_work_to_this_one() -> None:
    told: list[str] = []
    plain = [job.outcome() for job in jobs()]
    with processes(2, told.append) as pool:
        dying = Pool(pool.executor, 2, told.append, perform=die)
        assert list(outcomes(dying, jobs())) == plain
        assert sorted(told) == [
            f"{job.look.engine.name}: a worker process died with exit code 7, so this process does its work"
            for job in jobs()
        ]
        assert list(outcomes(pool, jobs())) == plain  # others took the places of the dead
    assert len(told) == len(plain)


def test_an_exception_in_a_worker_is_said_without_what_it_quotes() -> None:
    told: list[str] = []
    with processes(1, told.append) as pool:
        raising = Pool(pool.executor, 1, told.append, perform=give_up)
        assert list(outcomes(raising, jobs()[:1])) == [jobs()[0].outcome()]
    assert told == ["one: a worker process gave it up (ValueError), so this process does its work"]


def test_a_worker_answers_each_task_until_the_other_side_is_gone() -> None:
    tasks, answers = BytesIO(), BytesIO()
    for numbers in ((7, 2), (7, 0)):
        write(tasks, pack((divmod, numbers, {})).data)
    whole = tasks.getvalue() + (100).to_bytes(SIZE, "big") + b"cut short"
    serve(BytesIO(whole), answers)
    answers.seek(0)
    assert [unpack(Packed(read(answers))) for _ in range(2)] == [((3, 1), None), (None, "ZeroDivisionError")]
    assert read(answers) == b""


def test_processes_end_with_their_pool() -> None:
    with processes(2, print) as pool:
        numbers = {pool.executor.submit(os.getpid).result() for _ in range(4)}
    assert numbers
    assert os.getpid() not in numbers
    assert [number for number in numbers if Path(f"/proc/{number}").exists()] == []


def test_a_pool_that_has_ended_begins_nothing() -> None:
    executor = Processes(1)
    executor.end()
    with pytest.raises(RuntimeError):
        executor.submit(os.getpid)


def test_a_parcel_tells_what_it_wants_and_hides_what_it_should_not_have() -> None:
    parcel = Parcel(["a", "b", "c"], {"a": b"1", "elsewhere": b"2"})
    assert (list(parcel), len(parcel), "elsewhere" in parcel, parcel["a"]) == (["a", "b", "c"], 3, False, b"1")
    with pytest.raises(KeyError):
        parcel["elsewhere"]
    with pytest.raises(WantedError) as one:
        parcel["b"]
    with pytest.raises(WantedError) as more:
        list(walk(parcel, ["a", "b", "c"]))
    assert (one.value.paths, more.value.paths) == ({"b"}, {"b", "c"})
    assert list(walk(parcel, ["a"])) == [("a", b"1")]


def test_a_task_that_wants_more_gets_it_in_the_next_round() -> None:
    executor = Here()
    plain = [job.outcome() for job in jobs()]
    assert list(outcomes(Pool(executor, 1, print), jobs())) == plain
    assert [bool(answer.wanted) for answer in executor.answers] == [False, True, False]
    assert for_one(jobs()[0].look) == {"one/main.py"}


def test_a_change_is_sent_at_first_what_it_reads_of_other_engines() -> None:
    """Those files are among the texts of an engine, and not among those of no engine, which come first."""
    texts = texts_of(platform_file("engines/portfolio/service.py").decode())
    texts |= {"backend/tools/report.py": b"import redis\n", "backend/engines/risk/book.py": b"import redis\n"}
    rest = {path: text for path, text in texts.items() if "engines/" not in path}
    contract, index = read_contract(texts, one_engine()), build_index(texts, one_engine())
    looks = [Look(Engine("tools", "", ("backend/tools",)), rest, one_engine(), contract, index)]
    looks.append(Look(ENGINE, texts, one_engine(), contract, index))
    executor = Here()
    found = list(outcomes(Pool(executor, 1, print), [Job(look, is_to_change=look.engine is ENGINE) for look in looks]))
    assert found[1].value.change.value.texts.keys() == {SERVICE}
    assert [answer.wanted for answer in executor.answers] == [frozenset(), frozenset()]


def test_nothing_that_is_logged_of_a_task_shows_code() -> None:
    packed = pack({"secret": "line"})
    assert (repr(packed), unpack(packed)) == (f"<{len(packed.data)} bytes>", {"secret": "line"})


def test_small_work_gets_no_processes() -> None:
    looks = [job.look for job in jobs()]
    cores = len(os.sched_getaffinity(0))
    assert (helpful(looks, ()), helpful(looks * 1000, ())) == (1, cores)


class Here(Executor):
    """Workers that are this process; it keeps what they answer."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def submit(self, call, /, *given, **named):  # type: ignore[no-untyped-def]
        future: Future[Packed] = Future()
        future.set_result(call(*given, **named))
        self.answers.append(unpack(future.result()))
        return future


def die(packed: Packed) -> Packed:
    """A worker's end in the middle of its work."""
    os._exit(7)


def give_up(packed: Packed) -> Packed:
    """An exception that quotes what a worker was given."""
    raise ValueError(packed.data)


def jobs() -> list[Job]:
    """Two engines to be looked at; where the first one writes, a file says that has no word of Redis."""
    texts = {
        "lib/wares.py": b"import redis\n\n\ndef store():\n    return redis.Redis(port=6379)\n",
        "lib/names.py": b"TO = 'ticks'\n",
        "one/main.py": b"from lib.names import TO\nfrom lib.wares import store\n\nstore().xadd(TO, {'a': '1'})\n",
        "two/main.py": b"import redis\n\nredis.Redis(port=6379).xadd('ticks', {'a': '1'})\n",
    }
    given = Settings()
    contract, index = read_contract(texts, given), build_index(texts, given)
    engines = [Engine(name, name.upper(), (name,)) for name in ("one", "two")]
    return [Job(Look(engine, texts, given, contract, index)) for engine in engines]


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command does in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=root,
        env=clean_environment() | {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )

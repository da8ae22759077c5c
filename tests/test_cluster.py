"""A Dask cluster does the work: the same bytes as here, whoever is lost on the way, and nothing on a worker's disk."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dask_cluster import MINUTE, NO_SPILLING, Cluster
from manyengines import many_engines, tips
from statuses import migrate
from tinyplatform import tiny_platform

import migrator
from migrator.errors import MigrateError
from migrator.workers import cluster as clusters
from migrator.workers.cluster import address_of
from migrator.workers.installation import installation

SCAN = ("scan", "--json", "--no-cache")
RUN = ("--all", "--json", "--no-cache")
WORDS_OF_CODE = (b"BufferedMessageBusClient", b"strategy.signal", b"redis_host")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler, and nobody who works for it."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy."""
    monkeypatch.setattr(clusters, "PATIENCE", MINUTE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Thirteen engines."""
    return many_engines(tmp_path)


def test_two_workers_of_whom_one_is_killed_leave_what_one_process_leaves(
    root: Path, cluster: Cluster, tmp_path: Path
) -> None:
    shutil.copytree(root, tmp_path / "other")
    alone = [migrate(tmp_path / "other", *arguments) for arguments in (SCAN, RUN)]
    with cluster.worker("steady", *NO_SPILLING):
        scanned = migrate(root, *SCAN, "--executor", cluster.url)
        with cluster.doomed() as kill, ThreadPoolExecutor(1) as pool:
            killed = pool.submit(kill)
            ran = migrate(root, *RUN, "--executor", cluster.url)
            killed.result()
        written = b"".join(path.read_bytes() for path in sorted(cluster.folder.rglob("*")) if path.is_file())
    assert [scanned.stdout, ran.stdout] == [each.stdout for each in alone]
    assert [scanned.exit_code, ran.exit_code] == [each.exit_code for each in alone]
    assert (scanned.stderr, ran.stderr) == tuple(each.stderr for each in alone)
    assert tips(root) == tips(tmp_path / "other") != {}
    assert b"Scheduler at" in written  # the logs are among it
    assert [word for word in WORDS_OF_CODE if word in written] == []


def test_several_repositories_are_done_at_once_and_shown_in_their_order(
    root: Path, cluster: Cluster, tmp_path: Path
) -> None:
    repos = [str(root), str(tmp_path / "nothing"), str(tiny_platform(tmp_path / "tiny"))]
    where = [word for repo in repos for word in ("--repo", repo)]
    plain = migrate(root, *SCAN, *where)
    with cluster.worker("steady", *NO_SPILLING):
        said = migrate(root, *SCAN, *where, "--executor", cluster.url)
    assert (said.stdout, said.stderr, said.exit_code) == (plain.stdout, plain.stderr, plain.exit_code)
    assert [each["repository"] for each in json.loads(said.stdout)["repositories"]] == repos


def test_when_the_last_worker_is_lost_this_process_goes_on(
    root: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = migrate(root, *SCAN)
    with cluster.doomed() as kill, ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill)
        said = migrate(root, *SCAN, "--executor", cluster.url)
        killed.result()
    assert (said.stdout, said.exit_code) == (plain.stdout, plain.exit_code)
    assert "migrate: no worker is left, so this process does the work\n" in said.stderr


def test_a_cluster_without_workers_is_said_to_have_none(root: Path, cluster: Cluster) -> None:
    assert refused(root, cluster.url) == (
        f'the cluster at {cluster.address} has no worker; start one with "dask worker {cluster.address}"'
    )


def test_a_worker_that_may_write_code_to_its_disk_is_given_none(root: Path, cluster: Cluster) -> None:
    with cluster.worker("spilling", "--memory-limit", "1GB"):
        sentence = refused(root, cluster.url)
    assert "must not do this work: it may write what it holds to its disk, where code must not go" in sentence
    assert sentence.endswith("or start it with --memory-limit 0")


def test_a_worker_with_another_tool_is_refused_before_it_is_given_any_work(
    root: Path, cluster: Cluster, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for package in ("migrator", "codemods"):
        shutil.copytree(Path(migrator.__file__).parent.parent / package, elsewhere / package)
    with (elsewhere / "codemods/work.py").open("a") as file:
        file.write("# Another one.\n")
    with cluster.worker("other", *NO_SPILLING, PYTHONPATH=str(elsewhere)):
        sentence = refused(root, cluster.url)
    assert sentence.endswith(f", and here is {installation()}; install the same there")


def test_a_scheduler_that_does_not_answer_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 1)
    assert refused(root, "dask://127.0.0.1:1") == (
        'no Dask scheduler answers at tcp://127.0.0.1:1; start one with "dask scheduler", or leave --executor out'
    )


def test_tls_without_keys_is_said_to_need_them(root: Path) -> None:
    said = migrate(root, *SCAN, "--executor", "dask+tls://127.0.0.1:1")
    sentence = "migrate: dask+tls:// needs keys; set distributed.comm.tls in Dask's configuration: "
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", f"{sentence}ca-file, client.cert and client.key\n")


def test_where_dask_is_not_installed_it_is_said_what_to_type(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = migrate(root, *SCAN, "--executor", "dask://localhost")
    mend = 'in the clone of migrate, type: python -m pip install ".[dask]"'
    sentence = f"migrate: --executor needs Dask, which is not here; {mend}\n"
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("dask://scheduler", "tcp://scheduler:8786"),
        ("dask://10.0.0.7:9000/", "tcp://10.0.0.7:9000"),
        ("dask://[::1]:9000", "tcp://[::1]:9000"),
        ("dask+tls://scheduler:9000", "tls://scheduler:9000"),
    ],
)
def test_a_url_names_a_scheduler(url: str, address: str) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize(
    "url", ["", "scheduler:8786", "ray://host", "dask://", "dask://u:secret@host", "dask://host:port", "dask://host/x"]
)
def test_any_other_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(MigrateError, match=r"^--executor takes dask://HOST:PORT, or dask\+tls://HOST:PORT$"):
        address_of(url)


def refused(root: Path, url: str) -> str:
    """What the command says when it ends on this cluster without having done anything."""
    said = migrate(root, *SCAN, "--executor", url)
    assert (said.exit_code, said.stdout) == (1, "")
    return said.stderr.removeprefix("migrate: ").removesuffix("\n")

"""The private forms of Snakemake that triptych.engine reads, compared with the pinned version.

Where one of these tests fails after an upgrade, change the module that it names.
"""

import json
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from snakemake_executor_plugin_slurm import ExecutorSettings
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string, time_to_seconds

from triptych.engine.asking import ask_snakemake
from triptych.engine.jobs import _BENCHMARK
from triptych.engine.metadata import _DROPPED, metadata_path
from triptych.engine.rulegraph import _named_edges
from triptych.engine.state import INCOMPLETE

SNAKEMAKE = f"Snakemake {version('snakemake')}"
# So long that its record is split over several names.
LONG = f"results/{'a' * 120}/{'b' * 120}.csv"
# Its second and third word are those of a step; the folder is there while the job runs.
COMMAND = f"true adversarial train && ls -d {INCOMPLETE}"
# What the modules read of Snakemake's workflow and of one of its jobs, with the values that they
# have in the small workflow below.
FORMS: dict[str, dict[str, Any]] = {
    "start": {
        "[str(path) for path in workflow.config_settings.configfiles]": [],
        "dict(workflow.config_settings.config)": {"scale": "tiny"},
        "workflow.config_settings.replace_workflow_config": False,
        "workflow.is_main_process": True,
        "sorted(job.rule.name for job in workflow.dag.needrun_jobs())": ["all", "copy", "make"],
        "'gpu' in job.rule.resources": True,
        "list(map(str, job.output))": ["results/made.csv"],
        "list(map(str, job.log))": ["logs/tiny/make.log"],
        "str(job.benchmark)": "logs/tiny/make.benchmark.tsv",
    },
    "cluster": {
        "workflow.executor_plugin.name": "local",
        "hasattr(workflow, 'executor_settings')": True,
        "job.is_local": True,
        "job.threads": 1,
        "job.resources.get('mem_mb')": 10,
        "job.resources.get('runtime')": 5,
    },
    "late_jobs": {
        "sorted(job.rule.name for job in workflow.dag.jobs)": ["all", "copy", "make"],
        "workflow.dag.needrun(job)": True,
        "workflow.persistence.has_metadata(job)": False,
        "workflow.persistence.finished.__code__.co_flags & 128": 128,
        "job.params.code": "0123",
        "job.shellcmd": f"{COMMAND} > results/made.csv 2> logs/tiny/make.log",
    },
    "metadata": {"workflow.dag.batch": None},
}
SNAKEFILE = f"""
import json
from pathlib import Path
from snakemake.common import async_run  # used by triptych.engine.late_jobs

FORMS = {FORMS!r}

onstart:
    job = next(job for job in workflow.dag.jobs if job.rule.name == "make")
    names = dict(workflow=workflow, job=job)
    seen = dict((form, eval(form, names)) for forms in FORMS.values() for form in forms)
    Path("seen.json").write_text(json.dumps(seen))

rule all:
    input: {LONG!r}

rule make:
    output: "results/made.csv"
    log: "logs/tiny/make.log"
    benchmark: "logs/tiny/make.benchmark.tsv"
    resources: mem_mb=10, runtime=5, gpu=1
    params: code="0123"
    message: "Make."
    shell: "{COMMAND} > {{output}} 2> {{log}}"

rule copy:
    input: "results/made.csv"
    output: {LONG!r}
    shell: "cp {{input}} {{output}}"
"""
CONFIG = ["--config", "scale=tiny"]


def ask(folder: Path, *options: str, **keywords: Any) -> "CompletedProcess[str]":
    answer = ask_snakemake(options, folder=folder, **keywords)
    assert answer.returncode == 0, answer.stderr
    return answer


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small workflow that has run; not to be changed."""
    folder = tmp_path_factory.mktemp("workflow")
    (folder / "Snakefile").write_text(SNAKEFILE)
    listing = [str(folder / "jobs.json"), "all", *CONFIG]
    ask(folder, *listing, module="triptych.engine.listing")
    ask(folder, "--cores", "1", *CONFIG)
    return folder


@pytest.mark.parametrize(
    ("module", "form", "value"),
    [(module, *item) for module, forms in FORMS.items() for item in forms.items()],
)
def test_the_workflow_has_what_the_engine_reads(
    workflow: Path, module: str, form: str, value: Any
) -> None:
    seen = json.loads((workflow / "seen.json").read_text())

    message = f"{SNAKEMAKE} gives {seen[form]!r}; adapt triptych.engine.{module}"
    assert seen[form] == value, message


@pytest.mark.parametrize("output", ["results/made.csv", LONG], ids=["short", "long"])
def test_the_record_of_an_output_has_the_name_and_the_fields_that_are_exported(
    workflow: Path, output: str
) -> None:
    path = workflow / metadata_path(output)

    assert path.is_file(), f"{SNAKEMAKE} keeps records elsewhere; adapt triptych.engine.metadata"
    record = json.loads(path.read_text())
    message = f"{SNAKEMAKE} has other fields; adapt triptych.engine.metadata and exported"
    fields = {"rule", "input", "params", "shellcmd", "code", "input_checksums"}
    assert record.keys() >= {*fields, *_DROPPED}, message
    if output != LONG:
        assert record["params"] == ["'0123'"], message
        assert record["shellcmd"] == FORMS["late_jobs"]["job.shellcmd"], message


def test_the_log_events_of_a_dry_run_describe_its_jobs(workflow: Path) -> None:
    (job,) = json.loads((workflow / "jobs.json").read_text())

    assert job == {
        "rule": "make",
        "step": "adversarial.train",
        "benchmark": "logs/tiny/make.benchmark.tsv",
        "wildcards": {},
        "inputs": [],
        "outputs": ["results/made.csv"],
        "threads": 1,
        "gpus": 1,
        "memory_mb": 10,
    }, f"{SNAKEMAKE}: adapt triptych.engine.listing"
    assert _BENCHMARK.fullmatch(job["benchmark"])


def test_the_summary_names_each_output_and_what_would_become_of_it(workflow: Path) -> None:
    header, *lines = ask(workflow, "--detailed-summary", *CONFIG).stdout.splitlines()

    rows = [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
    plans = {row["output_file"]: row["plan"] for row in rows}
    expected = {"results/made.csv": "no update", LONG: "no update"}
    assert plans == expected, f"{SNAKEMAKE}: adapt triptych.engine.summary"


def test_the_rule_graph_is_read(workflow: Path) -> None:
    dot = ask(workflow, "all", "--rulegraph", "dot", *CONFIG).stdout

    assert _named_edges(dot[dot.find("digraph") :], "all") == [("make", "copy")]


def test_the_benchmark_has_the_columns_that_are_recorded(workflow: Path) -> None:
    header = (workflow / "logs/tiny/make.benchmark.tsv").read_text().splitlines()[0]

    assert {"s", "cpu_time", "max_rss"} <= set(header.split("\t"))


def test_the_executor_for_slurm_has_what_the_checks_of_a_cluster_use() -> None:
    message = "snakemake-executor-plugin-slurm has changed; adapt triptych.engine.cluster"
    assert "status_command" in ExecutorSettings.__dataclass_fields__, message
    assert {"job", "params", "settings"} <= signature(get_submit_command).parameters.keys(), message
    assert list(signature(set_gres_string).parameters) == ["job"], message
    assert time_to_seconds("1-00:00:00") == 24 * 60 * 60, message
    assert time_to_seconds("infinite") == 0, message

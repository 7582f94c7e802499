"""The RO-Crate of a scale: it conforms to its profiles, and says what the records say."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ro_crate_validation import complaints
from rocrate.rocrate import ROCrate
from rocrate.utils import as_list
from small_results import (
    BASE,
    CLAIMS,
    COMMIT,
    CRATE,
    MODEL,
    PARAMETERS,
    PHOTOS,
    RAW,
    RESULTS,
    SOURCE,
    TABLE,
    describe,
    make,
    make_results,
)
from support import ROOT

from triptych.layout import PROVENANCE
from triptych.provenance import making as provenance
from triptych.provenance.verification import verify_scale
from triptych.report.crate.entities import flattened
from triptych.storage.files import sha256

Graph = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with small results and their crate; not to be changed."""
    folder = tmp_path_factory.mktemp("crate")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_results(ROOT)
        describe()
        yield folder


@pytest.fixture
def results(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in the current folder, to be changed."""
    shutil.copytree(finished, tmp_path / "own", symlinks=True)
    monkeypatch.chdir(tmp_path / "own")
    return RESULTS


@pytest.fixture
def graph(finished: Path) -> Graph:
    """The entities of the crate by their identifiers."""
    return entities(finished / CRATE)


def entities(path: Path) -> Graph:
    return {entity["@id"]: entity for entity in json.loads(path.read_text())["@graph"]}


def referred(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item["@id"] for item in values]


def action_of(graph: Graph, name: str) -> dict[str, Any]:
    """The one action of a job that made a file, by the file's identifier."""
    found = [
        entity
        for entity in graph.values()
        if entity["@id"].startswith("#job/") and name in referred(entity["result"])
    ]
    assert len(found) == 1, name
    return found[0]


# What the profiles recommend and the records do not know.
LEFT_OUT = {
    # Who ran it, who publishes it.
    "Action agent",
    "Root Data Entity: `author` property",
    "Root Data Entity: `publisher` property",
    # An address of each step.
    "Application url",
    "SoftwareApplication id",
    # The unit of a device; a README of the results.
    "RU PropertyValue unitCode",
    "README.md about",
    "README.md encodingFormat",
}


def test_it_has_all_that_the_profiles_require_and_what_the_records_know(finished: Path) -> None:
    assert {check for check, _ in complaints(finished / RESULTS, recommended=True)} == LEFT_OUT


def test_a_crate_that_lacks_something_is_refused(results: Path) -> None:
    broken = entities(CRATE)
    job = action_of(broken, "adversarial/table2.csv")
    del job["instrument"]
    job["statusOfAction"] = job.pop("actionStatus")
    del broken["./"]["license"]
    broken["./"]["conformsTo"] = []
    content = json.loads(CRATE.read_text())
    CRATE.write_text(json.dumps({**content, "@graph": list(broken.values())}))
    CLAIMS.unlink()

    found = complaints(results)

    checks = {check for check, _ in found}
    assert {"Action instrument", "Crate license", "Root Data Entity conformsTo"} <= checks
    messages = " ".join(message for _, message in found)
    assert "statusOfAction" in messages
    assert "claims.csv" in messages


def test_every_file_that_verify_checks_is_named_with_hash_and_size(
    finished: Path, graph: Graph
) -> None:
    parts = set(referred(graph["./"]["hasPart"]))
    checked = 0
    for path in sorted((finished / RESULTS).rglob("*")):
        name = path.relative_to(finished / RESULTS).as_posix().replace(" ", "%20")
        if path.is_file() and PROVENANCE not in path.parts and name != CRATE.name:
            assert name in parts
            assert graph[name]["sha256"] == sha256(path)
            assert graph[name]["contentSize"] == str(path.stat().st_size)
            checked += 1
    assert checked == len(parts)
    # The prepared photos are no part of the crate, and the crate is no part of itself.
    count, problems = verify_scale(RESULTS, Path("data/prepared"))
    assert (count, problems) == (checked + 2, [])
    assert graph[f"#{PHOTOS.as_posix()}"]["sha256"] == sha256(PHOTOS)


@pytest.mark.parametrize("path", [MODEL, TABLE, CLAIMS, BASE])
def test_each_file_has_an_action_that_says_what_its_record_says(
    finished: Path, graph: Graph, path: Path
) -> None:
    record = provenance.read(finished / path)
    action = action_of(graph, path.relative_to(RESULTS).as_posix())

    objects = [graph[identifier] for identifier in referred(action.get("object", []))]
    files = {entity["name"]: entity["sha256"] for entity in objects if entity["@type"] == "File"}
    assert files == record.inputs
    values = {e["name"]: e["value"] for e in objects if e["@type"] == "PropertyValue"}
    assert values.keys() == dict(flattened(record.parameters)).keys()
    assert action["description"] == record.command
    assert action["identifier"] == record.key
    assert action["startTime"] == record.started.isoformat(timespec="seconds")

    tool = graph[action["instrument"]["@id"]]
    facts = {graph[name]["name"]: graph[name]["value"] for name in referred(tool["identifier"])}
    assert facts == {"hash of the step's code": record.code, "git commit": COMMIT}
    software = [graph[name] for name in referred(tool["softwareRequirements"])]
    versions = {package["name"].lower(): package["softwareVersion"] for package in software}
    assert versions | {"triptych": tool["softwareVersion"]} == record.software
    usage = {
        graph[name]["name"]: graph[name]["value"] for name in referred(action["resourceUsage"])
    }
    assert usage == {
        "device": "CPU, one of glass",
        "platform": record.platform,
        "wall time in seconds": 61.5,
    }


def test_parameters_are_those_of_the_record(graph: Graph) -> None:
    action = action_of(graph, "adversarial/models/natural.safetensors")

    found = {graph[name]["name"]: graph[name].get("value") for name in referred(action["object"])}

    del found[PHOTOS.as_posix()]
    assert found == {
        "training.steps": 20,
        # Order and null are lost in JSON-LD, and digits of large numbers in many readers.
        "training.betas": "[0.9, 0.99]",
        "training.warm": "null",
        "training.recipe": "brief",
        "separable": False,
        "seed": str(PARAMETERS["seed"]),
        "learning_rate": 1e-4,
    }


def test_one_job_with_two_files_is_one_action(graph: Graph) -> None:
    action = action_of(graph, "adversarial/models/natural.safetensors")

    assert action == action_of(graph, "adversarial/models/natural.history.csv")
    assert action["startTime"] == "2026-01-02T04:04:05+00:00"
    assert action["endTime"] == "2026-01-02T04:05:06+00:00"
    tool = graph[action["instrument"]["@id"]]
    assert any("differed" in graph[n].get("description", "") for n in referred(tool["identifier"]))


def test_the_run_is_the_main_workflow_on_what_no_job_made(graph: Graph) -> None:
    run = graph["#run"]

    assert referred(graph["./"]["mainEntity"]) == referred(run["instrument"])
    assert run["instrument"]["@id"] == "report/source/Snakefile"
    assert set(referred(run["object"])) - {i for i in graph if i.startswith("#value/")} == {
        "#data/raw/mnist/MANIFEST.sha256",
        "#data/published/adversarial/table2.csv",
        "report/source/params.yaml",
    }
    assert (run["startTime"], run["endTime"]) == (
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T07:05:06+00:00",
    )
    assert graph["./"]["datePublished"] == run["endTime"]
    steps = graph["report/source/Snakefile"]["step"]
    assert [graph[name]["name"] for name in referred(steps)][:2] == [
        "triptych data mnist",
        "triptych adversarial train",
    ]


def test_raw_data_are_named_with_license_address_and_hash(graph: Graph) -> None:
    whole = graph["#data/raw/mnist/"]

    assert whole["license"] == "Free to use"
    assert "LeCun" in whole["citation"]
    found = {graph[name]["name"]: graph[name] for name in referred(whole["hasPart"])}
    for name, digest in RAW.items():
        file = found[f"data/raw/mnist/{name}"]
        assert file["sha256"] == digest
        assert all(url.startswith("https://") for url in file["url"])


def test_raw_data_that_are_not_those_of_the_registry_have_no_hash(results: Path) -> None:
    make("data.mnist", {PHOTOS: "digits"}, {"data/raw/mnist/MANIFEST.sha256": "0" * 64}, {}, 0)
    describe()

    found = entities(CRATE)

    assert found["#data/raw/mnist/MANIFEST.sha256"]["sha256"] == "0" * 64
    assert not any("sha256" in found[f"#data/raw/mnist/{name}"] for name in RAW)


def test_a_table_is_explained_and_its_paper_cited(graph: Graph) -> None:
    assert graph["adversarial/table2.csv"]["description"].startswith("Table II. True positive rate")
    cited = [graph[name]["name"] for name in referred(graph["./"]["citation"])]
    assert "Detecting Adversarial Examples: A Lesson from Multimedia Security" in cited
    # No results of it, no citation.
    assert not any("Feature Sharing" in name for name in cited)


def test_the_copy_of_the_workflow_is_the_workflow(finished: Path) -> None:
    for name in ("Snakefile", "params.yaml", "LICENSE", "workflow/rules/report.smk"):
        assert (finished / SOURCE / name).read_bytes() == (ROOT / name).read_bytes()


def test_it_can_be_followed_from_a_table_to_the_raw_data(finished: Path) -> None:
    crate = ROCrate(finished / RESULTS)
    jobs = [action for action in crate.get_by_type("CreateAction") if action.id != "#run"]
    makers = {file.id: job for job in jobs for file in as_list(job["result"])}

    seen, pending = set(), ["adversarial/table2.csv"]
    while pending:
        seen.add(name := pending.pop())
        given = as_list(makers[name].get("object", [])) if name in makers else []
        pending += [entity.id for entity in given if entity.type == "File"]

    assert "adversarial/models/natural.safetensors" in seen
    assert "#data/raw/mnist/MANIFEST.sha256" in seen


def test_the_same_records_give_the_same_bytes(results: Path) -> None:
    before = CRATE.read_bytes()
    CLAIMS.touch()

    describe()

    assert CRATE.read_bytes() == before

"""From records of one configuration to the time of another."""

from pathlib import Path

import pytest
from doctor_cases import CPU, job, parameters_of, record, training

from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.doctor.estimates import Estimate, estimate
from triptych.doctor.records import JobRecord
from triptych.doctor.work import job_work
from triptych.engine.jobs import Job

pytestmark = pytest.mark.usefixtures("in_the_project")

ON_CPU = Path("workflow/lab-on-cpu.yaml")


def recorded(done: Job, parameters: Parameters, seconds: float, **known: object) -> JobRecord:
    """The record of a job that was run with these parameters."""
    work = job_work(done, "lab", parameters)
    assert work is not None
    sizes = {"amount": work.amount, "shape": work.shape, "size": work.size}
    return record(done.name, done.rule, seconds, **sizes | known)


def one(
    wanted: Job, scale: Scale, parameters: Parameters, records: list[JobRecord], gpus: tuple = ()
) -> Estimate:
    """The estimate of a single job."""
    return estimate(wanted, scale, parameters, records, CPU, gpus)


def test_the_same_work_takes_what_it_took() -> None:
    parameters = parameters_of("lab")
    known = recorded(training(), parameters, 100, cpu_seconds=80.0, bytes=7, memory_mb=900.0)
    found = one(training(), "lab", parameters, [known])
    assert (found.basis, found.seconds, found.cpu_seconds) == ("recorded", 100, 80)
    assert (found.bytes, found.needed_mb, found.factor) == (7, 900, 1)


def test_more_steps_take_longer_in_proportion(tmp_path: Path) -> None:
    shorter = tmp_path / "shorter.yaml"
    natural = "{networks: {natural: {steps: 30000}}}"
    shorter.write_text(f"scales: {{lab: {{adversarial: {natural}}}}}\n", encoding="utf-8")
    known = recorded(training(), parameters_of("lab", shorter), 100, memory_mb=900.0)
    found = one(training(), "lab", parameters_of("lab"), [known])
    # 30,000 steps were recorded; lab has 100,000.
    assert found.basis == "scaled"
    assert found.seconds == pytest.approx(100 * 100_000 / 30_000)
    # How much memory other parameters need is not known.
    assert found.needed_mb == 1000


def test_each_step_of_an_adversary_is_a_pass_of_the_network() -> None:
    known = recorded(training(), parameters_of("lab"), 300)
    found = one(training("secret"), "lab", parameters_of("lab"), [known])
    # 45,000 steps of 5 passes and the training's own, against 100,000 of one.
    assert found.seconds == pytest.approx(300 * 45_000 * 6 / 100_000)


def test_attacks_grow_with_images_and_epsilons() -> None:
    name = "adversarial/attack_network/natural/zero_start/0"
    wildcards = {"network": "natural", "start": "zero_start", "chunk": "0"}
    at_lab, at_paper = (
        job(f"{scale}/{name}", "attack_network", step="adversarial.attack", wildcards=wildcards)
        for scale in ("lab", "paper")
    )
    known = recorded(at_lab, parameters_of("lab"), 60, bytes=1000)
    found = one(at_paper, "paper", parameters_of("paper"), [known])
    # At paper the networks are those of lab, and the images ten times as many.
    assert found.basis == "scaled"
    assert found.factor == pytest.approx(10)
    assert found.seconds == pytest.approx(600)
    assert found.bytes == pytest.approx(10_000)


def test_crops_count_by_their_area_and_another_network_is_unknown() -> None:
    def model(network: str, member: str) -> Job:
        name = f"lab/segmentation/train_model/camvid/{network}/{member}/0"
        places = {"dataset": "camvid", "network": network, "member": member, "number": "0"}
        return job(name, "train_model", step="segmentation.train", wildcards=places)

    known = recorded(model("deeplabv3plus", "single"), parameters_of("lab", ON_CPU), 10)
    whole = parameters_of("lab")
    # A partner is trained as a single network is.
    found = one(model("deeplabv3plus", "partner"), "lab", whole, [known])
    pixels = []
    for parameters in (whole, parameters_of("lab", ON_CPU)):
        recipe = parameters.scales["lab"].segmentation.table1.deeplabv3plus.training
        crop = recipe.augmentation
        pixels.append(recipe.steps * recipe.batch_size * crop.crop_height * crop.crop_width)
    assert found.factor == pytest.approx(pixels[0] / pixels[1])
    assert pixels[0] > 2 * pixels[1]
    for other in (model("danet", "single"), model("deeplabv3plus", "same_layer")):
        assert one(other, "lab", whole, [known]).basis == "unknown"
        assert one(other, "lab", whole, [known]).seconds is None


def test_what_a_training_needs_of_a_gpu_is_counted_with_or_without_a_record() -> None:
    places = {"dataset": "camvid", "network": "danet", "member": "partner", "number": "0"}
    name = "lab/segmentation/train_model/camvid/danet/partner/0"
    wanted = {"step": "segmentation.train", "wildcards": places}
    parameters = parameters_of("lab")
    model = job(name, "train_model", gpus=1, **wanted)
    for records in ([], [recorded(model, parameters, 10)]):
        need = one(model, "lab", parameters, records).gpu
        assert need is not None
        assert need.name == "danet single on camvid"
        assert need.bytes > 1e8
    assert one(job(name, "train_model", **wanted), "lab", parameters, []).gpu is None
    assert one(training(), "lab", parameters, []).gpu is None


def test_a_base_model_of_other_channels_says_nothing_of_generation(tmp_path: Path) -> None:
    row = job(
        "lab/personalization/generate_row/text_only",
        "generate_row",
        step="personalization.generate",
        wildcards={"variant": "text_only"},
    )
    brief = parameters_of("lab", ON_CPU)
    known = recorded(row, brief, 10)
    assert one(row, "lab", brief, [known]).basis == "recorded"
    wider = tmp_path / "wider.yaml"
    wider.write_text("scales: {lab: {personalization: {base: {denoiser: {channels: [64, 192]}}}}}")
    other = parameters_of("lab", ON_CPU, wider)
    assert one(row, "lab", other, [known]).basis == "unknown"


def test_a_brief_step_is_taken_as_it_was_at_its_own_scale() -> None:
    known = [record("smoke/join_claims", "join_claims", 2)]
    known.append(record("lab/segmentation/table/1", "table", 3))

    def seconds(name: str, rule: str) -> float | None:
        return one(job(name, rule), "lab", parameters_of("lab"), known).seconds

    assert seconds("lab/segmentation/table/1", "table") == 3
    assert seconds("lab/segmentation/table/2", "table") is None
    assert seconds("lab/join_claims", "join_claims") is None


def test_the_machine_that_is_here_goes_before_others() -> None:
    parameters = parameters_of("lab")
    known = [
        recorded(training(), parameters, 50, device="CPU, Other"),
        recorded(training(), parameters, 80),
    ]
    assert one(training(), "lab", parameters, known).seconds == 80


def test_gpu_and_cpu_are_not_mixed() -> None:
    parameters = parameters_of("lab")
    on_cpu = recorded(training(), parameters, 80)
    on_gpu = recorded(training(), parameters, 5, device="Some GPU")
    assert one(training(), "lab", parameters, [on_cpu, on_gpu]).seconds == 80
    assert one(training(), "lab", parameters, [on_gpu]).basis == "unknown"
    assert one(training(), "lab", parameters, [on_cpu, on_gpu], ("Some GPU",)).seconds == 5
    # Without a record of a GPU that of a CPU is shown, as such.
    found = one(training(), "lab", parameters, [on_cpu], ("Some GPU",))
    assert found.record is not None
    assert not found.record.on_gpu


def test_fetching_is_not_estimated() -> None:
    found = one(job("data/fetch/mnist", "fetch"), "lab", parameters_of("lab"), [])
    assert (found.basis, found.seconds) == ("fetched", None)

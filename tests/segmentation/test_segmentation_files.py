"""Which files panel 2 has, and what each job trains and scores, at the scales of params.yaml."""

import pytest
from evaluations import panel
from support import error_of

from triptych.config.section import Scale
from triptych.segmentation import files, setting

SCALES: tuple[Scale, ...] = ("tiny", "smoke", "lab", "paper")


@pytest.mark.parametrize("scale", SCALES)
def test_all_files_are_named_once_below_the_panel_s_folder(scale: Scale) -> None:
    names = list(files.all_files(panel(scale), scale))
    assert len(names) == len(set(names)) > 20
    assert all(name.startswith(f"results/{scale}/segmentation/") for name in names)


def test_figures_with_photos_that_must_not_be_published_have_a_second_form() -> None:
    forms = {
        scale: [n for n in files.all_files(panel(scale), scale) if "fig3" in n] for scale in SCALES
    }
    assert [len(forms[scale]) for scale in SCALES] == [1, 1, 2, 2]
    assert forms["lab"][1] == "results/lab/segmentation/shareable/fig3_danet.png"


def test_an_ensemble_is_a_single_model_and_its_partner() -> None:
    folder = "results/paper/segmentation/models/voc/danet"
    assert files.scored_models(panel("paper"), "paper", "voc", "danet", "ensemble", "2") == [
        f"{folder}/single/2.safetensors",
        f"{folder}/partner/2.safetensors",
    ]
    assert files.trained_method(panel("paper"), "partner") == "single"


def test_a_partner_has_a_seed_of_its_own_and_all_other_models_share_one() -> None:
    names = [files.seed_name(panel("paper"), member, "2") for member in ("single", "same_layer")]
    assert names == ["2", "2"]
    assert files.seed_name(panel("paper"), "partner", "2") == "2/partner"


def test_a_job_without_a_method_scores_all_rows_of_its_network() -> None:
    lab = panel("lab")
    methods = files.scored_methods(lab, "danet")
    numbers = files.scored_numbers(lab, "danet")
    models = files.scored_models(lab, "lab", "camvid", "danet")

    assert len(methods) == len(numbers) == len(lab.methods) * lab.seeds
    assert len(models) == len(methods) + methods.count("ensemble")
    assert files.scored_methods(lab, "danet", "single", "1") == ["single"]
    assert files.scored_numbers(lab, "danet", "single", "1") == ["1"]


def test_the_raw_results_of_every_model_are_read_and_no_others() -> None:
    paper = panel("paper")
    rows = len(paper.networks) * len(paper.methods) * paper.seeds
    assert len(files.all_evaluations(paper, "paper")) == 2 * rows
    assert len(files.evaluations(paper, "paper", "voc")) == rows


def test_controls_are_further_rows_with_seeds_of_their_own() -> None:
    lab = panel("lab")
    few = lab.controls.model_copy(update={"networks": ("deeplabv3plus",), "seeds": 2})
    lab = lab.model_copy(update={"controls": few})
    own = lab.controls.methods
    controls = [path for one in own for path in files.evaluations(lab, "lab", "camvid", one)]
    folder = "results/lab/segmentation/raw/camvid/deeplabv3plus"
    assert controls == [
        f"{folder}/{control}/{number}.safetensors"
        for control in ("single_longer", "same_layer_detached", "mutual")
        for number in (0, 1)
    ]
    assert {path.replace("raw", "models") for path in controls} < set(files.all_files(lab, "lab"))
    assert not any("mutual" in path for path in files.all_files(panel("smoke"), "smoke"))


def test_the_longer_control_makes_as_many_steps_as_a_pair_costs() -> None:
    lab = panel("lab")
    steps = {
        member: files.training_recipe(lab, "camvid", "danet", member).training.steps
        for member in ("single", "mutual", "single_longer")
    }
    assert steps["mutual"] == steps["single"] == lab.table1.danet.training.steps
    assert steps["single_longer"] == round(lab.controls.longer * steps["single"])
    assert f"--training.steps {steps['single_longer']}" in files.training_options(
        lab, "camvid", "danet", "single_longer"
    )


def test_a_table_that_is_not_run_has_no_scores_and_no_costs() -> None:
    lab = panel("lab")
    for name in ("scores", "costs"):
        assert files.table_numbers(lab, "lab", "2", name) == []
        expected = [f"results/lab/segmentation/{name}_camvid.csv"]
        assert files.table_numbers(lab, "lab", "1", name) == expected


def test_each_history_has_the_name_of_its_training() -> None:
    smoke = panel("smoke")
    histories, names = files.histories(smoke, "smoke"), files.trainings(smoke, "smoke")
    folder = "results/smoke/segmentation/models"
    assert histories == [f"{folder}/{name}.history.csv" for name in names]
    assert "drawn_objects/danet/partner/0" in names
    assert set(histories) < set(files.all_files(smoke, "smoke"))


def test_the_counts_of_each_data_set_are_files_of_the_panel() -> None:
    counts = [name for name in files.all_files(panel("smoke"), "smoke") if "/counts_" in name]
    assert counts == [
        f"results/smoke/segmentation/counts_{dataset}.csv.xz"
        for dataset in ("drawn_streets", "drawn_objects")
    ]


def test_a_control_has_tables_of_its_own() -> None:
    lab = panel("lab")
    tables = files.counts(lab, "lab", "camvid")
    assert [path.partition("iou_")[2] for path in files.iou_tables(lab, "lab")] == [
        "camvid.csv",
        "camvid_single_longer.csv",
        "camvid_same_layer_detached.csv",
        "camvid_mutual.csv",
    ]
    assert files.iou_datasets(lab) == ["camvid"] * 4
    folder = "results/lab/segmentation"
    assert tables == [
        f"{folder}/counts_camvid.csv.xz",
        f"{folder}/counts_camvid_single_longer.csv.xz",
        f"{folder}/counts_camvid_same_layer_detached.csv.xz",
        f"{folder}/counts_camvid_mutual.csv.xz",
    ]
    assert {*tables, f"{folder}/iou_camvid_mutual.csv"} < set(files.all_files(lab, "lab"))


def test_the_reported_split_is_the_paper_s_where_it_has_one() -> None:
    assert files.scored_sets(panel("paper"), "paper") == [
        "data/prepared/paper/cityscapes/val.safetensors",
        "data/prepared/paper/voc/val.safetensors",
    ]
    assert files.scored_sets(panel("lab"), "lab") == ["data/prepared/lab/camvid/test.safetensors"]


def test_only_a_pretrained_backbone_needs_weights() -> None:
    assert files.pretrained_manifest(panel("smoke")) == []
    for scale, entry in (("paper", "resnet101_imagenet"), ("lab", "efficientnet_lite0")):
        (manifest,) = files.pretrained_manifest(panel(scale))
        assert manifest == f"data/raw/{entry}/MANIFEST.sha256"


def test_a_data_set_that_a_scale_does_not_have_is_refused_with_those_it_has() -> None:
    error = error_of(lambda: files.recipe(panel("smoke"), "voc", "danet"))
    assert error.expected == "a data set of this scale: drawn_streets, drawn_objects"
    assert error.found == "voc"


def test_a_training_asks_for_threads_and_memory_of_all_its_processes() -> None:
    several = panel("paper").model_copy(update={"processes": 4, "loader_workers": 3})
    assert files.training_threads(several, torch_threads=2) == 4 * (2 + 3)
    assert files.training_memory(several, "paper") == 4 * (8000 + 3 * 1000)
    assert files.training_memory(several, "smoke") == 4 * 2000


def test_costs_are_counted_for_each_network_s_stride_and_the_training_crop() -> None:
    assert setting.output_strides(panel("paper"), "voc") == [8, 16]
    assert setting.image_size(panel("smoke"), "drawn_streets") == (64, 128)

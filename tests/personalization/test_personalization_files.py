"""Which files the panel has at each scale, and the run in words, from the real parameters."""

import pytest
from support import ROOT

from triptych.config.load import read
from triptych.personalization import description, files
from triptych.personalization.judges import files as judges

PARAMETERS = read(ROOT / "params.yaml")


def _panel(scale):
    return PARAMETERS.scales[scale].personalization


@pytest.mark.parametrize("scale", ["tiny", "smoke", "lab", "paper"])
def test_every_file_is_listed_once_below_the_results_of_its_scale(scale):
    listed = list(files.all_files(_panel(scale), scale))
    assert len(set(listed)) == len(listed)
    assert all(path.startswith(f"results/{scale}/personalization/") for path in listed)
    assert {path for path in listed if path.endswith("images.safetensors")} == {
        f"results/{scale}/personalization/raw/class_images.safetensors"
    }
    assert set(files.generated_rows(_panel(scale), scale)) <= set(listed)


def test_models_are_trained_where_none_is_released():
    smoke, paper = _panel("smoke"), _panel("paper")
    models = "results/smoke/personalization/models"
    assert files.base_model(smoke, "smoke") == f"{models}/base/MANIFEST.sha256"
    assert files.released_weights(smoke, "smoke") == []
    assert files.starting_adapter(smoke, "smoke", "ip_adapter") == []
    assert files.starting_adapter(smoke, "smoke", "ip_adapter_finetuned") == [
        f"{models}/ip_adapter/0/MANIFEST.sha256"
    ]
    released = {
        *files.released_weights(paper, "paper"),
        *files.starting_adapter(paper, "paper", "ip_adapter_finetuned"),
        *files.captioner(paper),
        *files.clip(paper),
        judges.extractor_weights(paper, "paper"),
    }
    assert released == {f"data/raw/{one}/MANIFEST.sha256" for one in files.RELEASED_WEIGHTS}
    trained = [path for path in files.all_files(paper, "paper") if "/models/" in path]
    assert not [path for path in trained if "/base" in path or "/ip_adapter/" in path]


def test_the_judges_are_released_networks_where_the_photos_are_real():
    lab, paper, smoke = _panel("lab"), _panel("paper"), _panel("smoke")
    assert judges.extractor_weights(lab, "lab") == "data/raw/efficientnet_lite0/MANIFEST.sha256"
    assert judges.extractor_weights(paper, "paper") == "data/raw/inception_v3/MANIFEST.sha256"
    for panel, scale in ((lab, "lab"), (paper, "paper")):
        assert judges.identity_weights(panel, scale) == "data/raw/dlib_resnet/MANIFEST.sha256"
        assert judges.centering_photos(panel, scale) == [files.photos(panel, scale, "train")]
        # The face network is trained to condition a row alone.
        judged = panel.model_copy(update={"extensions": ()})
        assert not [path for path in files.all_files(judged, scale) if "face_network" in path]
        assert f"results/{scale}/personalization/equation5.csv" in files.all_files(panel, scale)
    trained = "results/smoke/personalization/models/face_network.safetensors"
    assert judges.extractor_weights(smoke, "smoke") == judges.identity_weights(smoke, "smoke")
    assert judges.identity_weights(smoke, "smoke") == trained
    assert trained in files.all_files(smoke, "smoke")
    assert judges.centering_photos(smoke, "smoke") == judges.photo_scores(smoke, "smoke") == []


def test_landmarks_align_faces_that_no_funneling_has_put_in_place():
    assert judges.face_alignment(_panel("lab")) == "square"
    assert judges.face_alignment(_panel("paper")) == "landmarks"
    own = {"dataset": "folder", "folder": {"path": "photos"}, "corpus": None}
    faces = _panel("lab").faces.model_copy(update=own)
    assert judges.face_alignment(_panel("lab").model_copy(update={"faces": faces})) == "landmarks"


def test_test_persons_teach_no_model():
    for scale in ("tiny", "smoke", "lab", "paper"):
        panel = _panel(scale)
        test = files.test_photos(panel, scale)
        assert test in files.all_photos(panel, scale)
        assert files.base_photos(panel, scale) != test
        for adapter in ("ip_adapter", "ip_adapter_finetuned"):
            assert files.adapter_photos(panel, scale, adapter) != test


def test_an_adapter_is_trained_plain_or_on_sets_of_photos():
    panel = _panel("smoke")
    assert files.adapter_references(panel, "ip_adapter") == ""
    assert files.adapter_references(panel, "ip_adapter_finetuned") == "--references 9"
    assert files.adapter_set_attention(panel, "ip_adapter_finetuned") == ""
    assert "--set-attention.heads" in files.adapter_set_attention(
        panel, "ip_adapter_self_attention"
    )
    tuned = [
        (files.adapter_stage(panel, name), files.adapter_training(panel, name))
        for name in ("ip_adapter_finetuned", "ip_adapter_self_attention")
    ]
    # With the same seed and recipe, only the self-attention differs.
    assert tuned[0] == tuned[1]
    assert tuned[0] != (
        files.adapter_stage(panel, "ip_adapter"),
        files.adapter_training(panel, "ip_adapter"),
    )


def test_one_job_makes_the_rows_of_the_plain_adapter_or_each_row_has_its_own():
    panel = _panel("smoke").model_copy(update={"generation_jobs": "per_adapter"})
    rows = files.joint_rows(panel)
    assert rows == [
        "ip_adapter",
        "ip_adapter_max_pool",
        "ip_adapter_avg_pool",
        "ip_adapter_other_person",
    ]
    assert files.job_rows(panel) == rows
    assert files.job_rows(panel, "text_only") == ["text_only"]
    assert files.row_adapter(panel, "smoke", "text_only") == []
    assert files.row_adapter(panel, "smoke") == files.row_adapter(panel, "smoke", "ip_adapter")
    assert files.joint_rows(panel.model_copy(update={"generation_jobs": "per_row"})) == []


def test_an_adapter_on_faces_is_trained_like_the_plain_one():
    panel = _panel("lab").model_copy(update={"extensions": ("ip_adapter_face",)})
    for part in (files.adapter_stage, files.adapter_training, files.adapter_references):
        assert part(panel, "ip_adapter_face") == part(panel, "ip_adapter")
    for part in (files.adapter_photos, files.starting_adapter):
        assert part(panel, "lab", "ip_adapter_face") == part(panel, "lab", "ip_adapter")
    assert files.adapter_face_network(panel, "lab", "ip_adapter") == []
    listed = list(files.all_files(panel, "lab"))
    assert files.adapter_face_network(panel, "lab", "ip_adapter_face")[0] in listed
    assert files.row_adapter(panel, "lab", "ip_adapter_face")[0] in listed


def test_fine_tuned_adapters_are_trained_several_times_and_the_others_once():
    panel = _panel("smoke").model_copy(update={"training_seeds": 3})
    names = [str(row) for row in files.rows(panel)]
    finetuned = ("ip_adapter_self_attention", "ip_adapter_finetuned")
    assert [name for name in names if "." in name] == [
        f"{variant}.seed{seed}" for variant in finetuned for seed in (1, 2)
    ]
    assert set(panel.variants) <= set(names)
    assert files.row_adapter(panel, "smoke", "ip_adapter_finetuned.seed2") == [
        "results/smoke/personalization/models/ip_adapter_finetuned/2/MANIFEST.sha256"
    ]
    listed = list(files.all_files(panel, "smoke"))
    for adapter, trainings in (("ip_adapter", 1), ("ip_adapter_finetuned", 3)):
        histories = [path for path in listed if f"/models/{adapter}/" in path and "history" in path]
        assert len(histories) == trainings


def test_figure_6_has_a_form_without_photos_where_they_must_not_be_passed_on():
    assert files.shown_photos(_panel("lab"), "lab", "shareable/") == []
    assert files.shown_photos(_panel("lab"), "lab", "") == [files.test_photos(_panel("lab"), "lab")]
    for scale, forms in (("smoke", 1), ("lab", 2)):
        listed = files.all_files(_panel(scale), scale)
        assert sum(path.endswith("fig6_generations.png") for path in listed) == forms


def test_what_the_layer_changes_is_measured_where_all_its_rows_are():
    assert files.layer(_panel("smoke"), "smoke") == ["results/smoke/personalization/layer.csv"]
    assert files.layer(_panel("tiny"), "tiny") == []
    panel = _panel("smoke").model_copy(update={"training_seeds": 2})
    assert [path.split("/")[-1] for path in files.attending_rows(panel, "smoke")] == [
        "ip_adapter_self_attention.safetensors",
        "ip_adapter_self_attention.seed1.safetensors",
    ]
    assert len(files.attending_adapters(panel, "smoke")) == 2
    assert files.swept_settings(panel) == files.sweeps(panel, "smoke") == []


def test_the_setting_names_data_models_and_recipes():
    words = description.describe_setting(_panel("smoke"))
    assert words.startswith("drawn_faces at 32 pixels, ")
    assert _panel("smoke").finetuning.recipe in words
    assert "base model stable_diffusion_v1_5; IP-Adapter ip_adapter_sd15;" in (
        description.describe_setting(_panel("paper"))
    )


def test_only_what_differs_from_the_paper_is_a_difference():
    assert description.differences(_panel("paper")) == [
        "A training person has up to 20 photos, not 10.",
        "Generated images, never compressed, are compared with photos from JPEG files.",
        "DreamBooth learns from captions with the word sks, not from"
        ' "a [identifier] [class noun]".',
    ]
    smoke = " ".join(description.differences(_panel("smoke")))
    for part in (
        "drawn_faces, not lfw",
        "not 512",
        "not Stable Diffusion",
        "not from LLaVA",
        "FID",
    ):
        assert part in smoke
    tiny = _panel("tiny")
    few = tiny.model_copy(update={"methods": ("ip_adapter",), "controls": (), "references": 3})
    assert description.differences(few)[-3:] == [
        "3 photos describe a person, not nine.",
        "Only ip_adapter of the paper's methods were run.",
        "Without the controls text_only, ip_adapter_other_person, ip_adapter_finetuned.",
    ]


def test_a_released_model_is_named_and_a_trained_model_is_not():
    sources = {
        scale: (description.base_source(_panel(scale)), description.adapter_source(_panel(scale)))
        for scale in ("smoke", "paper")
    }
    assert sources == {
        "smoke": ("trained", "trained"),
        "paper": ("stable_diffusion_v1_5", "ip_adapter_sd15"),
    }

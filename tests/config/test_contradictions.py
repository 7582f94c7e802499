"""Keys that contradict each other are refused at their section; their limits are allowed."""

from typing import Any

import pytest
from refusals import CHANGED, refusal_of, with_changes

ADVERSARIAL, SEGMENTATION, PERSONALIZATION = (
    f"scales.smoke.{panel}" for panel in ("adversarial", "segmentation", "personalization")
)
TABLE = f"{SEGMENTATION}.table1"
DANET = f"{TABLE}.danet"
BASE = f"{PERSONALIZATION}.base"

# The section; what is changed in it; what is said.
CONTRADICTIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty chunk": (f"{ADVERSARIAL}.attack", {"chunks": 3, "epsilons": [0.1, 0.2]},
                    "chunks must be at most the number of epsilons, 2"),
    "pieces": (f"{ADVERSARIAL}.networks.natural", {"batch_size": 50, "accumulate": 4},
               "batch_size 50 must be a multiple of accumulate, 4"),
    "released weights of another width": (
        "scales.paper.adversarial.networks", {"width": 0.5},
        "width must be 1 where weights are released",
    ),
    "no common epsilon": (ADVERSARIAL, {"adaptive": {"epsilons": [0.123]}},
                          "adaptive.epsilons and attack.epsilons must share at least one"),
    "lengths of a falling rate": (
        ADVERSARIAL,
        {"training_length": {"seeds": 2, "steps": [5], "epsilons": [0.1], "test_images": 5}},
        "training_length needs networks.natural to be trained here with a constant",
    ),
    "a detector twice": (
        ADVERSARIAL, {"further_detectors": ["total_variation", "total_variation"]},
        "further_detectors, named twice: total_variation",
    ),
    "drawn without sizes": (TABLE, {"drawn": None}, "needs the section drawn"),
    "sizes of another set": (TABLE, {"dataset": "camvid"}, "no other may have it"),
    "gaps between windows": (f"{DANET}.protocol", {"kind": "sliding", "window": 32, "stride": 33},
                             "stride must not exceed window"),
    "scales of crops": (f"{DANET}.training.augmentation", {"smallest_scale": 1.3},
                        "smallest_scale must not exceed largest_scale"),
    "weights": (SEGMENTATION, {"pretrained": True}, "backbones with known weights"),
    "a network twice": (SEGMENTATION, {"networks": ["danet", "danet"]},
                        "networks, named twice: danet"),
    "a method of panel 2 twice": (SEGMENTATION, {"methods": ["single", "single"]},
                                  "methods, named twice: single"),
    "a control of panel 2 twice": (
        f"{SEGMENTATION}.controls",
        {"networks": ["danet"], "methods": ["mutual"] * 2, "seeds": 1, "longer": 2},
        "methods, named twice: mutual",
    ),
    "one image for a process": (SEGMENTATION, {"processes": 4}, "fewer than 2 images"),
    "one image in a piece": (
        SEGMENTATION, {"table1": {"danet": {"training": {"batch_size": 4, "accumulate": 4}}}},
        "fewer than 2 images",
    ),
    "one data set": (SEGMENTATION, {"table2": {"dataset": "drawn_streets"}},
                     "must not have the same dataset"),
    "no corpus": (f"{PERSONALIZATION}.faces", {"corpus": None},
                  "drawn_faces needs the section corpus"),
    "a corpus of real faces": (f"{PERSONALIZATION}.faces", {"dataset": "lfw"},
                               "no other set may have it"),
    "most photos": (f"{PERSONALIZATION}.faces", {"photos": 12, "most_photos": 11},
                    "most_photos must not be below photos"),
    "references": (PERSONALIZATION, {"references": 10}, "references must be fewer than"),
    "dropout": (f"{PERSONALIZATION}.condition_dropout", {"both": 0.9}, "must not exceed 1"),
    "a method twice": (PERSONALIZATION, {"methods": ["ip_adapter", "ip_adapter"]},
                       "methods, named twice: ip_adapter"),
    "a control twice": (PERSONALIZATION, {"controls": ["text_only", "text_only"]},
                        "controls, named twice: text_only"),
    "side": (PERSONALIZATION, {"resolution": 60}, "resolution must be a multiple of 8"),
    "side of the latents": (
        PERSONALIZATION, {"resolution": 48, "base": {"autoencoder": {"channels": [8] * 6}}},
        "resolution must be a multiple of 32",
    ),
    "patch": (PERSONALIZATION, {"base": {"encoders": {"patch": 7}}},
              "faces.side must be a multiple of base.encoders.patch"),
    "heads": (f"{BASE}.encoders", {"heads": 5}, "width must be a multiple of heads"),
    "batch of one person": (f"{PERSONALIZATION}.face_network", {"training": {"batch_size": 3}},
                            "training.batch_size must be at least 4"),
    "piece of one person": (
        f"{PERSONALIZATION}.face_network", {"training": {"batch_size": 4, "accumulate": 2}},
        "training.batch_size must be at least 4 in each piece",
    ),
    "heads of the set": (PERSONALIZATION, {"set_attention": {"heads": 7}},
                         "set_attention.heads must divide base.encoders.embedding"),
    "jobs": (PERSONALIZATION, {"dreambooth": {"jobs": 7}},
             "dreambooth.jobs must not exceed faces.test_persons"),
    "sweep of a row that is not there": (
        PERSONALIZATION,
        {"controls": [], "sweeps": {"images_per_person": 1, "references": {
            "rows": ["ip_adapter_finetuned"], "values": [1]}}},
        "sweeps name ip_adapter_finetuned, which this scale does not generate",
    ),
    "sweep of more photos": (
        PERSONALIZATION,
        {"sweeps": {"images_per_person": 1, "references": {
            "rows": ["ip_adapter_avg_pool"], "values": [10]}}},
        "sweeps.references.values must not exceed references",
    ),
    "sweep of more images": (PERSONALIZATION, {"sweeps": {"images_per_person": 1000}},
                             "sweeps.images_per_person must not exceed that of sampling"),
    "an adapter on faces": (
        "scales.paper.personalization", {"extensions": ["ip_adapter_face"]},
        "ip_adapter_face is trained like the adapter",
    ),
    "a judge that conditions": (
        PERSONALIZATION, {"extensions": ["ip_adapter_face"]},
        "ip_adapter_face needs another identity than the face network",
    ),
    "processes": (PERSONALIZATION, {"processes": 3}, "batch_size must be a multiple of processes"),
    "pieces in a process": (
        PERSONALIZATION, {"processes": 2, "finetuning": {"batch_size": 4, "accumulate": 4}},
        "batch_size must be a multiple of processes times accumulate",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("section", "changes", "said"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_keys_that_contradict_each_other_are_refused_at_their_section(
    section: str, changes: dict[str, Any], said: str
) -> None:
    error = refusal_of({section: changes})

    assert error.expected.startswith(f"{section}: ")
    assert said in error.expected
    assert error.where == str(CHANGED)


def test_a_released_adapter_needs_its_base() -> None:
    error = refusal_of(
        {f"{PERSONALIZATION}.adapter.released": "ip_adapter_sd15"},
        without=(f"{PERSONALIZATION}.adapter.training",),
    )
    assert "an adapter that is trained here" in error.expected


def test_an_adapter_is_not_trained_on_a_published_base() -> None:
    error = refusal_of(
        {f"{BASE}.released": "stable_diffusion_v1_5"},
        without=tuple(f"{BASE}.{part}" for part in ("encoders", "autoencoder", "denoiser")),
    )
    assert "choose a released adapter" in error.expected


@pytest.mark.parametrize(
    ("section", "changes"),
    [
        (f"{ADVERSARIAL}.attack", {"chunks": 2, "epsilons": [0.1, 0.2]}),
        (f"{DANET}.protocol", {"kind": "sliding", "window": 32, "stride": 32}),
        # A stride plays no part where there are no windows.
        (f"{DANET}.protocol", {"kind": "whole", "window": 16}),
        (f"{DANET}.training.augmentation", {"smallest_scale": 1.25}),
        (SEGMENTATION, {"processes": 2}),
        (PERSONALIZATION, {"references": 1}),
        (f"{PERSONALIZATION}.faces", {"photos": 12, "most_photos": 12}),
        (f"{PERSONALIZATION}.condition_dropout", {"both": 0.35}),
        (PERSONALIZATION, {"dreambooth": {"jobs": 6}}),
        (PERSONALIZATION, {"processes": 4}),
        (f"{BASE}.denoiser", {"ema_decay": 0}),
        (PERSONALIZATION, {"snr_gamma": 5.0}),
        (PERSONALIZATION, {"resolution": 16}),
    ],
)
def test_their_limits_are_allowed(section: str, changes: dict[str, Any]) -> None:
    assert with_changes({section: changes}).seed == 2018

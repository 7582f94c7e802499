"""Keys of panel 3's section that contradict each other are refused; their limits are allowed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from personalization_section import BASE, LOOP, PANEL, TRAINED
from refusals import line_of, refusal

from triptych.config.load import read

Write = Callable[..., Path]

CORPUS = "        corpus:\n          persons: 8\n          photos: 2\n"


# Rules that concern two keys at once: what is replaced, and what is said of which section.
@pytest.mark.parametrize(
    ("pieces", "key", "said"),
    [
        ((CORPUS, ""), f"{PANEL}.faces", "drawn_faces needs the section corpus"),
        (("drawn_faces", "lfw"), f"{PANEL}.faces", "no other set may have it"),
        (("most_photos: 12", "most_photos: 9"), f"{PANEL}.faces", "most_photos must not be below"),
        (("references: 9", "references: 10"), PANEL, "references must be fewer than faces.photos"),
        (("both: 0.07", "both: 0.9"), f"{PANEL}.condition_dropout", "together must not exceed 1"),
        (("[dreambooth, ip_adapter]", "[ip_adapter, ip_adapter]"), PANEL, "named twice"),
        (("[text_only]", "[text_only, text_only]"), PANEL, "named twice: text_only, text_only"),
        (("        training: *loop\n      snr", "        released: ip_adapter_sd15\n      snr"),
         PANEL, "a released adapter needs the released base"),
        (("resolution: 64", "resolution: 60"), PANEL, "resolution must be a multiple of 8"),
        (("          channels: [8, 8]\n          layers", "          channels: [8, 8, 8, 8, 8, 8]\n"
          "          layers", "resolution: 64", "resolution: 48"), PANEL,
         "resolution must be a multiple of 32"),
        (("patch: 8", "patch: 7"), PANEL, "faces.side must be a multiple of base.encoders.patch"),
        (("heads: 2", "heads: 3"), f"{BASE}.encoders", "width must be a multiple of heads"),
        (("embedding: 16\n        training: *loop", "embedding: 16\n        training: {recipe: a, "
          "steps: 1, batch_size: 3, learning_rate: 0.1, weight_decay: 0, warmup_steps: 0, "
          "schedule: cosine, precision_cuda: float32, log_every: 1, checkpoint_every: 1}"),
         f"{PANEL}.face_network", "training.batch_size must be at least 4"),
        (("heads: 8\n        output", "heads: 7\n        output"), PANEL,
         "set_attention.heads must divide base.encoders.embedding"),
        (("jobs: 2", "jobs: 4"), PANEL, "dreambooth.jobs must not exceed faces.test_persons"),
        (("processes: 1", "processes: 3"), PANEL, "batch_size must be a multiple of processes"),
        (("batch_size: 4\n", "batch_size: 4\n            accumulate: 2\n"),
         f"{PANEL}.face_network", "training.batch_size must be at least 4 in each piece"),
    ],
    ids=["no corpus", "a corpus of real faces", "most photos", "references", "dropout",
         "a method twice", "a control twice", "another's adapter", "side", "side of the latents",
         "patch", "heads", "batch of one person", "heads of the set", "jobs", "processes",
         "pieces of one person"],
)  # fmt: skip
def test_values_that_contradict_each_other_are_refused(
    write_section: Write, pieces: tuple[str, ...], key: str, said: str
) -> None:
    path = write_section(*pieces)

    error = refusal(path)

    assert error.expected.startswith(f"{key}: ")
    assert said in error.expected
    assert line_of(error, path) == f"{key.rsplit('.', 1)[-1]}:"


def test_an_adapter_is_not_trained_on_a_published_base(write_section: Write) -> None:
    path = write_section(
        TRAINED,
        "        released: stable_diffusion_v1_5\n",
        "      adapter:\n        training: *loop\n",
        f"      adapter:\n          training: &loop\n{LOOP}",
    )
    assert "choose a released adapter" in refusal(path).expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("references: 9", "references: 1"),
        ("most_photos: 12", "most_photos: 10"),
        ("both: 0.07", "both: 0.89"),
        ("jobs: 2", "jobs: 3"),
        ("processes: 1", "processes: 4"),
        ("ema_decay: 0.9", "ema_decay: 0"),
        ("snr_gamma: null", "snr_gamma: 5.0"),
        ("resolution: 64", "resolution: 16"),
    ],
)
def test_their_limits_are_allowed(write_section: Write, old: str, new: str) -> None:
    assert read(write_section(old, new)).active.personalization.figure_persons == 2

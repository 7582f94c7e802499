"""Panel 3's section of the parameter file: what is allowed, and what a refusal says."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from personalization_section import BASE, LOOP, PANEL, PARAMS, TRAINED
from pydantic import BaseModel
from refusals import assert_refused, line_of, refusal

from triptych.cli import app
from triptych.config.load import read
from triptych.config.options import as_options
from triptych.config.section import Scale

Write = Callable[..., Path]


def test_the_section_is_valid_and_keeps_its_values(write_section: Write) -> None:
    panel = read(write_section()).active.personalization

    assert panel.base.encoders.training == panel.finetuning == panel.adapter.training
    assert panel.faces.corpus is not None
    assert panel.condition_dropout.both == 0.07
    assert panel.dreambooth.class_words == ("person",)
    assert panel.variants == ("dreambooth", "ip_adapter", "text_only")


def test_published_weights_take_the_place_of_a_training(write_section: Write) -> None:
    path = write_section(
        TRAINED,
        "        released: stable_diffusion_v1_5\n",
        "      adapter:\n        training: *loop\n",
        "      adapter: {released: ip_adapter_sd15}\n",
        "      finetuning: *loop\n",
        f"      finetuning: &loop\n{LOOP}",
    )

    panel = read(path).active.personalization

    assert panel.base.released == "stable_diffusion_v1_5"
    assert panel.adapter.released == "ip_adapter_sd15"


# What is replaced, by what; then the key, the found value, the allowed range and the
# text of the line at which the error must point.
OUTSIDE = [
    ("ip_adapter]", "photoshop]", f"{PANEL}.methods[1]", "'photoshop'", "one of dreambooth, "
     "ip_adapter, ip_adapter_max_pool", "methods: [dreambooth, photoshop]"),
    ("[dreambooth, ip_adapter]", "[]", f"{PANEL}.methods", "[]", "a list of at least one value",
     "methods: []"),
    ("[text_only]", "[dreambooth]", f"{PANEL}.controls[0]", "'dreambooth'",
     "one of text_only, ip_adapter_other_person", "controls: [dreambooth]"),
    ("drawn_faces", "celeba", f"{PANEL}.faces.dataset", "'celeba'", "one of drawn_faces, lfw",
     "dataset: celeba"),
    ("test_persons: 3", "test_persons: 1", f"{PANEL}.faces.test_persons", "1",
     "an integer in [2, 10000]", "test_persons: 1"),
    ("photos: 2", "photos: 1", f"{PANEL}.faces.corpus.photos", "1", "an integer in [2, 1000]",
     "photos: 1"),
    ("provider: drawn", "provider: clip", f"{PANEL}.captions.provider", "'clip'",
     "one of drawn, statistics, llava", "provider: clip"),
    ("vocabulary: 600", "vocabulary: 519", f"{BASE}.encoders.vocabulary", "519",
     "an integer in [520, 100000]", "vocabulary: 519"),
    ("kl_weight: 1e-06", "kl_weight: 1.5", f"{BASE}.autoencoder.kl_weight", "1.5",
     "a number in [0, 1]", "kl_weight: 1.5"),
    ("ema_decay: 0.9", "ema_decay: 1.0", f"{BASE}.denoiser.ema_decay", "1.0",
     "a number in [0, 1)", "ema_decay: 1.0"),
    ("references: 9", "references: 0", f"{PANEL}.references", "0", "an integer in [1, 64]",
     "references: 0"),
    ("image: 0.05", "image: -0.1", f"{PANEL}.condition_dropout.image", "-0.1",
     "a number in [0, 1]", "image: -0.1"),
    ("output: tokens", "output: sum", f"{PANEL}.set_attention.output", "'sum'",
     "one of tokens, mean", "output: sum"),
    ("prior_weight: 1.5", "prior_weight: -1", f"{PANEL}.dreambooth.prior_weight", "-1",
     "a number in [0, 10]", "prior_weight: -1"),
    ("guidance_scale: 3.0", "guidance_scale: 0.5", f"{PANEL}.sampling.guidance_scale", "0.5",
     "a number in [1, 50]", "guidance_scale: 0.5"),
    ("extractor: face_network", "extractor: vgg", f"{PANEL}.extractor", "'vgg'",
     "one of face_network, inception_v3", "extractor: vgg"),
    ("schedule: cosine", "schedule: linear", f"{BASE}.encoders.training.schedule", "'linear'",
     "one of constant, cosine", "schedule: linear"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key", "found", "allowed", "line"), OUTSIDE, ids=[row[5] for row in OUTSIDE]
)
def test_a_value_outside_its_range_is_refused_with_key_value_range_and_line(
    write_section: Write, old: str, new: str, key: str, found: str, allowed: str, line: str
) -> None:
    path = write_section(old, new)

    assert_refused(path, key, found, allowed, line)


@pytest.mark.parametrize(
    ("old", "new", "key", "known"),
    [
        ("references: 9", "references: 9\n      foo: 1", f"{PANEL}.foo", "set_attention"),
        ("persons: 8", "persons: 8\n          foo: 1", f"{PANEL}.faces.corpus.foo", "photos"),
        ("drop_text: 0.1", "drop_text: 0.1\n          foo: 1", f"{BASE}.denoiser.foo", "heads"),
        ("jobs: 2", "jobs: 2\n        foo: 1", f"{PANEL}.dreambooth.foo", "prior_weight"),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones_and_its_line(
    write_section: Write, old: str, new: str, key: str, known: str
) -> None:
    path = write_section(old, new)

    error = refusal(path)

    assert error.found == "the unknown key 'foo'"
    assert error.remedy == f"remove or rename {key}"
    assert known in error.expected.removeprefix("one of the keys ").split(", ")
    assert line_of(error, path) == "foo: 1"


@pytest.mark.parametrize(
    ("old", "key", "allowed", "section"),
    [
        ("      extractor: face_network\n", f"{PANEL}.extractor", "one of face_network",
         "personalization:"),
        ("          drop_text: 0.1\n", f"{BASE}.denoiser.drop_text", "a number in [0, 1]",
         "denoiser:"),
        ("        name: sks\n", f"{PANEL}.dreambooth.name", "", "dreambooth:"),
    ],
)  # fmt: skip
def test_a_missing_key_is_named_with_the_line_of_its_section(
    write_section: Write, old: str, key: str, allowed: str, section: str
) -> None:
    path = write_section(old, "")

    error = refusal(path)

    assert error.expected.startswith(f"the key {key.rsplit('.', 1)[-1]!r}: {allowed}")
    assert error.found == "no such key"
    assert line_of(error, path) == section


def _parsed(command: str, **sections: BaseModel) -> dict[str, Any]:
    """What the command line makes of sections that are written as options."""
    options = (as_options(value, name.replace("_", "-")) for name, value in sections.items())
    _, arguments, _ = app.parse_args(
        shlex.split(" ".join([command, *options])), exit_on_error=False, print_error=False
    )
    return {name: arguments.arguments[name] for name in sections}


@pytest.mark.parametrize("scale", get_args(Scale))
def test_every_shipped_section_survives_the_command_line(scale: str) -> None:
    panel = read(PARAMS).scales[scale].personalization
    seeds = "--resolution 16 --seed 1 --threads 1"
    photos = "--photos a --captions b --base c"
    commands = {
        f"personalization dreambooth {photos} --class-images d --generated e --job 0 "
        f"--references 9 --division-seed 2 --training-seed 3 {seeds}": {
            "dreambooth": panel.dreambooth,
            "sampling": panel.sampling,
        },
        f"personalization train-adapter {photos} --adapter d --history e --processes 1 {seeds}": {
            "training": panel.finetuning,
            "dropout": panel.condition_dropout,
            "set_attention": panel.set_attention,
        },
    }
    for command, sections in commands.items():
        assert _parsed(command, **sections) == sections

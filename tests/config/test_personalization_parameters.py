"""Panel 3's section of the parameter file: what is allowed, and what a refusal says."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from triptych.cli import app
from triptych.config import Scale, as_options, read
from triptych.errors import UserError

PARAMS = Path(__file__).parents[2] / "params.yaml"
Write = Callable[..., Path]

PANEL = "scales.tiny.personalization"
BASE = f"{PANEL}.base"

LOOP = """\
            recipe: brief
            steps: 4
            batch_size: 4
            learning_rate: 0.001
            weight_decay: 0.01
            warmup_steps: 0
            schedule: cosine
            precision_cuda: float32
            log_every: 2
            checkpoint_every: 2
"""

# Beside what the shipped file has for the other panels: most keys on a line of their own.
SECTION = f"""\
    personalization:
      methods: [dreambooth, ip_adapter]
      controls: [text_only]
      faces:
        dataset: drawn_faces
        corpus:
          persons: 8
          photos: 2
        train_persons: 5
        test_persons: 3
        photos: 10
        most_photos: 12
        crop: 32
        side: 48
      captions:
        provider: drawn
        question: Who?
      base:
        encoders:
          width: 16
          heads: 2
          text_layers: 1
          image_layers: 1
          patch: 8
          embedding: 16
          vocabulary: 600
          longest_text: 16
          training: &loop
{LOOP}\
        autoencoder:
          channels: [8, 8]
          layers_per_block: 1
          latent_channels: 4
          kl_weight: 1e-06
          training: *loop
        denoiser:
          channels: [8, 16]
          layers_per_block: 1
          heads: 4
          drop_text: 0.1
          ema_decay: 0.9
          training: *loop
      adapter:
        training: *loop
      snr_gamma: null
      resolution: 64
      references: 9
      finetuning: *loop
      condition_dropout:
        image: 0.05
        text: 0.06
        both: 0.07
      set_attention:
        layers: 1
        heads: 8
        output: tokens
      dreambooth:
        training: *loop
        prior_images: 2
        prior_weight: 1.5
        class_prompt: a photo of a person
        class_words: [person]
        name: sks
        train_text_encoder: false
        jobs: 2
      sampling:
        steps: 2
        guidance_scale: 3.0
        adapter_scale: 0.8
        images_per_person: 5
        batch_size: 3
      face_network:
        channels: [8, 8]
        embedding: 16
        training: *loop
      extractor: face_network
      processes: 1
      figure_persons: 2
"""
TRAINED = SECTION[SECTION.index("        encoders:\n") : SECTION.index("      adapter:\n")]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the parameters with pieces of panel 3's section replaced, each there once."""
    shipped = PARAMS.read_text(encoding="utf-8").replace("scale: smoke", "scale: tiny", 1)
    before, _, _ = shipped.partition("\nscales:\n")
    kept = shipped.split("\n  tiny:\n")[1].partition("    personalization:\n")[0]

    def written(*pieces: str) -> Path:
        section = SECTION
        for old, new in zip(pieces[::2], pieces[1::2], strict=True):
            assert section.count(old) == 1, f"{old!r} must stand there once"
            section = section.replace(old, new)
        path = tmp_path / "params.yaml"
        path.write_text(f"{before}\nscales:\n  tiny:\n{kept}{section}", encoding="utf-8")
        return path

    return written


def _refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read(path)
    return caught.value


def _line_of(error: UserError, path: Path) -> str:
    """The text of the line that an error points at."""
    match = re.fullmatch(rf"{re.escape(str(path))}, line (\d+)", error.where)
    assert match, f"no file and line in {error.where!r}"
    return path.read_text(encoding="utf-8").splitlines()[int(match[1]) - 1].strip()


def test_the_section_is_valid_and_keeps_its_values(write: Write) -> None:
    panel = read(write()).active.personalization

    assert panel.base.encoders.training == panel.finetuning == panel.adapter.training
    assert panel.faces.corpus is not None
    assert panel.condition_dropout.both == 0.07
    assert panel.dreambooth.class_words == ("person",)
    assert panel.variants == ("dreambooth", "ip_adapter", "text_only")


def test_published_weights_take_the_place_of_a_training(write: Write) -> None:
    path = write(
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
    write: Write, old: str, new: str, key: str, found: str, allowed: str, line: str
) -> None:
    path = write(old, new)

    error = _refusal(path)

    named, _, permitted = error.expected.partition(": ")
    assert named == key
    assert permitted.startswith(allowed)
    assert error.found == found
    assert _line_of(error, path) == line
    assert key in error.remedy


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
    write: Write, old: str, new: str, key: str, known: str
) -> None:
    path = write(old, new)

    error = _refusal(path)

    assert error.found == "the unknown key 'foo'"
    assert error.remedy == f"remove or rename {key}"
    assert known in error.expected.removeprefix("one of the keys ").split(", ")
    assert _line_of(error, path) == "foo: 1"


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
    write: Write, old: str, key: str, allowed: str, section: str
) -> None:
    path = write(old, "")

    error = _refusal(path)

    assert error.expected.startswith(f"the key {key.rsplit('.', 1)[-1]!r}: {allowed}")
    assert error.found == "no such key"
    assert _line_of(error, path) == section


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
    ],
    ids=["no corpus", "a corpus of real faces", "most photos", "references", "dropout",
         "a method twice", "a control twice", "another's adapter", "side", "side of the latents",
         "patch", "heads", "batch of one person", "heads of the set", "jobs", "processes"],
)  # fmt: skip
def test_values_that_contradict_each_other_are_refused(
    write: Write, pieces: tuple[str, ...], key: str, said: str
) -> None:
    path = write(*pieces)

    error = _refusal(path)

    assert error.expected.startswith(f"{key}: ")
    assert said in error.expected
    assert _line_of(error, path) == f"{key.rsplit('.', 1)[-1]}:"


def test_an_adapter_is_not_trained_on_a_published_base(write: Write) -> None:
    path = write(
        TRAINED,
        "        released: stable_diffusion_v1_5\n",
        "      adapter:\n        training: *loop\n",
        f"      adapter:\n          training: &loop\n{LOOP}",
    )
    assert "choose a released adapter" in _refusal(path).expected


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
def test_their_limits_are_allowed(write: Write, old: str, new: str) -> None:
    assert read(write(old, new)).active.personalization.figure_persons == 2


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

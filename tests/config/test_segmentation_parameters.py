"""The section of panel 2 in the parameter file: what is refused, and where the error points."""

from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import assert_refused, line_of, refusal

from triptych.config.load import read

PARAMS = Path(__file__).parents[2] / "params.yaml"
Write = Callable[..., Path]

PANEL = "scales.tiny.segmentation"
TABLE = f"{PANEL}.table1"
DANET = f"{TABLE}.danet"

# Beside what the shipped file has for the other panels: most keys on a line of their own.
SECTION = """\
    segmentation:
      networks: [deeplabv3plus]
      methods: [single, same_layer]
      seeds: 1
      backbone: tiny
      pretrained: false
      separable: false
      connections:
        points: all
        width: 8
        init: identity
        detach: false
      table1:
        dataset: drawn_streets
        drawn:
          train: 8
          val: 2
          test: 4
          height: 32
          width: 64
        danet: &recipe
          output_stride: 8
          training:
            recipe: brief
            steps: 6
            batch_size: 2
            learning_rate: 0.05
            backbone_factor: 1.0
            momentum: 0.9
            weight_decay: 0.0001
            power: 0.9
            warmup_steps: 0
            backbone_batch_norm_momentum: 0.1
            augmentation:
              crop_height: 32
              crop_width: 64
              smallest_scale: 0.8
              largest_scale: 1.25
              flip: true
              colour_jitter: 0.1
            precision_cuda: float32
            select: best
            validate_every: 3
            log_every: 2
            checkpoint_every: 2
            hold_in_memory: true
          protocol:
            kind: sliding
            window: 32
            stride: 24
            batch_size: 2
        deeplabv3plus: *recipe
      table2: null
      loader_workers: 0
      processes: 1
      resamples: 100
      figure_images: 1
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the parameters with one piece of panel 2's section replaced."""
    shipped = PARAMS.read_text(encoding="utf-8").replace("scale: smoke", "scale: tiny", 1)
    before, _, _ = shipped.partition("\nscales:\n")
    kept, _, after = shipped.split("\n  tiny:\n")[1].partition("    segmentation:\n")
    _, key, last_panel = after.partition("    personalization:\n")

    def written(old: str = "", new: str = "") -> Path:
        assert SECTION.count(old) == 1 or not old, f"{old!r} must stand there once"
        path = tmp_path / "params.yaml"
        section = SECTION.replace(old, new) if old else SECTION
        text = f"{before}\nscales:\n  tiny:\n{kept}{section}{key}{last_panel}"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_the_section_is_valid_and_keeps_its_values(write: Write) -> None:
    panel = read(write()).active.segmentation

    assert panel.table1.drawn is not None
    assert panel.table1.drawn.width == 64
    assert panel.table1.danet == panel.table1.deeplabv3plus
    assert panel.table1.danet.training.augmentation.largest_scale == 1.25
    assert panel.table2 is None


# What is replaced, by what; then the key, the found value, the allowed range and the
# text of the line at which the error must point.
OUTSIDE = [
    ("seeds: 1", "seeds: 0", f"{PANEL}.seeds", "0", "an integer in [1, 100]", "seeds: 0"),
    ("backbone: tiny", "backbone: vgg", f"{PANEL}.backbone", "'vgg'",
     "one of tiny, resnet18, resnet50, resnet101", "backbone: vgg"),
    ("pretrained: false", "pretrained: maybe", f"{PANEL}.pretrained", "'maybe'", "",
     "pretrained: maybe"),
    ("methods: [single, same_layer]", "methods: [single, partner]", f"{PANEL}.methods[1]",
     "'partner'", "one of single, ensemble, same_layer, multiple_layer",
     "methods: [single, partner]"),
    ("networks: [deeplabv3plus]", "networks: []", f"{PANEL}.networks", "[]",
     "a list of at least one value", "networks: []"),
    ("points: all", "points: most", f"{PANEL}.connections.points", "'most'", "one of all, head",
     "points: most"),
    ("width: 8", "width: 0", f"{PANEL}.connections.width", "0", "an integer in [1, 1024]",
     "width: 0"),
    ("dataset: drawn_streets", "dataset: kitti", f"{TABLE}.dataset", "'kitti'",
     "one of cityscapes, voc, camvid, drawn_streets, drawn_objects", "dataset: kitti"),
    ("train: 8", "train: 0", f"{TABLE}.drawn.train", "0", "an integer in [1, 100000]", "train: 0"),
    ("height: 32\n          width", "height: 8\n          width", f"{TABLE}.drawn.height", "8",
     "an integer in [16, 4096]", "height: 8"),
    ("output_stride: 8", "output_stride: 32", f"{DANET}.output_stride", "32", "one of 8, 16",
     "output_stride: 32"),
    ("steps: 6", "steps: 0", f"{DANET}.training.steps", "0", "an integer in [1, 1e+06]",
     "steps: 0"),
    ("            batch_size: 2\n            learning", "            batch_size: 1\n"
     "            learning", f"{DANET}.training.batch_size", "1", "an integer in [2, 1024]",
     "batch_size: 1"),
    ("learning_rate: 0.05", "learning_rate: 0", f"{DANET}.training.learning_rate", "0",
     "a number in (0, 1]", "learning_rate: 0"),
    ("momentum: 0.9\n            weight", "momentum: 1\n            weight",
     f"{DANET}.training.momentum", "1", "a number in [0, 1)", "momentum: 1"),
    ("colour_jitter: 0.1", "colour_jitter: 1.5", f"{DANET}.training.augmentation.colour_jitter",
     "1.5", "a number in [0, 1]", "colour_jitter: 1.5"),
    ("crop_width: 64", "crop_width: 15", f"{DANET}.training.augmentation.crop_width", "15",
     "an integer in [16, 4096]", "crop_width: 15"),
    ("select: best", "select: first", f"{DANET}.training.select", "'first'", "one of last, best",
     "select: first"),
    ("precision_cuda: float32", "precision_cuda: float16", f"{DANET}.training.precision_cuda",
     "'float16'", "one of float32, bfloat16", "precision_cuda: float16"),
    ("kind: sliding", "kind: flipped", f"{DANET}.protocol.kind", "'flipped'",
     "one of whole, sliding, centre_crop", "kind: flipped"),
    ("resamples: 100", "resamples: 99", f"{PANEL}.resamples", "99", "an integer in [100, 100000]",
     "resamples: 99"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key", "found", "allowed", "line"), OUTSIDE, ids=[row[5] for row in OUTSIDE]
)
def test_a_value_outside_its_range_is_refused_with_key_value_range_and_line(
    write: Write, old: str, new: str, key: str, found: str, allowed: str, line: str
) -> None:
    path = write(old, new)

    assert_refused(path, key, found, allowed, line)


@pytest.mark.parametrize(
    ("old", "new", "key", "known"),
    [
        ("seeds: 1", "seeds: 1\n      sedes: 1", f"{PANEL}.sedes", "seeds"),
        ("detach: false", "detach: false\n        foo: 1", f"{PANEL}.connections.foo", "init"),
        ("drawn_streets", "drawn_streets\n        foo: 1", f"{TABLE}.foo", "deeplabv3plus"),
        ("steps: 6", "steps: 6\n            foo: 1", f"{DANET}.training.foo", "power"),
        ("flip: true", "flip: true\n              foo: 1", f"{DANET}.training.augmentation.foo",
         "crop_height"),
        ("window: 32", "window: 32\n            foo: 1", f"{DANET}.protocol.foo", "stride"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_refused_with_the_known_ones_and_its_line(
    write: Write, old: str, new: str, key: str, known: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    last = key.rsplit(".", 1)[-1]
    assert error.found == f"the unknown key {last!r}"
    assert error.remedy == f"remove or rename {key}"
    assert known in error.expected.removeprefix("one of the keys ").split(", ")
    assert line_of(error, path) == f"{last}: 1"


@pytest.mark.parametrize(
    ("old", "key", "allowed", "section"),
    [
        ("      backbone: tiny\n", f"{PANEL}.backbone", "one of tiny", "segmentation:"),
        ("        init: identity\n", f"{PANEL}.connections.init", "one of identity",
         "connections:"),
        ("            kind: sliding\n", f"{DANET}.protocol.kind", "one of whole", "protocol:"),
        ("              flip: true\n", f"{DANET}.training.augmentation.flip", "", "augmentation:"),
    ],
)  # fmt: skip
def test_a_missing_key_is_named_with_the_line_of_its_section(
    write: Write, old: str, key: str, allowed: str, section: str
) -> None:
    path = write(old, "")

    error = refusal(path)

    last = key.rsplit(".", 1)[-1]
    assert error.expected.startswith(f"the key {last!r}: {allowed}")
    assert error.found == "no such key"
    assert line_of(error, path) == section


DRAWN = SECTION[SECTION.index("        drawn:\n") : SECTION.index("        danet:")]


# Rules that concern two keys at once.
@pytest.mark.parametrize(
    ("old", "new", "key", "said", "section"),
    [
        (DRAWN, "", TABLE, "needs the section drawn", "table1:"),
        ("dataset: drawn_streets", "dataset: camvid", TABLE, "no other may have it", "table1:"),
        ("stride: 24", "stride: 33", f"{DANET}.protocol", "stride must not exceed window",
         "protocol:"),
        ("smallest_scale: 0.8", "smallest_scale: 1.3", f"{DANET}.training.augmentation",
         "smallest_scale must not exceed largest_scale", "augmentation:"),
    ],
    ids=["drawn without sizes", "sizes of another set", "gaps between windows", "scales"],
)  # fmt: skip
def test_values_that_contradict_each_other_are_refused_at_their_section(
    write: Write, old: str, new: str, key: str, said: str, section: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    assert error.expected.startswith(f"{key}: ")
    assert said in error.expected
    assert line_of(error, path) == section


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stride: 24", "stride: 32"),
        ("smallest_scale: 0.8", "smallest_scale: 1.25"),
        # A stride plays no part where there are no windows.
        ("kind: sliding\n            window: 32", "kind: whole\n            window: 16"),
    ],
)
def test_their_limits_are_allowed(write: Write, old: str, new: str) -> None:
    assert read(write(old, new)).active.segmentation.seeds == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pretrained: false", "pretrained: true", "no other weights are known"),
        ("networks: [deeplabv3plus]", "networks: [danet, danet]", "named twice: danet, danet"),
        ("methods: [single, same_layer]", "methods: [single, single]", "named twice"),
        ("processes: 1", "processes: 2", "fewer than 2 images"),
        ("power: 0.9\n", "power: 0.9\n            accumulate: 2\n", "fewer than 2 images"),
        ("power: 0.9\n", "power: 0.9\n            accumulate: 3\n", "multiple of accumulate"),
    ],
)
def test_a_section_that_contradicts_itself_is_refused(
    write: Write, old: str, new: str, expected: str
) -> None:
    assert expected in refusal(write(old, new)).expected


def test_two_tables_of_one_data_set_are_refused(write: Write) -> None:
    path = write()
    text = path.read_text(encoding="utf-8")
    table1 = text.partition("      table1:\n")[2].partition("      table2:")[0]
    table2 = (
        table1.replace("&recipe", "")
        .replace("*recipe", "*other")
        .replace("danet:", "danet: &other", 1)
    )
    path.write_text(text.replace("      table2: null\n", f"      table2:\n{table2}"))
    assert "must not have the same dataset" in refusal(path).expected

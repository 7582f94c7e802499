"""Conversion of the released TensorFlow checkpoints."""

import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from support import error_of

from triptych.adversarial.released import convert_archive, tensorflow_python
from triptych.errors import UserError

# The model of Madry's MNIST challenge, with the additional variables of its training.
_MAKE_CHECKPOINT = """
import sys

import numpy as np
import tensorflow.compat.v1 as tf

prefix, expected = sys.argv[1:]
tf.disable_v2_behavior()
tf.set_random_seed(7)


def variable(*shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def convolve(x, kernel):
    return tf.nn.conv2d(x, kernel, strides=[1, 1, 1, 1], padding="SAME")


def pool(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


global_step = tf.train.get_or_create_global_step()
x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.int64, [None])
w1, b1 = variable(5, 5, 1, 32), variable(32)
h = pool(tf.nn.relu(convolve(tf.reshape(x, [-1, 28, 28, 1]), w1) + b1))
w2, b2 = variable(5, 5, 32, 64), variable(64)
h = pool(tf.nn.relu(convolve(h, w2) + b2))
w3, b3 = variable(7 * 7 * 64, 1024), variable(1024)
h = tf.nn.relu(tf.matmul(tf.reshape(h, [-1, 7 * 7 * 64]), w3) + b3)
w4, b4 = variable(1024, 10), variable(10)
logits = tf.matmul(h, w4) + b4
loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
tf.train.AdamOptimizer(1e-4).minimize(loss, global_step=global_step)

images = np.random.default_rng(7).random((64, 784), dtype=np.float32)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, prefix, global_step=24900)
    np.savez(expected, images=images, logits=session.run(logits, {x: images}))
"""

_SHAPES = [(5, 5, 1, 32), (32,), (5, 5, 32, 64), (64,), (3136, 1024), (1024,), (1024, 10), (10,)]


def _tensorflow() -> Path | None:
    try:
        return tensorflow_python()
    except UserError:
        return None


needs_tensorflow = pytest.mark.skipif(_tensorflow() is None, reason="needs make env-tensorflow")


def _zip(archive: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return archive


_TENSORFLOW = "a Python interpreter with TensorFlow, which reads the released checkpoints"
_MAKE, _FETCH = "run: make env-tensorflow", "delete the archive and fetch it again"


def _parts(archive: Path) -> tuple[str, str, str, str]:
    """Return what the error of a conversion expected and found, where, and its remedy."""
    error = error_of(convert_archive, archive)
    return error.expected, error.found, error.where, error.remedy


@pytest.fixture
def unread(tmp_path: Path) -> Path:
    """An archive whose only fault is that TensorFlow cannot read its checkpoint."""
    return _zip(tmp_path / "natural.zip", {"models/natural/checkpoint-1.index": b"no index"})


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shell script instead of TensorFlow's interpreter; the test writes its commands."""
    script = tmp_path / "python"
    script.touch(mode=0o755)
    monkeypatch.setenv("TRIPTYCH_TENSORFLOW_PYTHON", str(script))
    return script


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive like the released ones, and images with TensorFlow's logits."""
    folder = tmp_path_factory.mktemp("released")
    script, expected = folder / "make_checkpoint.py", folder / "expected.npz"
    script.write_text(_MAKE_CHECKPOINT, encoding="utf-8")
    saved = folder / "saved"
    saved.mkdir()
    subprocess.run(
        [str(tensorflow_python()), "-I", str(script), str(saved / "checkpoint"), str(expected)],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
    )
    members = {f"models/natural/{path.name}": path.read_bytes() for path in saved.iterdir()}
    # An archiver on macOS adds these files.
    members |= {f"__MACOSX/models/natural/._{path.name}": b"" for path in saved.iterdir()}
    return _zip(folder / "natural.zip", members), expected


@needs_tensorflow
def test_converted_network_computes_the_logits_of_tensorflow(released: tuple[Path, Path]) -> None:
    archive, expected = released
    network = convert_archive(archive)
    with np.load(expected, allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["images"]).reshape(-1, 1, 28, 28)
        logits = torch.from_numpy(arrays["logits"])
    assert len(images) == 64
    with torch.inference_mode():
        torch.testing.assert_close(network(images), logits, rtol=1e-5, atol=1e-5)


@needs_tensorflow
def test_variables_beside_the_network_are_in_the_checkpoint(released: tuple[Path, Path]) -> None:
    """Otherwise the conversion above would not show that they do no harm."""
    with zipfile.ZipFile(released[0]) as archive:
        index = archive.read("models/natural/checkpoint-24900.index")
    assert b"global_step" in index
    assert b"Adam" in index


@needs_tensorflow
def test_checkpoint_that_tensorflow_cannot_read(unread: Path) -> None:
    expected, found, where, remedy = _parts(unread)
    assert expected == "a checkpoint that TensorFlow can read"
    assert "Traceback" not in found
    assert (where, remedy) == (f"checkpoint-1 in {unread}", _FETCH)


@pytest.mark.parametrize(
    ("path", "setting", "end"),
    [
        (None, ".venv-tensorflow/bin/python (TRIPTYCH_TENSORFLOW_PYTHON is not set)", ""),
        ("nowhere/python", "nowhere/python (TRIPTYCH_TENSORFLOW_PYTHON is set)",
         " and unset TRIPTYCH_TENSORFLOW_PYTHON"),
    ],
    ids=["usual", "named"],
)  # fmt: skip
def test_missing_interpreter(
    unread: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    path: str | None, setting: str, end: str,
) -> None:  # fmt: skip
    monkeypatch.delenv("TRIPTYCH_TENSORFLOW_PYTHON", raising=False)
    if path:
        monkeypatch.setenv("TRIPTYCH_TENSORFLOW_PYTHON", path)
    monkeypatch.chdir(tmp_path)
    assert _parts(unread) == (_TENSORFLOW, "no such file", setting, f"{_MAKE}{end}")


def test_interpreter_without_tensorflow(unread: Path, stand_in: Path) -> None:
    stand_in.write_text("#!/bin/sh\necho Traceback >&2\necho no tensorflow here >&2\nexit 1\n")
    assert _parts(unread) == (_TENSORFLOW, "no tensorflow here", str(stand_in), _MAKE)


def test_interpreter_that_may_not_be_run(unread: Path, stand_in: Path) -> None:
    stand_in.chmod(0o644)
    expected, found, where, remedy = _parts(unread)
    assert "Permission denied" in found
    assert (expected, where, remedy) == (_TENSORFLOW, str(stand_in), _MAKE)


@pytest.mark.parametrize(
    ("changed", "expected", "found"),
    [
        ({"Variable_6": None}, "Variable_6 of shape (1024, 10)", "Variable_5 (1024,), Variable_7"),
        ({"Variable_3": (32,)}, "Variable_3 of shape (64,)", "Variable_3 (32,)"),
    ],
    ids=["missing", "wrong shape"],
)
def test_variables_of_another_network(
    changed: dict[str, tuple[int, ...] | None],
    expected: str,
    found: str,
    unread: Path,
    stand_in: Path,
    tmp_path: Path,
) -> None:
    names = ["Variable", *(f"Variable_{number}" for number in range(1, 8))]
    shapes = dict(zip(names, _SHAPES, strict=True)) | changed
    variables = {name: np.zeros(shape, np.float32) for name, shape in shapes.items() if shape}
    # Savez's own parameters are no names of arrays here.
    np.savez(tmp_path / "variables.npz", **variables)  # type: ignore[arg-type]
    stand_in.write_text(f'#!/bin/sh\ncp "{tmp_path}/variables.npz" "$4"\n')
    variable, shapes_found, where, remedy = _parts(unread)
    assert variable == f"a checkpoint with the variable {expected}"
    assert found in shapes_found
    assert where == str(unread)
    assert "Madry's MNIST challenge" in remedy


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"models/natural/checkpoint": b"", "notes.txt": b""}, "no file with such a name"),
        (
            {"a/checkpoint-1.index": b"", "b/checkpoint-2.index": b""},
            "a/checkpoint-1.index, b/checkpoint-2.index",
        ),
    ],
    ids=["none", "two"],
)
def test_archive_without_one_checkpoint(
    members: dict[str, bytes], found: str, tmp_path: Path
) -> None:
    archive = _zip(tmp_path / "natural.zip", members)
    expected, *others = _parts(archive)
    assert "one checkpoint" in expected
    assert others == [found, str(archive), _FETCH]


_PACKED = 30 + len("models/natural/checkpoint-1.index")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[: len(content) // 2], "not a zip file"),
        (lambda content: content[:_PACKED] + b"\xff" + content[_PACKED + 1 :], "decompressing"),
    ],
    ids=["truncated", "damaged member"],
)
def test_damaged_archive(unread: Path, damage: Callable[[bytes], bytes], said: str) -> None:
    unread.write_bytes(damage(unread.read_bytes()))
    expected, found, where, remedy = _parts(unread)
    assert said in found
    assert (expected, where, remedy) == ("a complete zip archive", str(unread), _FETCH)


@pytest.mark.parametrize("member", ["../outside.txt", "models/../../outside.txt", "/outside.txt"])
def test_archive_with_a_member_that_leaves_the_folder(member: str, tmp_path: Path) -> None:
    archive = _zip(tmp_path / "natural.zip", {"models/checkpoint-1.index": b"", member: b"x"})
    expected, found, where, remedy = _parts(archive)
    assert "inside its folder" in expected
    assert (found, where) == (f"a member named {member!r}", str(archive))
    assert "do not trust" in remedy

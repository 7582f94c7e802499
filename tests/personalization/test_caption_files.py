"""The file of captions: how it is written and read, and the step that makes it."""

import csv
from pathlib import Path

import pytest
from random_faces import QUESTION, SMILES
from support import error_of

from triptych.config.personalization import CaptionParameters
from triptych.personalization.captions import read, write
from triptych.personalization.steps.describing import caption
from triptych.provenance import making as provenance

NAMES = ["Ann/Ann_0001", "Bob/Bob_0001"]


def test_captions_come_back_in_the_order_that_is_asked_for(tmp_path):
    path = tmp_path / "captions.csv"
    texts = ['a "person", smiling', "nan"]
    write(path, NAMES, texts)

    assert read(path, NAMES) == texts
    assert read(path, NAMES[::-1]) == texts[::-1]
    assert read(path, NAMES[1:]) == ["nan"]
    with path.open(newline="") as file:
        assert next(iter(csv.reader(file))) == ["photo", "caption"]


@pytest.mark.parametrize(
    ("lines", "expected", "found"),
    [
        (["Ann/Ann_0001,a"], "a caption for Bob/Bob_0001", "no line"),
        (["Ann/Ann_0001,a", "Bob/Bob_0001,"], "a caption for Bob/Bob_0001", "an empty caption"),
        (["Ann/Ann_0001,a", "Bob/Bob_0001, "], "a caption for Bob/Bob_0001", "an empty caption"),
        (["Ann/Ann_0001,a", "Bob/Bob_0001,b", "Ann/Ann_0001,c"], "one line for Ann/Ann_0001",
         "two"),
    ],
    ids=["missing", "empty", "blank", "twice"],
)  # fmt: skip
def test_a_photo_without_just_one_caption_is_named(tmp_path, lines, expected, found):
    path = tmp_path / "captions.csv"
    path.write_text("\n".join(["photo,caption", *lines]) + "\n")

    error = error_of(read, path, NAMES)

    assert (error.expected, error.found) == (expected, found)
    assert error.where == str(path)


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "captions.csv"
    path.write_text("name,text\nAnn/Ann_0001,a\n")

    assert error_of(read, path, NAMES).found == "name, text"


@pytest.mark.parametrize("content", [b"", b'photo,caption\na,"b', b"photo,caption\n\xff,b\n"])
def test_a_file_that_cannot_be_read_is_a_users_mistake(tmp_path, content):
    path = tmp_path / "captions.csv"
    path.write_bytes(content)
    assert error_of(read, path, NAMES).where == str(path)


# The step


@pytest.fixture
def run_step(tmp_path, monkeypatch):
    """Runs the step over some splits on the CPU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")

    def run(*splits, provider="drawn", model=()):
        parameters = CaptionParameters(provider=provider, question=QUESTION)
        caption(
            photos=[split.path for split in splits],
            model=model,
            captions=Path("captions.csv"),
            parameters=parameters,
            seed=1,
            threads=1,
        )
        return Path("captions.csv")

    return run


def test_the_photos_of_all_splits_are_described(make_faces, run_step, llava):
    ann, bob = make_faces("Ann", 2), make_faces("Bob", 3, seed=1)

    drawn = run_step(ann, bob)
    assert read(drawn, ann.names + bob.names) == [SMILES] * 5

    asked = run_step(ann, bob, provider="llava", model=(llava,))
    assert len(set(read(asked, ann.names + bob.names))) == 5
    record = provenance.read(asked)
    assert record is not None
    assert record.inputs.keys() == {str(ann.path), str(bob.path), str(llava)}

"""Generated images on disk: nothing is lost, nothing else is read, shares become one row."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scored_faces import features_of, generated_images
from support import error_of

from triptych.errors import UserError
from triptych.personalization import features
from triptych.personalization.raw import Generated, joined, read, write
from triptych.storage.tensors import read_tensors, write_tensors

MADE = replace(
    generated_images("dreambooth"), weights={f"Person_0{k}": f"{k}" * 64 for k in range(3)}
)


def _noise(made):
    """Images of noise, in which any loss would show."""
    generator = np.random.default_rng(1)
    return replace(made, images=generator.integers(0, 256, (6, 8, 8, 3)).astype(np.uint8))


def _assert_equal(one, other):
    for field in fields(Generated):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        assert np.array_equal(mine, theirs) if field.name == "images" else mine == theirs


def test_everything_survives_the_file(tmp_path):
    made = replace(_noise(MADE), seeds=tuple(2**63 - 1 - k for k in range(6)))
    write(made, tmp_path / "raw")
    found = read(tmp_path / "raw")
    _assert_equal(found, made)
    assert found.images.dtype == np.uint8
    assert [type(seed) for seed in found.seeds] == [int] * 6


def test_equal_content_gives_equal_bytes(tmp_path):
    made = _noise(MADE)
    turned = replace(
        made,
        references=dict(reversed(made.references.items())),
        weights=dict(reversed(made.weights.items())),
    )
    assert list(turned.references) != list(made.references)
    for name, content in (("a", made), ("b", turned), ("c", replace(made, row="text_only"))):
        write(content, tmp_path / name)
    one, other, third = ((tmp_path / name).read_bytes() for name in "abc")
    assert one == other != third


def _features(path):
    features.write(features_of(("text_only",)), path)


def _cut(path):
    write(MADE, path)
    path.write_bytes(path.read_bytes()[:-10])


def _unknown_row(path):
    write(replace(MADE, row="photoshop"), path)


def _no_images(path):
    write(MADE, path)
    arrays, about = read_tensors(path)
    write_tensors(path, {name: a for name, a in arrays.items() if name != "images"}, about)


@pytest.mark.parametrize(
    "make",
    [_features, _cut, _unknown_row, _no_images, lambda path: path.write_text("not tensors")],
    ids=["features", "cut", "unknown row", "no images", "text"],
)
def test_any_other_file_is_a_users_mistake(tmp_path, make):
    make(tmp_path / "raw")
    assert error_of(read, tmp_path / "raw").where == str(tmp_path / "raw")


# Shares


def _share(*numbers):
    """Some of the persons of ``MADE``."""
    names = {f"Person_0{number}" for number in numbers}
    kept = [k for k, person in enumerate(MADE.persons) if person in names]
    return replace(
        MADE,
        images=MADE.images[kept],
        **{
            part: tuple(getattr(MADE, part)[k] for k in kept)
            for part in ("persons", "targets", "prompts", "seeds")
        },
        references={n: r for n, r in MADE.references.items() if n in names},
        weights={n: w for n, w in MADE.weights.items() if n in names},
    )


@pytest.mark.parametrize(
    "shares", [((0, 2), (1,)), ((1,), (0, 2)), ((2,), (1,), (0,)), ((0, 1, 2),)]
)
def test_shares_become_the_row_that_one_job_makes(tmp_path, shares):
    found = joined([_share(*numbers) for numbers in shares])
    _assert_equal(found, MADE)
    for name, made in (("joined", found), ("whole", MADE)):
        write(made, tmp_path / name)
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_person_in_two_shares_is_refused_and_named():
    assert error_of(lambda: joined([_share(0, 2), _share(1, 2)])).found == "Person_02 in two shares"
    share = _share(0)
    with pytest.raises(UserError, match="Person_00"):
        joined([share, share])


def test_shares_of_two_rows_are_refused():
    error = error_of(lambda: joined([_share(0), replace(_share(1), row="text_only")]))
    assert error.found == "shares of dreambooth, text_only"

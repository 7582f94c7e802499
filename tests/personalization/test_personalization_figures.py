"""Figures 5 and 6: the image of each cell, its origin, and refused inputs."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from scored_faces import features_of, generated_images, person_names
from support import error_of

from triptych.data import faces as storage
from triptych.data.encoded import as_png
from triptych.data.faces import Faces, Photo
from triptych.drawing.figures import save_png
from triptych.errors import UserError
from triptych.personalization import features, raw
from triptych.personalization.artifacts.cells import cells_table, read_columns, reference_photos
from triptych.personalization.artifacts.figures import draw_faces, draw_generations, mosaic
from triptych.personalization.methods import PAPER_METHODS
from triptych.personalization.steps import drawing

_HEADINGS = [
    "references",
    "DreamBooth",
    "IP-Adapter",
    "+ max pooling",
    "+ average pooling",
    "+ self-attention",
]


@pytest.fixture
def faces(tmp_path):
    """Three persons with five photos; every photo has a color of its own."""
    photos = [
        Photo(name, f"{name}/{name}_{number:04d}", as_png(_plain((40 * place, 50 * number, 9))))
        for place, name in enumerate(person_names(3))
        for number in range(5)
    ]
    storage.save("drawn_faces", photos, tmp_path / "test.safetensors")
    return Faces(tmp_path / "test.safetensors")


@pytest.fixture
def written(tmp_path):
    """Write the images of rows, each changed by a function of its content; returns the paths."""

    def write(*variants, change=lambda generated: generated):
        paths = []
        for variant in variants:
            paths.append(tmp_path / f"{variant}.safetensors")
            raw.write(change(generated_images(variant)), paths[-1])
        return paths

    return write


def _plain(color, side=8):
    return np.full((side, side, 3), color, np.uint8)


def _shown(axes):
    (image,) = axes.get_images()
    return np.asarray(image.get_array())


def _titles(axes):
    return [one.get_title() for one in axes if one.get_title()]


def _texts(figure):
    return [text.get_text() for text in figure.texts]


def _drawn(columns, faces):
    return draw_generations(columns, reference_photos(columns, faces))


def _for_one(variant, **changes):
    """A change of the images of one row alone."""

    def change(generated):
        return replace(generated, **changes) if generated.row == variant else generated

    return change


def test_the_columns_are_the_references_and_the_five_methods_in_the_papers_order(faces, written):
    # Given in another order, with a control among them.
    columns = read_columns(written(*PAPER_METHODS[::-1], "text_only"), 2)
    axes = _drawn(columns, faces).axes
    assert _titles(axes) == _HEADINGS
    assert len(axes) == 2 * 6
    lefts = [one.get_position().x0 for one in axes if one.get_title()]
    assert lefts == sorted(lefts)


def test_without_photos_the_column_of_the_references_is_left_out(faces, written, tmp_path):
    paths = written(*PAPER_METHODS)
    columns = read_columns(paths, 2)
    figure = draw_generations(columns, [])
    assert _titles(figure.axes) == _HEADINGS[1:]
    whole = _drawn(columns, faces)
    for own, other in zip(figure.axes, whole.axes[2:], strict=True):
        assert np.array_equal(_shown(own), _shown(other))
    assert figure.get_figwidth() == pytest.approx(whole.get_figwidth() - 1.25)

    png, cells = tmp_path / "fig6.png", tmp_path / "cells.csv"
    drawing.draw_generations(generated=paths, png=png, cells=cells, persons=2)
    made = json.loads((tmp_path / "provenance/fig6.png.json").read_text())["inputs"]
    assert made.keys() == {path.as_posix() for path in paths}


def test_each_cell_shows_the_first_image_of_its_person(faces, written):
    columns = read_columns(written(*PAPER_METHODS), 3)
    axes = _drawn(columns, faces).axes
    # Column by column, rows from above.
    for number, method in enumerate(PAPER_METHODS, start=1):
        images = generated_images(method).images
        for row, one in enumerate(axes[3 * number : 3 * number + 3]):
            assert np.array_equal(_shown(one), images[2 * row])
    heights = [one.get_position().y0 for one in axes[:3]]
    assert heights == sorted(heights, reverse=True)


def test_the_first_column_shows_the_references_of_the_person(faces, written):
    axes = _drawn(read_columns(written("ip_adapter"), 2), faces).axes
    for row in range(2):
        photos = [faces.image(5 * row + number) for number in range(3)]
        assert np.array_equal(_shown(axes[row]), mosaic(photos))


def test_a_mosaic_is_a_square_of_pictures_row_by_row():
    pictures = [_plain(shade, 2) for shade in (10, 20, 30)]
    whole = mosaic(pictures)
    assert whole.shape == (4, 4, 3)
    assert [whole[0, 0, 0], whole[0, 3, 0], whole[3, 0, 0], whole[3, 3, 0]] == [10, 20, 30, 255]
    assert mosaic(pictures[:1]).shape == (2, 2, 3)


def test_a_method_that_was_not_run_has_cells_that_say_so(faces, written):
    axes = _drawn(read_columns(written("dreambooth", "ip_adapter"), 2), faces).axes
    empty = [one for one in axes if not one.get_images()]
    assert len(empty) == 3 * 2
    assert {text.get_text() for one in empty for text in one.texts} == {"not run"}
    assert axes[6].get_title() == "+ max pooling"


def test_person_seed_and_prompt_stand_below_each_row(faces, written):
    texts = _texts(_drawn(read_columns(written("dreambooth", "ip_adapter"), 2), faces))
    # The prompt of the adapters, without DreamBooth's rare word.
    assert texts == [
        "Person 00, seed 0: a person by light 0",
        "Person 01, seed 1000: a person by light 0",
    ]


def test_a_long_prompt_stays_inside_the_figure(faces, written):
    long = ("a person " + "before a wide and windy wall " * 30,) * 6
    paths = written("ip_adapter", change=_for_one("ip_adapter", prompts=long))
    figure = _drawn(read_columns(paths, 2), faces)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.texts]
    assert all(box.x1 < figure.bbox.width and box.y0 > 0 for box in boxes)
    # Above the row below.
    assert boxes[0].y0 > figure.axes[1].get_window_extent(renderer).y1
    assert all(text.endswith(" ...") for text in _texts(figure))


def test_small_images_are_drawn_sharp_in_equal_pixels(faces, written, tmp_path):
    checks = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    images = np.broadcast_to(checks[None, ..., None], (6, 8, 8, 3))
    paths = written("ip_adapter", change=_for_one("ip_adapter", images=images))
    figure = _drawn(read_columns(paths, 1), faces)
    save_png(figure, tmp_path / "figure.png")
    drawn = np.asarray(Image.open(tmp_path / "figure.png").convert("L"))
    (axes,) = [one for one in figure.axes if one.get_title() == "IP-Adapter"]
    box = axes.get_position()
    height, width = drawn.shape
    top, left = round((1 - box.y1) * height), round(box.x0 * width)
    expected = np.kron(checks, np.ones((24, 24)))
    assert np.array_equal(drawn[top : top + 192, left : left + 192], expected)


def test_each_cell_can_be_traced_to_its_file(written):
    paths = written(*PAPER_METHODS)
    table = cells_table(read_columns(paths, 2))
    assert list(table.columns) == [
        "row",
        "method",
        "person",
        "prompt",
        "seed",
        "target",
        "file",
        "index",
        "sha256",
    ]
    assert table["method"].tolist() == [*PAPER_METHODS] * 2
    assert table["row"].tolist() == [0] * 5 + [1] * 5
    for row in table.to_dict("records"):
        generated = raw.read(next(path for path in paths if path.as_posix() == row["file"]))
        assert generated.row == row["method"]
        for part, name in (("persons", "person"), ("prompts", "prompt"), ("seeds", "seed")):
            assert getattr(generated, part)[row["index"]] == row[name]
        assert generated.targets[row["index"]] == row["target"]
        pixels = generated.images[row["index"]].tobytes()
        assert hashlib.sha256(pixels).hexdigest() == row["sha256"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"seeds": (1, 1, 1000, 1001, 2000, 2001)}, "seed 1"),
        ({"targets": ("other",) * 6}, "target other"),
        ({"persons": ("Nobody",) * 2 + ("Person_01",) * 2 + ("Person_02",) * 2}, "person Nobody"),
        ({"prompts": ("a photo",) * 6}, "a photo"),
        ({"references": dict.fromkeys(person_names(3), ("other",))}, "references ('other',)"),
    ],
)
@pytest.mark.parametrize("variant", ["dreambooth", "ip_adapter_self_attention"])
def test_rows_that_do_not_compare_like_with_like_are_refused(written, change, found, variant):
    if "persons" in change:
        change = change | {"references": dict.fromkeys(change["persons"], ())}
    paths = written(*PAPER_METHODS, change=_for_one(variant, **change))
    error = error_of(read_columns, paths, 3)
    assert found in f"{error.expected} {error.found}"
    assert ".safetensors, image " in error.where


@pytest.mark.parametrize("methods", [PAPER_METHODS, PAPER_METHODS[1:]])
def test_an_adapter_with_another_prompt_than_the_others_is_refused(written, methods):
    # All its words are in DreamBooth's prompt, too.
    other = _for_one("ip_adapter_max_pool", prompts=("a person",) * 6)
    error = error_of(lambda: read_columns(written(*methods, change=other), 3))
    assert "ip_adapter, prompt: a person by light 0" in error.expected
    assert error.found == "a person"


def test_dreambooth_alone_is_drawn_with_its_own_prompts(faces, written):
    texts = _texts(_drawn(read_columns(written("dreambooth"), 1), faces))
    assert texts == ["Person 00, seed 0: a sks person by light 0"]


def test_rows_with_fewer_persons_are_refused(written):
    (path,) = written("ip_adapter")
    fewer = path.with_name("fewer.safetensors")
    raw.write(generated_images("dreambooth", persons=2), fewer)
    with pytest.raises(UserError, match="2 persons"):
        read_columns([path, fewer], 3)


def test_controls_alone_are_refused(written):
    with pytest.raises(UserError, match="other rows only"):
        read_columns(written("text_only", "ip_adapter_other_person"), 3)


def test_photos_that_are_not_there_are_refused(faces, written):
    gone = dict.fromkeys(person_names(3), ("Person_00/gone",))
    columns = read_columns(written("ip_adapter", change=_for_one("ip_adapter", references=gone)), 3)
    with pytest.raises(UserError, match="no Person_00/gone"):
        reference_photos(columns, faces)


def test_a_bootstrapped_reference_is_shown_once(faces, written):
    names = ("Person_00/Person_00_0001", "Person_00/Person_00_0002")
    references = dict.fromkeys(person_names(3), (*names, names[0]))
    columns = read_columns(
        written("ip_adapter", change=_for_one("ip_adapter", references=references)), 1
    )
    assert [len(shown) for shown in reference_photos(columns, faces)] == [2]


def test_figure_5_shows_references_first_and_says_what_each_photo_is_for(faces):
    last = {
        name: tuple(f"{name}/{name}_{number:04d}" for number in (3, 4)) for name in person_names(3)
    }
    figure = draw_faces(faces, last, 2)
    assert len(figure.axes) == 2 * 5
    for person in range(2):
        shown = [_shown(one) for one in figure.axes[5 * person : 5 * person + 5]]
        for picture, number in zip(shown, (3, 4, 0, 1, 2), strict=True):
            assert np.array_equal(picture, faces.image(5 * person + number))
    block = ["reference", "reference", "held out", "held out", "held out"]
    assert _texts(figure) == ["Person 00", *block, "Person 01", *block]
    colors = [one.spines["left"].get_edgecolor() for one in figure.axes[:5]]
    assert colors[0] == colors[1] != colors[2] == colors[3]


def test_many_photos_of_a_person_take_several_lines(tmp_path):
    photos = [
        Photo(name, f"{name}/{number:04d}", as_png(_plain((number, 0, 0))))
        for name in ("a", "b")
        for number in range(13)
    ]
    storage.save("lfw", photos, tmp_path / "test.safetensors")
    figure = draw_faces(Faces(tmp_path / "test.safetensors"), {"a": (), "b": ()}, 9)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [one.get_window_extent(renderer) for one in figure.axes]
    boxes += [text.get_window_extent(renderer) for text in figure.texts]
    assert len(figure.axes) == 26
    assert boxes[9].y0 == boxes[0].y0 > boxes[10].y0 == boxes[12].y0
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 for box in boxes)
    for one in range(len(boxes)):
        for other in range(one):
            assert not boxes[one].overlaps(boxes[other]), (one, other)


def test_the_steps_draw_equal_bytes(faces, written, tmp_path):
    seen = features_of(["ip_adapter"], persons=3, photos=5)
    features.write(seen, tmp_path / "features.safetensors")
    paths = written("dreambooth", "ip_adapter", "text_only")
    drawn = []
    for name in ("a", "b"):
        out = tmp_path / name
        drawing.draw_faces(
            photos=faces.path,
            features=tmp_path / "features.safetensors",
            png=out / "fig5.png",
            persons=2,
        )
        drawing.draw_generations(
            photos=(faces.path,),
            generated=paths,
            png=out / "fig6.png",
            cells=out / "cells.csv",
            persons=2,
        )
        drawn.append([(out / file).read_bytes() for file in ("fig5.png", "fig6.png", "cells.csv")])
    assert drawn[0] == drawn[1]
    assert drawn[0][0].startswith(b"\x89PNG")
    table = pd.read_csv(tmp_path / "a" / "cells.csv")
    assert table["file"].tolist() == [paths[0].as_posix(), paths[1].as_posix()] * 2

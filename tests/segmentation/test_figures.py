"""Figures 3 and 4: the content of each cell, and its colors."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from evaluations import draw_masks, evaluation, save_scenes, written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from support import error_of

from triptych.data.classes import IGNORE, class_table
from triptych.data.encoded import as_png
from triptych.segmentation.artifacts.figures import colored, draw_scenes, most_different
from triptych.segmentation.steps import reporting

_METHODS = ("single", "ensemble", "same_layer", "multiple_layer")
_TITLES = ("ground truth", *(method.replace("_", " ") for method in _METHODS))
_STREETS, _OBJECTS = [(32, 64)] * 3, [(40, 40), (48, 32), (30, 40)]


def _drawn(dataset, sizes, path):
    return save_scenes(dataset, draw_masks(dataset, sizes), path)


@pytest.fixture
def streets(tmp_path):
    return _drawn("drawn_streets", _STREETS, tmp_path / "streets.safetensors")


@pytest.fixture
def objects(tmp_path):
    return _drawn("drawn_objects", _OBJECTS, tmp_path / "objects.safetensors")


def _predict(scenes, method="single", seed=0, predicted=3):
    """An evaluation whose predictions are all of one class, another for each method and seed."""
    shade = _METHODS.index(method) + 4 * seed
    shapes = [scenes.mask(index).shape for index in range(predicted)]
    return evaluation(
        method=method,
        seed=seed,
        dataset=scenes.dataset,
        images=len(scenes),
        predictions=[as_png(np.full(shape, shade, np.uint8)) for shape in shapes],
    )


def _shown(axes):
    (image,) = axes.get_images()
    return np.asarray(image.get_array())


def _color(scenes, number):
    return list(class_table(scenes.dataset).colors[number])


def test_every_image_has_a_row_of_six_equal_cells(streets, objects):
    evaluations = [_predict(scenes, m) for scenes in (streets, objects) for m in _METHODS]
    axes = draw_scenes(evaluations, [streets, objects], 3).axes
    assert len(axes) == 6 * 6
    for row in range(6):
        boxes = [one.get_position() for one in axes[6 * row : 6 * row + 6]]
        for box in boxes:
            shape = (box.y0, box.width, box.height)
            assert shape == pytest.approx((boxes[0].y0, boxes[0].width, boxes[0].height))
        assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_cells_have_the_shape_of_their_image_up_to_a_square(streets, objects):
    figure = draw_scenes([], [streets, objects], 3)
    width, height = figure.get_size_inches()
    shapes = []
    for axes in figure.axes[::6]:
        box = axes.get_position(original=True)
        shapes.append(box.height * height / (box.width * width))
    # The second of the objects is higher than wide.
    assert shapes == pytest.approx([0.5, 0.5, 0.5, 1, 1, 0.75])


def test_rows_and_legends_do_not_overlap(streets, objects):
    figure = draw_scenes([_predict(streets), _predict(objects)], [streets, objects], 3)
    renderer = FigureCanvasAgg(figure).get_renderer()
    spans = [figure.axes[start].get_window_extent(renderer) for start in range(0, 36, 6)]
    spans += [legend.get_window_extent(renderer) for legend in figure.legends]
    ordered = sorted(spans, key=lambda box: -box.y1)
    for upper, lower in itertools.pairwise(ordered):
        assert lower.y1 <= upper.y0
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in spans)
    assert ordered[-1].y0 >= 0


def test_the_columns_are_named_once(streets):
    figure = draw_scenes([_predict(streets)], [streets], 2)
    assert [axes.get_title() for axes in figure.axes] == ["image", *_TITLES, *[""] * 6]


def test_without_photos_their_column_is_left_out(streets):
    evaluations = [_predict(streets, method) for method in _METHODS]
    whole = draw_scenes(evaluations, [streets], 2)
    figure = draw_scenes(evaluations, [streets], 2, photos=False)
    assert [axes.get_title() for axes in figure.axes] == [*_TITLES, *[""] * 5]
    kept = [axes for number, axes in enumerate(whole.axes) if number % 6]
    for own, other in zip(figure.axes, kept, strict=True):
        assert np.array_equal(_shown(own), _shown(other))
    narrower, height = figure.get_size_inches()
    assert (narrower, height) == pytest.approx((whole.get_figwidth() - 1.86, whole.get_figheight()))


def test_each_cell_shows_its_own_picture_in_the_colors_of_the_table(streets):
    evaluations = [_predict(streets, method) for method in _METHODS]
    axes = draw_scenes(evaluations[::-1], [streets], 3).axes
    for index in range(3):
        image, truth, *methods = axes[6 * index : 6 * index + 6]
        assert np.array_equal(_shown(image), streets.image(index))
        # Nine times as large; an outline leaves the middle of each pixel free.
        assert _shown(truth).shape == (288, 576, 3)
        known = streets.mask(index) != IGNORE
        expected = np.array(class_table("drawn_streets").colors)[streets.mask(index)[known]]
        assert np.array_equal(_shown(truth)[4::9, 4::9][known], expected)
        for number, cell in enumerate(methods):
            assert (_shown(cell) == _color(streets, number)).all()


def _scored(method, correct):
    """An evaluation in which so many of ten pixels of each image are right."""
    confusion = np.zeros((len(correct), 11, 11), np.int64)
    confusion[:, 0, 0], confusion[:, 0, 1] = correct, 10 - np.array(correct)
    one = evaluation(method=method, images=len(correct))
    return replace(one, confusion=confusion)


def test_images_on_which_methods_differ_most_come_first():
    single, ensemble = _scored("single", [9, 5, 2, 7, 5]), _scored("ensemble", [9, 9, 5, 7, 9])
    # Of the mean IoU: 0, 0.2, 0.15, 0, 0.2. Equal differences keep their order.
    chosen, words = most_different([single, ensemble], 5, 3)
    assert chosen == [1, 4, 2]
    assert words == "Rows: of 5 images, those whose mean IoU differs most between the methods."
    third = _scored("same_layer", [9, 5, 2, 0, 5])
    assert most_different([single, third, ensemble], 5, 1)[0] == [3]
    assert most_different([single, third], 5, 9)[0] == [3, 0, 1, 2, 4]


def test_without_two_methods_the_first_images_are_shown():
    for evaluations in ([], [_scored("single", [1, 9, 3])]):
        assert most_different(evaluations, 3, 2) == ([0, 1], "Rows: the first of 3 images.")


def test_rows_are_the_chosen_images_and_the_figure_says_how_they_were_chosen(streets):
    both = [_predict(streets, "single"), _predict(streets, "ensemble")]
    both[1] = replace(both[1], confusion=both[1].confusion[:, ::-1])
    chosen, words = most_different(both, 3, 2)
    assert chosen != [0, 1]
    figure = draw_scenes(both, [streets], 2)
    for row, index in enumerate(chosen):
        assert np.array_equal(_shown(figure.axes[6 * row]), streets.image(index))
    assert words in [text.get_text() for text in figure.texts]


def test_an_outline_separates_classes_and_nothing_else():
    table = class_table("cityscapes")
    mask = np.zeros((16, 32), np.uint8)
    mask[:, 16:] = 1
    picture = colored(mask, table)
    outlined = (picture == 255).all(axis=-1)
    assert outlined.any(axis=0).nonzero()[0].tolist() == [287, 288]
    assert outlined[:, 287:289].all()
    assert (picture[:, :287] == table.colors[0]).all()
    assert (picture[:, 289:] == table.colors[1]).all()
    assert (colored(mask.T, table) == picture.transpose(1, 0, 2)).all()


def test_ignored_pixels_are_hatched_in_grays_that_are_no_class():
    for dataset in ("cityscapes", "voc", "camvid"):
        table = class_table(dataset)
        mask = np.full((80, 80), IGNORE, np.uint8)
        picture = colored(mask, table)
        grays = {tuple(map(int, color)) for color in picture.reshape(-1, 3)}
        assert len(grays) == 2
        assert not grays & set(table.colors)


def test_a_method_that_was_not_run_has_a_cell_that_says_so(streets):
    axes = draw_scenes([_predict(streets, "single")], [streets], 1).axes
    texts = [[text.get_text() for text in one.texts] for one in axes]
    assert texts == [[], [], [], ["not run"], ["not run"], ["not run"]]
    axes = draw_scenes([], [streets], 3).axes
    assert [bool(one.get_images()) for one in axes] == [True, True, *[False] * 4] * 3


def test_the_lowest_seed_is_drawn(streets):
    axes = draw_scenes([_predict(streets, seed=2), _predict(streets, seed=1)], [streets], 1).axes
    assert (_shown(axes[2]) == _color(streets, 4)).all()


def test_no_more_rows_than_images_are_drawn(streets):
    assert len(draw_scenes([_predict(streets)], [streets], 9).axes) == 18


def test_image_and_truth_are_cut_to_what_the_network_saw(streets):
    crop = replace(_predict(streets), predictions=(as_png(np.zeros((16, 16), np.uint8)),) * 3)
    axes = draw_scenes([crop], [streets], 1).axes
    assert [_shown(one).shape[:2] for one in axes[:3]] == [(16, 16), (576, 576), (576, 576)]
    # The center, half as large: the left and the right quarter are cut.
    center = streets.mask(0)[1:24:2, 17:48:2]
    expected = np.array(class_table("drawn_streets").colors)[center]
    drawn = _shown(axes[1])[18::36, 18::36]
    agreeing = (drawn[: len(center)] == expected).all(axis=-1)
    assert agreeing.mean() > 0.9


def test_each_data_set_has_a_legend_of_its_classes_in_their_colors(streets, objects):
    legends = draw_scenes([], [streets, objects], 1).legends
    assert len(legends) == 2
    for legend, scenes in zip(legends, (streets, objects), strict=True):
        table = class_table(scenes.dataset)
        texts = [text.get_text() for text in legend.get_texts()]
        assert texts == [*(name.replace("_", " ") for name in table.names), "ignored"]
        for patch, color in zip(legend.get_patches(), table.colors, strict=False):
            assert patch.get_facecolor()[:3] == to_rgb([part / 255 for part in color])


@pytest.mark.parametrize(
    "change", [{"names": ("a", "b", "c")}, {"predictions": ()}], ids=["names", "predictions"]
)
def test_an_evaluation_of_other_images_is_refused(streets, change):
    error = error_of(lambda: draw_scenes([replace(_predict(streets), **change)], [streets], 3))
    assert "streets.safetensors" in error.expected
    assert "danet, single, seed 0" in error.where


def test_an_evaluation_on_a_data_set_that_is_not_drawn_is_passed_over(streets, objects):
    axes = draw_scenes([_predict(objects)], [streets], 1).axes
    assert axes[2].texts[0].get_text() == "not run"


def test_the_step_draws_one_network_with_equal_bytes(streets, tmp_path):
    other = replace(_predict(streets, "ensemble"), network="deeplabv3plus")
    paths = written([_predict(streets), other], tmp_path / "raw")
    drawn = []
    given = {"evaluations": paths, "data": [streets.path], "images": 1}
    for name, network in (("a", "danet"), ("b", "danet"), ("c", "deeplabv3plus")):
        png = tmp_path / f"{name}.png"
        reporting.figure(**given, png=png, network=network, photos=True)
        drawn.append(png.read_bytes())
    reporting.figure(**given, png=png, network=network, photos=False)
    assert png.read_bytes() not in drawn
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]

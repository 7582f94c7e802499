"""``triptych segmentation predict``: masks in the forms of two servers, or no mask at all."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support import error_of
from tiny_models import CPU, STREETS, config, protocol, stirred, streets, tiny

from triptych.data.classes import IGNORE, class_table
from triptych.segmentation import steps
from triptych.segmentation.metrics import ConfusionMatrix
from triptych.segmentation.networks import load, save
from triptych.segmentation.networks.saving import load_row
from triptych.segmentation.predict import predict

NAMES = ("bonn/bonn_000000_000019_leftImg8bit", "ulm/ulm_000001_000019_leftImg8bit")


@pytest.fixture(autouse=True)
def photos(tmp_path, monkeypatch):
    """Two photos in the layout of Cityscapes, and four models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")
    scenes = streets(Path(), 2, height=32, width=48)
    for index, name in enumerate(NAMES):
        written(f"photos/{name}.png", scenes.image(index))
    trained("single")
    trained("partner", seed=1)
    trained("danet", network="danet")
    trained("objects", num_classes=21)
    return scenes


def written(path: str, pixels) -> None:
    """An image file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def trained(path: str, *, seed=0, **changes) -> None:
    """A model of drawn streets whose weights are random, in a file."""
    shape = {"num_classes": len(STREETS), **changes}
    save(stirred(tiny(seed=seed, **shape)), config(**shape), Path(path))


def masks(*models: str, dataset="drawn_streets", out="masks", **options) -> dict[str, Image.Image]:
    """Run the command and return the masks by their path."""
    folder = Path(out)
    given = {"images": Path("photos"), "out": folder, "dataset": dataset, **options}
    steps.predict(model=[Path(name) for name in models], **given)
    return {
        path.relative_to(folder).as_posix(): Image.open(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def expected(scenes, index, *, model=None, kind="whole", **options):
    """Classes that the evaluation of a model, else of ``single``, would score."""
    image = torch.from_numpy(scenes.image(index).copy()).permute(2, 0, 1)[None]
    network = model or load(Path("single"), CPU, STREETS)
    return predict(network, image, protocol(kind, **options), len(STREETS))["result"][0].numpy()


def refused(*models: str, **options) -> str:
    """Run the command, which must fail and write nothing; return its error."""
    before = sorted(Path().rglob("*"))
    error = error_of(masks, *models, **options)
    assert sorted(Path().rglob("*")) == before
    return str(error)


def test_masks_are_class_ids_in_the_folders_of_the_photos(photos):
    made = masks("single")
    assert list(made) == [f"{name}.png" for name in NAMES]
    for index, mask in enumerate(made.values()):
        assert (mask.mode, mask.size) == ("L", (48, 32))
        assert np.array_equal(np.asarray(mask), expected(photos, index))
        assert len(np.unique(np.asarray(mask))) > 1


def test_masks_of_cityscapes_have_the_names_and_ids_of_its_server(photos):
    made = masks("single", dataset="cityscapes")
    assert list(made) == ["bonn/bonn_000000_000019.png", "ulm/ulm_000001_000019.png"]
    official = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    for index, mask in enumerate(made.values()):
        assert mask.mode == "L"
        assert np.array_equal(np.asarray(mask), np.array(official)[expected(photos, index)])


def test_the_official_evaluation_finds_and_scores_the_masks(photos, peer, monkeypatch):
    official = peer("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")
    table = peer("cityscapesscripts.helpers.labels")
    monkeypatch.setattr(official.args, "evalInstLevelScore", False)
    monkeypatch.setattr(official.args, "predictionPath", "masks")
    monkeypatch.setattr(official.args, "predictionWalk", None)
    masks("single", dataset="cityscapes")
    theirs, counted = official.generateMatrix(official.args), ConfusionMatrix(19, IGNORE)
    ids = np.array([table.trainId2label[number].id for number in range(19)], np.uint8)
    for index, name in enumerate(NAMES):
        known = photos.mask(index) != IGNORE
        truth = f"truth/{Path(name).name.removesuffix('leftImg8bit')}gtFine_labelIds.png"
        written(truth, np.where(known, ids[photos.mask(index) * known], 0).astype(np.uint8))
        mask = official.getPrediction(official.args, truth)
        official.evaluatePair(mask, truth, theirs, {}, {}, official.args)
        counted.update(expected(photos, index), photos.mask(index))
    scores = {
        label: official.getIouScoreForLabel(label, theirs, official.args)
        for label in official.args.evalLabels
    }
    mean = official.getScoreAverage(scores, official.args)
    assert counted.miou() == pytest.approx(mean, abs=1e-9)


def test_masks_of_voc_have_its_palette():
    for name in ("2008_000001", "2008_000002"):
        written(f"voc/{name}.jpg", np.full((24, 40, 3), 90, np.uint8))
    made = masks("objects", dataset="voc", images=Path("voc"))
    assert list(made) == ["2008_000001.png", "2008_000002.png"]
    for mask in made.values():
        assert mask.mode == "P"
        colors = np.reshape(mask.getpalette("RGB"), (-1, 3))[:21]
        assert [tuple(map(int, color)) for color in colors] == list(class_table("voc").colors)
        assert np.asarray(mask).max() < 21


def test_a_window_that_slides_sees_the_photos_as_in_an_evaluation(photos):
    shown = {"window": 32, "stride": 16}
    made = masks("single", protocol=protocol("sliding", **shown))
    slid = expected(photos, 0, kind="sliding", **shown)
    assert np.array_equal(np.asarray(made[f"{NAMES[0]}.png"]), slid)
    assert np.any(slid != expected(photos, 0))


def test_a_center_crop_has_a_mask_of_the_crop():
    made = masks("single", protocol=protocol("center_crop", window=24))
    assert [mask.size for mask in made.values()] == [(24, 24)] * 2


def test_scales_and_mirror_images_change_the_masks():
    plain = masks("single", out="plain")
    other = masks("single", out="other", scales=(0.75, 1.5), flip=True)
    assert list(plain) == list(other)
    assert any(np.any(np.asarray(plain[name]) != np.asarray(other[name])) for name in plain)
    assert all(mask.size == (48, 32) for mask in other.values())


def test_two_single_networks_are_an_ensemble(photos):
    made = masks("single", "partner")
    paths = [Path("single"), Path("partner")]
    both = load_row(paths, "deeplabv3plus", "ensemble", CPU, STREETS)
    assert np.array_equal(np.asarray(made[f"{NAMES[0]}.png"]), expected(photos, 0, model=both))
    alone = expected(photos, 0)
    assert np.any(np.asarray(made[f"{NAMES[0]}.png"]) != alone)


@pytest.mark.parametrize(
    ("models", "dataset", "named"),
    [
        (["single", "danet"], "drawn_streets", "deeplabv3plus single, danet single"),
        (["single", "single"], "drawn_streets", "the same weights twice"),
        (["single", "partner", "danet"], "drawn_streets", "danet single"),
        (["single"], "voc", "a model of 19 classes"),
        (["photos/" + NAMES[0] + ".png"], "voc", NAMES[0]),
        (["missing"], "voc", "no such file"),
    ],
)
def test_models_that_do_not_fit_are_refused(models, dataset, named):
    assert named in refused(*models, dataset=dataset)


def test_photos_that_cannot_be_read_leave_no_mask():
    deep = Path("photos/ulm/zz.png")
    for pixels in (np.full((9, 9), 40_000, np.uint16), np.zeros((9, 9, 4), np.uint8)):
        Image.fromarray(pixels).save(deep)
        assert "zz.png" in refused("single")
    content = Path(f"photos/{NAMES[0]}.png").read_bytes()
    deep.write_bytes(content[: len(content) // 2])
    assert "zz.png" in refused("single")


def test_a_folder_without_photos_is_refused():
    assert "no such folder" in refused("single", images=Path("nowhere"))
    Path("empty/.hidden").mkdir(parents=True)
    written("empty/.hidden/photo.png", np.zeros((9, 9, 3), np.uint8))
    Path("empty/notes.txt").touch()
    assert "no image" in refused("single", images=Path("empty"))


def test_two_photos_of_one_mask_are_refused():
    written("photos/bonn/bonn_000000_000019.png", np.zeros((9, 9, 3), np.uint8))
    assert "bonn_000000_000019_leftImg8bit.png" in refused("single", dataset="cityscapes")


def test_a_folder_with_files_is_never_written_to():
    written("masks/old.png", np.zeros((9, 9, 3), np.uint8))
    assert "a folder with files" in refused("single")
    assert "a file" in refused("single", out="single")


def test_an_empty_folder_is_filled():
    Path("masks").mkdir()
    assert len(masks("single")) == 2

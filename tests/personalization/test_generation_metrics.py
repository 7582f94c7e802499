"""Scores by hand, in closed form, and against the libraries that others use."""

import numpy as np
import pytest
import scipy
import torch
from scipy.linalg import sqrtm
from support import error_of

from triptych.errors import UserError
from triptych.personalization.metrics import (
    frechet_distance,
    inception_score,
    kernel_distance,
    mean_direction,
    ranked_first,
    similarity_excess,
)

_SQRTM_LOST_AN_OPTION = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 18)


def _noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def _with_moments(count, mean, covariance):
    """Features with exactly the given mean and covariance."""
    raw = _noise(count, len(mean), seed=count)
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return white @ np.linalg.cholesky(np.asarray(covariance, float)).T + mean


def _by_square_root(a, b):
    """The distance as it is usually written; needs more images than dimensions."""
    first, second = np.cov(a.T), np.cov(b.T)
    gap = a.mean(axis=0) - b.mean(axis=0)
    root = np.trace(sqrtm(first @ second)).real
    return gap @ gap + np.trace(first) + np.trace(second) - 2 * root


def _odds(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_distance_of_one_dimension_by_hand():
    # Means 1 and 3, variances over n - 1: 2 and 8.
    assert frechet_distance([[0], [2]], [[1], [5]]) == pytest.approx(4 + (8**0.5 - 2**0.5) ** 2)


def test_distance_is_exact_on_two_gaussians_with_axes_in_common():
    a = _with_moments(9, [0, 0, 1], np.diag([1, 4, 9]))
    b = _with_moments(30, [1, 0, -1], np.diag([4, 4, 1]))
    expected = (1 + 4) + (1 - 2) ** 2 + 0 + (3 - 1) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(6, 6), (8, 60), (60, 8), (60, 70)])
def test_distance_equals_that_with_a_square_root_of_a_matrix(n, m):
    mixing = _noise(3, 3, seed=7)
    a, b = _noise(n, 3, seed=1) @ mixing + 2, _noise(m, 3, seed=2)
    assert frechet_distance(a, b) == pytest.approx(_by_square_root(a, b), rel=1e-9)


@pytest.mark.skipif(_SQRTM_LOST_AN_OPTION, reason="clean-fid fails with this scipy")
@pytest.mark.filterwarnings("ignore:The `disp` argument")
def test_distance_equals_clean_fids():
    from cleanfid import fid

    a, b = _noise(80, 10, seed=1) * np.arange(1, 11), _noise(60, 10, seed=2) + 1
    moments = [(x.mean(axis=0), np.cov(x, rowvar=False)) for x in (a, b)]
    expected = fid.frechet_distance(*moments[0], *moments[1])
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("offset", [0, 1e4])
def test_distance_stands_fewer_images_than_dimensions(offset):
    a, b = _noise(30, 4, seed=1) * 3, _noise(25, 4, seed=2) + 1
    rotation = np.linalg.qr(_noise(200, 4, seed=3))[0]
    found = frechet_distance(a @ rotation.T + offset, b @ rotation.T + offset)
    assert found == pytest.approx(_by_square_root(a, b), rel=1e-7)


def test_distance_is_symmetric_and_zero_of_equal_sets():
    a, b = _noise(7, 20, seed=1), _noise(9, 20, seed=2)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-12)
    same = frechet_distance(a, a[::-1])
    assert 0 <= same < 1e-9


def test_distance_and_kernel_distance_of_one_image_are_undefined():
    for distance in (frechet_distance, kernel_distance):
        assert np.isnan(distance(_noise(1, 3), _noise(5, 3)))


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(
    ("other", "found"),
    [(np.zeros((4, 2)), "(4, 2)"), (np.zeros(3), "(3,)"), (np.full((4, 3), np.nan), "NaN")],
)
def test_unfit_features_are_refused(distance, other, found):
    assert found in error_of(lambda: distance(_noise(5, 3), other)).found


def test_kernel_distance_by_hand_and_of_unequal_numbers():
    a, b = _noise(4, 3, seed=1), _noise(6, 3, seed=2)

    def mean(x, y):
        pairs = [(p, q) for p in range(len(x)) for q in range(len(y)) if x is not y or p != q]
        return np.mean([(x[p] @ y[q] / 3 + 1) ** 3 for p, q in pairs])

    expected = mean(a, a) + mean(b, b) - 2 * mean(a, b)
    assert kernel_distance(a, b) == pytest.approx(expected, rel=1e-12)


def test_kernel_distance_equals_clean_fids_on_one_subset_of_all():
    from cleanfid import fid

    a, b = _noise(20, 8, seed=1) + 0.5, _noise(20, 8, seed=2)
    expected = fid.kernel_distance(a, b, num_subsets=1, max_subset_size=20)
    assert kernel_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_has_no_bias():
    found = [kernel_distance(_noise(8, 4, seed=s), _noise(8, 4, seed=1000 + s)) for s in range(200)]
    assert min(found) < 0
    assert abs(np.mean(found)) < 2 * np.std(found) / len(found) ** 0.5


@pytest.mark.filterwarnings("ignore::UserWarning:torchmetrics")
def test_inception_score_equals_torchmetrics():
    from torchmetrics.image.inception import InceptionScore

    logits = torch.from_numpy(3 * _noise(40, 6)).float()

    class Classifier(torch.nn.Module):
        def forward(self, images):
            return logits[images[:, 0, 0, 0].long()]

    metric = InceptionScore(feature=Classifier(), splits=1)
    metric.update(torch.arange(40, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2))
    expected = float(metric.compute()[0])
    assert inception_score(_odds(logits.double().numpy())) == pytest.approx(expected, rel=1e-5)


def test_uniform_inception_score_is_that_of_the_entropy():
    p = _odds(2 * _noise(30, 7))
    entropy = -(p * np.log(p)).sum(axis=1).mean()
    uniform = inception_score(p, uniform=True)
    assert uniform == pytest.approx(7 * np.exp(-entropy), rel=1e-12)
    assert uniform > inception_score(p)


def test_inception_score_of_sure_classes_with_some_that_never_occur():
    # Of ten classes, the images are surely of four, one after another.
    p = np.eye(10)[[0, 1, 2, 3] * 5]
    assert inception_score(p) == pytest.approx(4)
    assert inception_score(p, uniform=True) == pytest.approx(10)
    assert inception_score(np.full((3, 5), 0.2)) == pytest.approx(1)


@pytest.mark.parametrize("p", [[[2.0, 3.0]], [[-0.5, 1.5]], [[np.nan, 1.0]], [0.5, 0.5], [[]]])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(UserError, match="probabilities"):
        inception_score(np.array(p))


def test_the_direction_of_a_person_is_that_of_the_mean_and_of_unit_length():
    assert mean_direction([[1, 0], [0, 1]]) == pytest.approx([0.5**0.5, 0.5**0.5])


def test_excess_is_over_the_nearest_reference_and_each_image_has_its_own_target():
    references = [[1, 0], [0, 1]]
    images, targets = [[1, 0], [0.6, 0.8]], [[0, 1], [0.6, 0.8]]
    assert similarity_excess(images, references, targets) == pytest.approx([1 - 0, 0.8 - 1])


def test_an_image_is_ranked_first_when_its_own_person_is_nearest():
    gallery = [[1, 0], [0, 1]]
    images = [[0.8, 0.6], [0.8, 0.6], [0, 1]]
    assert ranked_first(images, gallery, [0, 1, 1]).tolist() == [True, False, True]

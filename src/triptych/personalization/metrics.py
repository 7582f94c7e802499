"""Scores of generated images, from features and class probabilities.

The name of a score depends on the network: only with Inception-v3 is a Fréchet distance an
FID, and this inception score the one in the literature.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr

from triptych.errors import UserError

Floats = NDArray[np.float64]

# Probabilities are float32, from a softmax.
_SUM_TOLERANCE = 1e-3


def frechet_distance(features_a: ArrayLike, features_b: ArrayLike) -> float:
    """Return the squared Fréchet distance of two Gaussians with the moments of two sets.

    ``|m1 - m2|^2 + Tr(S1) + Tr(S2) - 2 Tr((S1 S2)^(1/2))``, covariances with n - 1. The
    last trace is the sum of the singular values of ``X Y^T / sqrt((n-1)(m-1))``, where X and Y
    are the centered features, (n, d) and (m, d). This needs no square root of a matrix, so it is
    also defined for fewer images than dimensions.

    The distance is at least 0, and NaN for fewer than two images, whose covariance is undefined.
    For few images it is far above zero even if both sets come from one distribution.

    Raises
    ------
    UserError
        The features differ in length or are not finite.
    """
    a, b = _checked_pair(features_a, features_b)
    if min(len(a), len(b)) < 2:
        return np.nan
    gap = a.mean(axis=0) - b.mean(axis=0)
    x, y = _standardized(a), _standardized(b)
    shared = np.linalg.norm(_shortened(x) @ _shortened(y).T, "nuc")
    # Rounding leaves equal sets slightly below zero.
    return max(0.0, float(gap @ gap + (x**2).sum() + (y**2).sum() - 2 * shared))


def kernel_distance(features_a: ArrayLike, features_b: ArrayLike) -> float:
    """Return the kernel inception distance: the squared maximum mean discrepancy, unbiased.

    With the polynomial kernel ``(x.y / d + 1)^3`` (Binkowski et al. 2018) of features (n, d) and
    (m, d), over all images at once instead of the mean over random subsets.

    The distance is zero on average if both sets come from one distribution, and then also below
    zero. It is NaN for fewer than two images.

    Raises
    ------
    UserError
        The features differ in length or are not finite.
    """
    a, b = _checked_pair(features_a, features_b)
    within_a, within_b = (polynomial_kernel(x, x) for x in (a, b))
    return mean_discrepancy(
        within_a.sum() - within_a.trace(),
        len(a),
        within_b.sum() - within_b.trace(),
        len(b),
        polynomial_kernel(a, b).sum(),
    )


def polynomial_kernel(a: Floats, b: Floats) -> Floats:
    """Return ``(x.y / d + 1)^3`` of every row of a (n, d) and every row of b (m, d): (n, m)."""
    kernel: Floats = (a @ b.T / a.shape[1] + 1) ** 3
    return kernel


def mean_discrepancy(within_a: float, n: int, within_b: float, m: int, across: float) -> float:
    """Return the unbiased squared mean discrepancy of n and m images from sums of a kernel.

    Parameters
    ----------
    within_a, within_b
        Sums over the ordered pairs of different images of each set.
    across
        Sum over all pairs with one image of each set.
    """
    if min(n, m) < 2:
        return np.nan
    return float(within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2 * across / (n * m))


def inception_score(probabilities: ArrayLike, *, uniform: bool = False) -> float:
    """Return the exponential of the mean divergence of p(y|x) from p(y) (Equation 5), unsplit.

    Parameters
    ----------
    probabilities
        (n, K): the classes of each image. A class that is zero everywhere adds nothing.
    uniform
        Whether p(y) is 1/K, as the paper states at Equation 5, instead of the mean of p(y|x),
        which gives the usual score (Salimans et al. 2016). The score is then
        ``K exp(-mean entropy)`` and never below the usual one.

    Returns
    -------
    float
        In [1, K].

    Raises
    ------
    UserError
        The rows are not probabilities.
    """
    p = _checked_probabilities(probabilities)
    q = np.full(p.shape[1], 1 / p.shape[1]) if uniform else p.mean(axis=0)
    # rel_entr defines 0 log 0 as 0.
    return float(np.exp(rel_entr(p, q).sum(axis=1).mean()))


def mean_direction(identities: ArrayLike) -> Floats:
    """Return the direction of a person: the mean of unit vectors (k, e), of unit length (e,)."""
    mean = np.asarray(identities, np.float64).mean(axis=0)
    return mean / np.linalg.norm(mean)


def similarity_excess(identities: ArrayLike, references: ArrayLike, targets: ArrayLike) -> Floats:
    """Return by how much an image is closer to its nearest reference than to its target, (n,).

    The difference of cosines is high for a copy of a reference, but not for another real photo of
    the person.

    Parameters
    ----------
    identities, targets
        (n, e), unit vectors: the images and the photos that they should restore.
    references
        (k, e), unit vectors: the photos that described the person.
    """
    images, shown, wanted = (
        np.asarray(one, np.float64) for one in (identities, references, targets)
    )
    return (images @ shown.T).max(axis=1) - (images * wanted).sum(axis=1)


def ranked_first(identities: ArrayLike, directions: ArrayLike, own: ArrayLike) -> NDArray[np.bool_]:
    """Return whether an image is closest to its own person in a gallery, bool (n,).

    Parameters
    ----------
    identities, directions
        (n, e) and (P, e), unit vectors of the images and of the persons.
    own
        (n,), the row in ``directions`` of each image's person.
    """
    similarities = np.asarray(identities, np.float64) @ np.asarray(directions, np.float64).T
    return similarities.argmax(axis=1) == np.asarray(own)


def _standardized(features: Floats) -> Floats:
    """Center and scale: the sum of squares is then the trace of the covariance."""
    return (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)


def _shortened(x: Floats) -> Floats:
    """Return at most d rows with the same ``X^T X``, so that products of many images stay small."""
    rows, columns = x.shape
    # For few rows the factorization costs more than it saves.
    if rows <= 2 * columns:
        return x
    triangle: Floats = np.linalg.qr(x, mode="r")  # type: ignore[assignment]
    return triangle


def _checked_pair(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise _unfit(
            "two sets of features of equal length, (n, d) and (m, d)",
            f"arrays of shape {first.shape} and {second.shape}",
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise _unfit("finite features", "infinite values or NaN")
    return first, second


def _checked_probabilities(probabilities: ArrayLike) -> Floats:
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or not p.size:
        raise _unfit("probabilities of at least one image and class, (n, K)", f"shape {p.shape}")
    if not (p >= 0).all() or np.abs(p.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        raise _unfit(
            "probabilities: rows of values from 0 that sum to 1",
            f"values from {p.min():g} to {p.max():g}, sums up to {p.sum(axis=1).max():g}",
        )
    return p


def _unfit(expected: str, found: Any) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where="the scores of generated images",
        remedy="extract the features again, all with one network",
    )

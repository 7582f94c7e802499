"""What a network must offer to judge images."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import IdentityJudge

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]


class FeatureJudge(Protocol):
    """A network whose features and classes are compared."""

    @property
    def name(self) -> str:
        """Return the name after which the scores are named."""

    @property
    def sha256(self) -> str:
        """Return the hash of the weights."""

    def describe(self, images: Images, side: int) -> tuple[Floats, Floats]:
        """Compute features and classes of images.

        Parameters
        ----------
        images
            uint8 (n, s, s, 3).
        side
            Side of the real photos, pixels. Larger images are first resized to it, as 8-bit
            photos: otherwise sharpness alone would separate them from real photos.

        Returns
        -------
        tuple
            The features, float32 (n, d), and the probabilities of the classes, float32 (n, K),
            each row of sum 1.
        """


class Faces(NamedTuple):
    """The faces of n images.

    Attributes
    ----------
    identity
        float32 (n, e), unit vectors, also of images without a face.
    is_found
        bool (n,), whether a detector finds a face; None without a detector.
    """

    identity: Floats
    is_found: NDArray[np.bool_] | None


class FaceJudge(Protocol):
    """A network that measures identity."""

    @property
    def name(self) -> IdentityJudge:
        """Return the name of the network in tables."""

    @property
    def sha256(self) -> str:
        """Return the hash of the weights."""

    @property
    def detector_sha256(self) -> str | None:
        """Return the hash of the detector of faces; None without a detector."""

    def embed(self, images: Images, side: int) -> Faces:
        """Embed images, uint8 (n, s, s, 3), as unit vectors; ``side`` is that of the photos."""

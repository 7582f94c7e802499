"""Images at the size of the real photos."""

import numpy as np

from triptych.personalization.judges.interfaces import Images


def at_most(images: Images, side: int) -> Images:
    """Resize images, uint8 (n, s, s, 3), that are larger than the photos, as clean-fid does."""
    if images.shape[1] <= side:
        return images
    # This imports torchvision, which smaller images do not need.
    from cleanfid.resize import make_resizer

    resize = make_resizer("PIL", False, "bicubic", (side, side))
    return np.stack([resize(image).round().astype(np.uint8) for image in images])

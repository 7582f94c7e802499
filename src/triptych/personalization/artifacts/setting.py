"""Whether the scores of a run can be compared with the paper's."""

from dataclasses import dataclass, replace

from triptych.claims.claims import Basis
from triptych.personalization.artifacts.names import PAPER_EXTRACTOR

TRAINED, FOLDER = "trained", "folder"
_DATASET = "lfw"
_RESOLUTION = 512


@dataclass(frozen=True)
class Setting:
    """What decides whether a score is comparable with the paper's.

    ``resolution`` is the side of a generated image in pixels. ``base`` and ``adapter`` are the
    registry's entries of the released models, or ``trained``, ``folder`` or a hub id ``at`` its
    revision.
    """

    extractor: str
    dataset: str
    resolution: int
    base: str
    adapter: str

    def basis(self) -> Basis:
        """Return what the scores rest on: every model was trained once."""
        if self.obstacle() is None:
            return Basis("direct", 1)
        # On the paper's faces and by its judge, only the adapter was trained by another recipe.
        retrained = replace(self, adapter="released").obstacle() is None
        return Basis("retrained" if retrained else "conceptual", 1, self.obstacle())

    def obstacle(self) -> str | None:
        """Return why no score can be compared with the paper's; None if all can."""
        reasons = []
        if self.extractor != PAPER_EXTRACTOR:
            reasons.append(f"scored by {self.extractor}, in the paper by {PAPER_EXTRACTOR}")
        if self.dataset != _DATASET:
            reasons.append(f"faces of {self.dataset}, in the paper of {_DATASET}")
        if self.resolution != _RESOLUTION:
            reasons.append(
                f"images of {self.resolution} pixels, those of Stable Diffusion have {_RESOLUTION}"
            )
        if (base := _origin(self.base)) is not None:
            reasons.append(f"base model {base}, in the paper Stable Diffusion")
        if (adapter := _origin(self.adapter)) is not None:
            reasons.append(f"IP-Adapter {adapter}, in the paper the released one")
        return "; ".join(reasons) or None


def _origin(source: str) -> str | None:
    """Describe the source of a model that is not the registry's."""
    if source == TRAINED:
        return "trained here"
    if source == FOLDER:
        return "from a folder of the user"
    return f"from {source}" if " at " in source else None

"""Whether the scores of a run can be compared with the paper's."""

from dataclasses import dataclass, replace

from triptych.claims.claims import Basis
from triptych.personalization.artifacts.names import IDENTITY_METRICS, PAPER_EXTRACTOR, Metric

TRAINED, FOLDER = "trained", "folder"
# The network that the workflow trains to measure small or drawn faces.
TRAINED_HERE = "face_network"
_DATASET = "lfw"
_RESOLUTION = 512


@dataclass(frozen=True)
class Setting:
    """What decides whether a score is comparable with the paper's.

    ``judge`` is the network that measures identity, ``resolution`` the side of a generated image
    in pixels. ``base`` and ``adapter`` are the registry's entries of the released models, or
    ``trained``, ``folder`` or a hub id ``at`` its revision.
    """

    extractor: str
    judge: str
    dataset: str
    resolution: int
    base: str
    adapter: str

    def basis(self) -> Basis:
        """Return what the scores rest on."""
        if self.obstacle() is None:
            return Basis("direct", None)
        # On the paper's faces and by its judge, only the adapter was trained by another recipe.
        retrained = replace(self, adapter="released").obstacle() is None
        return Basis("retrained" if retrained else "conceptual", None, self.obstacle())

    def order_basis(self, metric: Metric) -> Basis:
        """Return what an order by kernel distance or by identity rests on.

        The paper has neither. Networks of other authors, trained on many real photos, can judge
        an order on real faces.
        """
        judge = self.judge if metric in IDENTITY_METRICS else self.extractor
        if judge == TRAINED_HERE:
            return Basis("conceptual", None, f"{judge} was trained for this run")
        if self.dataset != _DATASET:
            obstacle = f"faces of {_photos(self.dataset)} say nothing on the paper's order"
            return Basis("conceptual", None, obstacle)
        return Basis("conceptual", None)

    def obstacle(self) -> str | None:
        """Return why no score can be compared with the paper's; None if all can."""
        reasons = []
        if self.extractor != PAPER_EXTRACTOR:
            reasons.append(f"scored by {self.extractor}, in the paper by {PAPER_EXTRACTOR}")
        if self.dataset != _DATASET:
            reasons.append(f"faces of {_photos(self.dataset)}, in the paper of {_DATASET}")
        if self.resolution != _RESOLUTION:
            reasons.append(
                f"images of {self.resolution} pixels, those of Stable Diffusion have {_RESOLUTION}"
            )
        if (base := _origin(self.base)) is not None:
            reasons.append(f"base model {base}, in the paper Stable Diffusion")
        if (adapter := _origin(self.adapter)) is not None:
            reasons.append(f"IP-Adapter {adapter}, in the paper the released one")
        return "; ".join(reasons) or None


def _photos(dataset: str) -> str:
    return "a folder of the user" if dataset == FOLDER else dataset


def _origin(source: str) -> str | None:
    """Describe the source of a model that is not the registry's."""
    if source == TRAINED:
        return "trained here"
    if source == FOLDER:
        return "from a folder of the user"
    return f"from {source}" if " at " in source else None

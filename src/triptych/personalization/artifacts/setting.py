"""Whether a run can be held against the paper at all."""

from dataclasses import dataclass

from triptych.personalization.artifacts.names import PAPER_EXTRACTOR

TRAINED = "trained"
_DATASET = "lfw"
_RESOLUTION = 512


@dataclass(frozen=True)
class Setting:
    """What decides whether a score is comparable.

    Attributes
    ----------
    extractor
        Whose features are compared.
    dataset, resolution
        Which faces, and the side of a generated image in pixels.
    base, adapter
        The registry's entry of the released base model and IP-Adapter, or ``trained``.
    """

    extractor: str
    dataset: str
    resolution: int
    base: str
    adapter: str

    def obstacle(self) -> str | None:
        """Why no score can be compared with the paper's; None where it can."""
        reasons = []
        if self.extractor != PAPER_EXTRACTOR:
            reasons.append(f"scored by {self.extractor}, in the paper by {PAPER_EXTRACTOR}")
        if self.dataset != _DATASET:
            reasons.append(f"faces of {self.dataset}, in the paper of {_DATASET}")
        if self.resolution != _RESOLUTION:
            reasons.append(
                f"images of {self.resolution} pixels, those of Stable Diffusion have {_RESOLUTION}"
            )
        if self.base == TRAINED:
            reasons.append("base model trained here, in the paper Stable Diffusion")
        if self.adapter == TRAINED:
            reasons.append("IP-Adapter trained here, in the paper the released one")
        return "; ".join(reasons) or None

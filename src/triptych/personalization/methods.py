"""The methods of panel 3: the paper's, controls and extensions, one row of Table 1 each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from triptych.config.personalization import (
    AdapterName,
    Control,
    Extension,
    PaperMethod,
    Pooling,
    SamplingParameters,
    Variant,
)

# The adapters that learn from several photos of a person.
FINETUNED: tuple[AdapterName, ...] = ("ip_adapter_finetuned", "ip_adapter_self_attention")


@dataclass(frozen=True)
class Method:
    """How the images of one row are made.

    Attributes
    ----------
    name
        In files, tables and parameters.
    label
        In tables and findings for a reader.
    adapter
        The adapter that turns photos into a condition; None: no photo is shown.
    pooling
        How the photos of a person are combined before the adapter's projection, see
        :func:`triptych.personalization.references.condition`; None without an adapter.
    next_person
        Whether the adapter is shown the references of the next person instead.
    tuned_per_person
        Whether the base model is fine-tuned for each test person.
    heading
        Above the method's column in Figure 6; None for a row that the paper lacks.
    """

    name: Variant
    label: str
    adapter: AdapterName | None = None
    pooling: Pooling | None = None
    next_person: bool = False
    tuned_per_person: bool = False
    heading: str | None = None

    @property
    def is_finetuned(self) -> bool:
        """Whether the row's adapter is fine-tuned on sets of photos."""
        return self.adapter in FINETUNED


# The paper's methods come first, in the order of Figure 6.
METHODS: tuple[Method, ...] = (
    Method("dreambooth", "DreamBooth", tuned_per_person=True, heading="DreamBooth"),
    Method("ip_adapter", "IP-Adapter", "ip_adapter", "first", heading="IP-Adapter"),
    Method(
        "ip_adapter_max_pool",
        "IP-Adapter + max pooling",
        "ip_adapter",
        "max",
        heading="+ max pooling",
    ),
    Method(
        "ip_adapter_avg_pool",
        "IP-Adapter + average pooling",
        "ip_adapter",
        "avg",
        heading="+ average pooling",
    ),
    Method(
        "ip_adapter_self_attention",
        "IP-Adapter + self-attention",
        "ip_adapter_self_attention",
        "self_attention",
        heading="+ self-attention",
    ),
    Method("text_only", "text only"),
    Method(
        "ip_adapter_other_person",
        "IP-Adapter with references of another person",
        "ip_adapter",
        "first",
        next_person=True,
    ),
    Method(
        "ip_adapter_finetuned",
        "IP-Adapter fine-tuned without self-attention",
        "ip_adapter_finetuned",
        "all",
    ),
    Method(
        "ip_adapter_face", "IP-Adapter on embeddings of faces, averaged", "ip_adapter_face", "avg"
    ),
    Method("dreambooth_lora", "DreamBooth with LoRA", tuned_per_person=True),
)
BY_NAME: Mapping[Variant, Method] = {method.name: method for method in METHODS}

VARIANTS: tuple[Variant, ...] = tuple(BY_NAME)
PAPER_METHODS: tuple[Variant, ...] = get_args(PaperMethod)
CONTROLS: tuple[Variant, ...] = get_args(Control)
EXTENSIONS: tuple[Variant, ...] = get_args(Extension)
ADAPTERS: tuple[AdapterName, ...] = tuple(
    dict.fromkeys(one.adapter for one in METHODS if one.adapter is not None)
)


@dataclass(frozen=True)
class RowName:
    """A generated row: a variant, with at most one setting that differs from the parameters.

    In files and features it is written ``VARIANT``, ``VARIANT.seed1``, ``VARIANT.references3``,
    ``VARIANT.scale0.5`` or ``VARIANT.guidance1.5``.

    Attributes
    ----------
    seed
        Which training of the row's fine-tuned weights, from 0.
    references, scale, guidance
        Photos that describe a person, scale of the adapter, scale of the guidance; None: those
        of the parameters.
    """

    variant: Variant
    seed: int = 0
    references: int | None = None
    scale: float | None = None
    guidance: float | None = None

    def __str__(self) -> str:
        settings: dict[str, float | None] = {
            "seed": self.seed or None,
            "references": self.references,
            "scale": self.scale,
            "guidance": self.guidance,
        }
        ending = [f".{name}{value}" for name, value in settings.items() if value is not None]
        return self.variant + "".join(ending)

    @property
    def is_swept(self) -> bool:
        """Whether a setting other than the seed is the row's own."""
        return self != RowName(self.variant, self.seed)

    def applied(self, sampling: SamplingParameters) -> SamplingParameters:
        """Return the parameters of the sampling with the row's own scale."""
        scales = {"adapter_scale": self.scale, "guidance_scale": self.guidance}
        own = {name: value for name, value in scales.items() if value is not None}
        return sampling.model_copy(update=own)

    @classmethod
    def parse(cls, text: str) -> "RowName":
        """Read a name as it is written in files.

        Raises
        ------
        ValueError
            The variant or the setting is unknown.
        """
        variant, dot, setting = text.partition(".")
        match = re.fullmatch(_SETTING, setting)
        if variant not in BY_NAME or (dot and match is None):
            raise ValueError(f"no row of this panel: {text}")
        known = BY_NAME[cast("Variant", variant)].name
        if match is None:
            return cls(known)
        name, value = match.groups()
        whole = name in ("seed", "references")
        numbers: dict[str, Any] = {name: int(value) if whole else float(value)}
        return cls(known, **numbers)


_SETTING = r"(seed|references|scale|guidance)(\d+(?:\.\d+)?)"
# The names of the rows that need no fine-tuning for each person.
ROW_PATTERN = (
    f"({'|'.join(method.name for method in METHODS if not method.tuned_per_person)})"
    rf"(\.{_SETTING})?"
)

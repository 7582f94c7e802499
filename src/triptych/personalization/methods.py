"""The methods of panel 3: the paper's five and the controls, one row of Table 1 each."""

from collections.abc import Mapping
from dataclasses import dataclass

from triptych.config.personalization import AdapterName, Pooling, Variant


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
        Above the method's column in Figure 6; None for a control, which the paper lacks.
    """

    name: Variant
    label: str
    adapter: AdapterName | None = None
    pooling: Pooling | None = None
    next_person: bool = False
    tuned_per_person: bool = False
    heading: str | None = None

    @property
    def is_control(self) -> bool:
        """Whether the row is not the paper's, but needed to interpret the paper's rows."""
        return self.heading is None


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
)
BY_NAME: Mapping[Variant, Method] = {method.name: method for method in METHODS}

VARIANTS: tuple[Variant, ...] = tuple(BY_NAME)
PAPER_METHODS: tuple[Variant, ...] = tuple(one.name for one in METHODS if not one.is_control)
CONTROLS: tuple[Variant, ...] = tuple(one.name for one in METHODS if one.is_control)
ADAPTERS: tuple[AdapterName, ...] = tuple(
    dict.fromkeys(one.adapter for one in METHODS if one.adapter is not None)
)
